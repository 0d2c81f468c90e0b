// Answers plain HTTP: health checks, questions about tokens, and the files of console and client.
import StrictJSON
import Transport
import Wire

/// Health checks and static files. An actor on the event loop, since SIGHUP replaces the files.
actor HTTPRoutes: HTTPHandler {
  /// Whether new sessions can be served.
  enum Readiness: String, Sendable {
    case ready
    case draining
    case noProvider = "no provider is configured"
  }

  private let loop: EventLoop
  private var files: StaticFiles
  private var readiness: Readiness
  /// Where a page asks whether pages of its origin may connect.
  static let originPath = "/v1/origin"
  private let origins: OriginPolicy
  /// Where a page asks which providers it can have.
  static let providersPath = "/v1/providers"
  /// The ids of the providers that have a key.
  private let providers: [String]
  /// The mock's control surface; nil where there is no mock.
  private let mockControl: MockControl?
  /// The vendors' own APIs; nil where they are not served.
  private let passThrough: PassThrough?
  private let clientAddress: ClientAddress
  /// Answers questions about tokens; nil where no tokens are in use.
  private var validation: TokenValidation?

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(
    loop: EventLoop, files: StaticFiles, readiness: Readiness, origins: OriginPolicy, clientAddress: ClientAddress,
    providers: [String], mockControl: MockControl? = nil, passThrough: PassThrough? = nil,
    validation: TokenValidation? = nil
  ) {
    self.loop = loop
    self.origins = origins
    self.clientAddress = clientAddress
    self.providers = providers
    self.mockControl = mockControl
    self.passThrough = passThrough
    self.files = files
    self.readiness = readiness
    self.validation = validation
  }

  func replace(files: StaticFiles) { self.files = files }

  func replace(gate: TokenGate) async {
    validation?.gate = gate
    await passThrough?.replace(gate: gate)
  }

  func set(_ readiness: Readiness) { self.readiness = readiness }

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    if let passThrough, passThrough.serves(request.path) { return await passThrough.respond(to: request).unsniffed }
    guard let mockControl, request.path.hasPrefix(MockControl.prefix) else { return route(request).unsniffed }
    return await mockControl.respond(to: request).unsniffed
  }

  /// Nothing here reads a body but what is passed on to the mock. What asks for something that is not there is told that
  /// at once; whoever sends a question about a token with a short body all the same may.
  nonisolated func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit {
    assumeIsolated { routes in
      if head.path == TokenValidation.path, head.method == "POST", routes.validation != nil {
        return .bytes(TokenValidation.toleratedBodyBytes)
      }
      if routes.mockControl != nil, head.path.hasPrefix(MockControl.prefix) { return MockControl.bodyLimit(of: head) }
      if let passThrough = routes.passThrough, passThrough.serves(head.path) { return passThrough.bodyLimit(of: head) }
      let answer = routes.route(head).unsniffed
      return answer.status < 400 ? .bytes(0) : .refused(answer)
    }
  }

  nonisolated func responseToLargerBody(of head: HTTPRequest) -> HTTPResponse {
    assumeIsolated { routes in
      guard let passThrough = routes.passThrough, passThrough.serves(head.path) else {
        return .text(413, "body too large").unsniffed
      }
      return passThrough.responseToLargerBody(of: head).unsniffed
    }
  }

  private func route(_ request: HTTPRequest) -> HTTPResponse {
    if request.path == TokenValidation.path,
      let answer = validation?.respond(to: request, from: clientAddress.network(of: request))
    {
      return answer
    }
    guard request.method == "GET" || request.method == "HEAD" else {
      return HTTPResponse(status: 405, headers: ["Allow": "GET, HEAD"])
    }
    switch request.path {
    case "/healthz": return .text(200, "ok")
    case "/readyz": return .text(readiness == .ready ? 200 : 503, readiness.rawValue)
    case Self.originPath: return whetherToConnect(request)
    case Self.providersPath: return configuredProviders(request)
    case "/" where files.response(for: HTTPRequest(method: "GET", path: "/console/")) != nil:
      return HTTPResponse(status: 307, headers: ["Location": "/console/"])
    default: break
    }
    guard var response = files.response(for: request) else { return Self.readableByAll(.text(404, "not found")) }
    response.headers["Content-Security-Policy"] = Self.contentSecurityPolicy
    response.headers["Referrer-Policy"] = "no-referrer"
    // A module is fetched under CORS: without this no page of another origin could import the client.
    return request.path.hasPrefix("/client/") ? Self.readableByAll(response) : response
  }

  /// A browser tells a page nothing about a WebSocket that failed, so the page asks this way why.
  private func whetherToConnect(_ request: HTTPRequest) -> HTTPResponse {
    guard origins.allows(request) else {
      return Self.readableByAll(.text(403, "this origin may not connect; see web.allowed-origins"))
    }
    return Self.readableByAll(.text(200, "this origin may connect"))
  }

  /// Their ids, whether they are the mock's, and whether their own APIs are served; for pages that may connect.
  private func configuredProviders(_ request: HTTPRequest) -> HTTPResponse {
    guard origins.allows(request) else { return whetherToConnect(request) }
    let answer: JSONObject = [
      "providers": .array(providers.map { .string($0) }), "mock": .bool(mockControl != nil),
      "passThrough": .bool(passThrough != nil),
    ]
    var response = HTTPResponse.json(answer)
    response.headers["Cache-Control"] = "no-store"
    return Self.readableByAll(response)
  }

  /// Nothing of this is for one page alone.
  private static func readableByAll(_ response: HTTPResponse) -> HTTPResponse {
    var response = response
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
  }

  /// The console needs nothing but its own files, its WebSocket, and media.
  private static let contentSecurityPolicy =
    "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob: mediastream:; img-src 'self' data:; "
    + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
}

extension HTTPResponse {
  /// The same for a browser that takes it for nothing but what it says it is.
  var unsniffed: HTTPResponse {
    var response = self
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
  }

  /// An answer for programs: one line of JSON.
  static func json(_ object: JSONObject, status: Int = 200) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["Content-Type": "application/json"],
      body: Array((JSONValue.object(object).text + "\n").utf8))
  }
}
