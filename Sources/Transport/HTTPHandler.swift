// What answers HTTP requests of a listener.

/// Answers requests. Called in a task on the event loop, one task a request; the task is cancelled when the peer
/// leaves.
public protocol HTTPHandler: Sendable {
  func respond(to request: HTTPRequest) async -> HTTPResponse
}
