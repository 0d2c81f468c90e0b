// The front of the mock: decides which part of it a request is for.
import Transport

/// Answers every HTTP request of a mock: preflights, the control surface, and the vendors' calls.
struct MockHandler: HTTPHandler {
  let state: MockState

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    if AdminCommand.covers(request.path) {
      guard AdminGate.admits(request) else {
        let refusal = AdminRefusal(.forbidden, "the control surface serves this machine only")
        return HTTPResponse(status: refusal.status, json: refusal.json)
      }
      return CORS.allow(request.method == "OPTIONS" ? CORS.preflight(request) : await state.administer(request))
    }
    if request.method == "OPTIONS" { return CORS.preflight(request) }
    let decision = await state.answer(request)
    if decision.delay > .zero {
      // A peer that left, or a mock that stopped: nobody reads the answer.
      do { try await state.clock.sleep(for: decision.delay) } catch { return .drop }
    }
    return CORS.allow(decision.response)
  }
}
