// What answers HTTP requests of a listener.

/// Answers requests. Called in a task on the event loop, one task a request; the task is cancelled when the peer
/// leaves.
public protocol HTTPHandler: Sendable {
  /// - Throws: anything, to close the connection without a byte of an answer.
  func respond(to request: HTTPRequest) async throws -> HTTPResponse
}
