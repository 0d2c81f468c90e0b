// Answers the operator's requests to a running relay.
import Basics
import Cryptography
import ProviderHTTP
import Relay
import Signaling
import StrictJSON
import Transport
import Wire

/// Answers the operator: lists and ends sessions, stops new ones, and gives numbers. Web pages are refused.
actor AdminRoutes: HTTPHandler {
  private let loop: EventLoop
  private let registry: SessionRegistry
  private let endpoint: SignalingEndpoint
  /// What proves that a request is the operator's; nil on a unix socket, whose file nobody else may open.
  private let key: Secret?
  /// Whether the `Host` of a request has to name this machine.
  private let checksHost: Bool
  private let scope: Scope
  private let version: String

  /// What is answered.
  enum Scope: Sendable {
    /// All that the operator may ask.
    case everything
    /// The numbers alone, for whoever may have nothing else.
    case numbers
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// - Parameter version: the program's, which is one of the numbers.
  init(
    loop: EventLoop, registry: SessionRegistry, endpoint: SignalingEndpoint, key: Secret?, checksHost: Bool,
    scope: Scope, version: String
  ) {
    self.loop = loop
    self.registry = registry
    self.endpoint = endpoint
    self.key = key
    self.checksHost = checksHost
    self.scope = scope
    self.version = version
  }

  /// The longest body in bytes: what says whether sessions may be opened.
  static let maximumBodyBytes = 4096

  /// Only one request has a body, and only the operator's is read.
  nonisolated func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit {
    assumeIsolated { routes in
      if let refusal = routes.refusal(of: head) { return .refused(Self.uncached(refusal)) }
      let hasBody = routes.scope == .everything && head.method == "POST" && head.path == "/admission"
      return .bytes(hasBody ? Self.maximumBodyBytes : 0)
    }
  }

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    if let refusal = refusal(of: request) { return Self.uncached(refusal) }
    if request.path == Self.metricsPath { return Self.uncached(await metrics(request)) }
    return Self.uncached(scope == .everything ? route(request) : .json(["error": "not found"], status: 404))
  }

  private static let metricsPath = "/metrics"

  private static func uncached(_ response: HTTPResponse) -> HTTPResponse {
    var response = response.unsniffed
    response.headers["Cache-Control"] = "no-store"
    return response
  }

  /// A page in the operator's browser can reach the port, even under a host name of its own that leads here (DNS
  /// rebinding); it is told nothing.
  private func refusal(of request: HTTPRequest) -> HTTPResponse? {
    if request.headers["Origin"] != nil || request.headers["Sec-Fetch-Mode"] != nil {
      return .text(403, "not for web pages")
    }
    if checksHost, !request.namesThisMachine {
      return .text(421, "this host is not served here")
    }
    guard let key else { return nil }
    guard let given = BearerToken.text(in: request),
      key.reveal({ ConstantTime.areEqual(Array($0.utf8), Array(given.utf8)) })
    else {
      return HTTPResponse(status: 401, headers: ["WWW-Authenticate": "Bearer"])
    }
    return nil
  }

  private func route(_ request: HTTPRequest) -> HTTPResponse {
    let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    switch (request.method, parts) {
    case ("GET", ["sessions"]): return sessions()
    case ("DELETE", ["sessions"]):
      let count = registry.assumeIsolated { $0.endAllByOperator() }
      return .json(["ended": .integer(Int64(count)), "admission": .string(Admission.paused.rawValue)])
    case ("DELETE", let path) where path.count == 2 && path[0] == "sessions":
      let session = SessionID(rawValue: path[1])
      guard registry.assumeIsolated({ $0.endByOperator(session) }) else {
        return .json(["error": "no such session"], status: 404)
      }
      return .json(["ended": 1])
    case ("GET", ["admission"]): return admission()
    case ("POST", ["admission"]): return setAdmission(request)
    case (_, ["sessions"]): return HTTPResponse(status: 405, headers: ["Allow": "GET, DELETE"])
    case (_, let path) where path.count == 2 && path[0] == "sessions":
      return HTTPResponse(status: 405, headers: ["Allow": "DELETE"])
    case (_, ["admission"]): return HTTPResponse(status: 405, headers: ["Allow": "GET, POST"])
    default: return .json(["error": "not found"], status: 404)
    }
  }

  private func sessions() -> HTTPResponse {
    registry.assumeIsolated { registry in
      let rows = registry.summaries().map { summary -> JSONValue in
        [
          "session": .string(summary.session.rawValue), "provider": .string(summary.provider.rawValue),
          "subject": .string(summary.subject.description), "state": .string(summary.state.rawValue),
          "ageMs": .integer(summary.age.milliseconds), "talks": .integer(Int64(summary.talks)),
          "connection": summary.connection.map { .string("\($0)") } ?? .null,
        ]
      }
      let day = registry.dayBudgetLeft.map { budget -> JSONValue in
        ["limitSeconds": .integer(budget.limit.milliseconds / 1000), "leftMs": .integer(budget.left.milliseconds)]
      }
      return .json([
        "sessions": .array(rows), "waiting": .integer(Int64(registry.waitingCount)),
        "admission": .string(registry.currentAdmission.rawValue), "day": day ?? .null,
      ])
    }
  }

  private func admission() -> HTTPResponse {
    .json(["open": .bool(registry.assumeIsolated { $0.currentAdmission } == .open)])
  }

  private func setAdmission(_ request: HTTPRequest) -> HTTPResponse {
    guard let body = (try? JSONParser.parse(request.body))?.object, body.members.count == 1,
      let open = body["open"]?.bool
    else { return .json(["error": "the body is {\"open\": true} or {\"open\": false}"], status: 400) }
    registry.assumeIsolated { $0.set(admission: open ? .open : .paused) }
    return admission()
  }

  private func metrics(_ request: HTTPRequest) async -> HTTPResponse {
    guard request.method == "GET" else { return HTTPResponse(status: 405, headers: ["Allow": "GET"]) }
    return numbers(await ProcessNumbers.now(), for: request)
  }

  private func numbers(_ process: ProcessNumbers, for request: HTTPRequest) -> HTTPResponse {
    let surroundings = MetricsText.Surroundings(
      version: version, refusedHandshakes: endpoint.assumeIsolated { $0.refusedHandshakes }, process: process)
    let metrics = MetricsText(format: ExpositionFormat(accepting: request), surroundings: surroundings)
    let text = registry.assumeIsolated { metrics.text(of: $0) }
    return HTTPResponse(status: 200, headers: ["Content-Type": metrics.format.contentType], body: Array(text.utf8))
  }
}
