// Answers the HTTP requests of a mock as it decided, when and how a fault wants it.
import MockClock
import Transport
import Wire

/// Answers every HTTP request of a mock: preflights, the control surface, and the vendors' calls.
struct MockHandler: HTTPHandler {
  let state: MockState

  func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit { .bytes(VendorCall.maximumBodyBytes) }

  func responseToLargerBody(of head: HTTPRequest) -> HTTPResponse {
    let words = "a body of more than \(VendorCall.maximumBodyBytes) bytes"
    if AdminRoute.covers(head.path) {
      return refusalOfStranger(head) ?? CORS.allow(AdminRefusal(.tooLarge, words).response)
    }
    let length = head.headers["Content-Length"].flatMap { Int($0) }
    return state.assumeIsolated { state in
      if let reason = state.gate.refusal(of: head) { return state.refuse(head, 403, reason, unread: length) }
      return CORS.allow(state.refuse(head, 413, words, unread: length))
    }
  }

  private func refusalOfStranger(_ request: HTTPRequest) -> HTTPResponse? {
    guard !state.gate.admitsAdministrator(request) else { return nil }
    return AdminRefusal(
      .forbidden, "the control surface serves this machine only, and the addresses that --admin-allow names"
    ).response
  }

  func respond(to request: HTTPRequest) async throws -> HTTPResponse {
    if AdminRoute.covers(request.path) {
      if let refusal = refusalOfStranger(request) { return refusal }
      return CORS.allow(request.method == "OPTIONS" ? CORS.preflight(request) : await state.administer(request))
    }
    if let reason = state.gate.refusal(of: request) { return await state.refuse(request, 403, reason) }
    if request.method == "OPTIONS" { return CORS.preflight(request) }
    let decision = await state.answer(request)
    // Throws when the peer has left or the mock stops: nobody reads the answer.
    let clock = decision.clock ?? state.clock
    if decision.delay > .zero { try await clock.sleep(for: decision.delay) }
    // A lost answer is waited for until whoever waits gives up.
    if case .lose = decision.ending { try await clock.sleep(for: Fault.longestDelay) }
    let date = await state.leave(decision.arrival)
    guard var response = decision.response else { throw DroppedConnection() }
    // A fault may have it say another.
    if response.headers["Date"] == nil { response.headers["Date"] = date }
    return CORS.allow(response)
  }
}

/// A request that is in the journal.
struct Arrival: Sendable {
  let scenario: ScenarioKey
  let number: Int
}

/// A response, and how long it waits.
struct MockDecision: Sendable {
  /// What happens where there is no response.
  enum Ending: Sendable {
    /// The connection ends.
    case drop
    /// Nothing: the connection lives on.
    case lose
    /// A WebSocket is closed with this code; another connection just ends.
    case close(UInt16)
  }

  /// Nil where a fault took it away.
  let response: HTTPResponse?
  var delay = Duration.zero
  var arrival: Arrival?
  /// By which the delay passes.
  var clock: SteppableClock?
  var ending = Ending.drop
  /// Whether the next answer on the same WebSocket leaves before this one.
  var isOvertaken = false
}

/// A fault wants the connection to end without a byte of an answer.
struct DroppedConnection: Error {}
