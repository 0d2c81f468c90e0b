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

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(loop: EventLoop, registry: SessionRegistry, endpoint: SignalingEndpoint, key: Secret?, checksHost: Bool) {
    self.loop = loop
    self.registry = registry
    self.endpoint = endpoint
    self.key = key
    self.checksHost = checksHost
  }

  /// The longest body in bytes: what says whether sessions may be opened.
  static let maximumBodyBytes = 4096

  /// Only one request has a body, and only the operator's is read.
  nonisolated func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit {
    assumeIsolated { routes in
      if let refusal = routes.refusal(of: head) { return .refused(Self.uncached(refusal)) }
      return .bytes(head.method == "POST" && head.path == "/admission" ? Self.maximumBodyBytes : 0)
    }
  }

  func respond(to request: HTTPRequest) async -> HTTPResponse { Self.uncached(refusal(of: request) ?? route(request)) }

  private static func uncached(_ response: HTTPResponse) -> HTTPResponse {
    var response = response
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
  }

  /// A page in the operator's browser can reach the port, even under a host name of its own that leads here (DNS
  /// rebinding); it is told nothing.
  private func refusal(of request: HTTPRequest) -> HTTPResponse? {
    if request.headers["Origin"] != nil || request.headers["Sec-Fetch-Mode"] != nil {
      return .text(403, "not for web pages")
    }
    if checksHost, !HostName.isLoopback(authority: request.headers["Host"] ?? "") {
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
    case ("GET", ["metrics"]): return metrics()
    case (_, ["sessions"]): return HTTPResponse(status: 405, headers: ["Allow": "GET, DELETE"])
    case (_, let path) where path.count == 2 && path[0] == "sessions":
      return HTTPResponse(status: 405, headers: ["Allow": "DELETE"])
    case (_, ["admission"]): return HTTPResponse(status: 405, headers: ["Allow": "GET, POST"])
    case (_, ["metrics"]): return HTTPResponse(status: 405, headers: ["Allow": "GET"])
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

  private func metrics() -> HTTPResponse {
    let refused = endpoint.assumeIsolated { $0.refusedHandshakes }
    let text = registry.assumeIsolated { MetricsText.render($0, refusedHandshakes: refused) }
    return HTTPResponse(
      status: 200, headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"], body: Array(text.utf8))
  }
}
