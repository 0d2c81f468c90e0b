// Lists the routes of the control surface, each with what reads its requests.
import StrictJSON
import Wire

/// A route of the control surface: this table is all that there is under `/__admin`.
struct AdminRoute: Sendable {
  static let prefix = "/__admin"

  let method: String
  /// Without the prefix. Letters, dots and slashes only, as the relay passes them on (RelayServer's `MockControl`).
  let path: String
  /// Names that may stand in its query, beside the scenario's.
  var query: [String] = []
  /// Whether it is about one scenario.
  var hasScenario = true
  let read: @Sendable (AdminRequest) throws(AdminRefusal) -> AdminCommand

  static let all: [AdminRoute] = [
    AdminRoute(method: "GET", path: "health", hasScenario: false) { _ in .health },
    AdminRoute(method: "GET", path: "settings", hasScenario: false) { _ in .settings },
    AdminRoute(method: "GET", path: "errors", hasScenario: false) { _ in .errors },
    AdminRoute(method: "GET", path: "scenarios", hasScenario: false) { _ in .scenarios },
    AdminRoute(method: "DELETE", path: "scenarios") { request throws(AdminRefusal) in try request.forgetScenario() },
    AdminRoute(method: "GET", path: "sessions", query: ["vendor", "state"]) { request throws(AdminRefusal) in
      .sessions(try request.sessionFilter())
    },
    AdminRoute(method: "POST", path: "sessions/wait") { request throws(AdminRefusal) in try request.sessionWait() },
    AdminRoute(method: "GET", path: "requests", query: ["call", "session"]) { request throws(AdminRefusal) in
      .requests(try request.journalFilter())
    },
    AdminRoute(method: "DELETE", path: "requests") { _ in .clearRequests },
    AdminRoute(method: "GET", path: "requests/unmatched") { _ in .unmatched },
    AdminRoute(method: "POST", path: "requests/find") { request throws(AdminRefusal) in .find(try request.match()) },
    AdminRoute(method: "POST", path: "requests/verify") { request throws(AdminRefusal) in
      .verify(try request.expectation())
    },
    AdminRoute(method: "POST", path: "requests/order") { request throws(AdminRefusal) in .verify(try request.order()) },
    AdminRoute(method: "POST", path: "requests/wait") { request throws(AdminRefusal) in try request.wait() },
    AdminRoute(method: "GET", path: "faults") { _ in .faults },
    AdminRoute(method: "POST", path: "faults") { request throws(AdminRefusal) in .addFault(try request.fault()) },
    AdminRoute(method: "DELETE", path: "faults") { _ in .clearFaults },
    AdminRoute(method: "GET", path: "messages") { _ in .messageFaults },
    AdminRoute(method: "POST", path: "messages") { request throws(AdminRefusal) in
      .addMessageFault(try request.messageFault())
    },
    AdminRoute(method: "DELETE", path: "messages") { _ in .clearMessageFaults },
    AdminRoute(method: "GET", path: "agents") { _ in .agents },
    AdminRoute(method: "POST", path: "agents") { request throws(AdminRefusal) in .setAgents(try request.agentMode()) },
    AdminRoute(method: "GET", path: "agents/answers") { _ in .answers },
    AdminRoute(method: "POST", path: "agents/answers") { request throws(AdminRefusal) in
      .addAnswer(try request.answerRule())
    },
    AdminRoute(method: "DELETE", path: "agents/answers") { _ in .clearAnswers },
    AdminRoute(method: "GET", path: "clock") { _ in .clock },
    AdminRoute(method: "POST", path: "clock") { request throws(AdminRefusal) in .moveClock(try request.clockMove()) },
    AdminRoute(method: "GET", path: "media") { _ in .media },
    AdminRoute(method: "POST", path: "media") { request throws(AdminRefusal) in try request.media() },
    AdminRoute(method: "POST", path: "reset") { _ in .reset },
    AdminRoute(method: "DELETE", path: "reset") { _ in .reset },
    AdminRoute(method: "GET", path: "openapi.json", hasScenario: false) { _ in .description(nil) },
    AdminRoute(method: "GET", path: "openapi/did.json", hasScenario: false) { _ in .description(.did) },
    AdminRoute(method: "GET", path: "openapi/heygen.json", hasScenario: false) { _ in .description(.heygen) },
  ]

  /// The paths in the order of the table.
  static let paths = all.reduce(into: [String]()) { if !$0.contains($1.path) { $0.append($1.path) } }

  /// True for what belongs to the control surface, known or not.
  static func covers(_ path: String) -> Bool { path == prefix || path.hasPrefix(prefix + "/") }

  /// - Throws: ``AdminRefusal`` where no route means the request.
  static func route(of request: HTTPRequest) throws(AdminRefusal) -> AdminRoute {
    let path = String(request.path.dropFirst(prefix.count + 1))
    let routes = all.filter { $0.path == path }
    guard !routes.isEmpty else { throw AdminRefusal(.notFound, "known are \(paths.sorted().joined(separator: ", "))") }
    guard let route = routes.first(where: { $0.method == request.method }) else {
      throw AdminRefusal(.methodNotAllowed, "\(routes.map(\.method).joined(separator: " or ")) expected")
    }
    return route
  }
}
