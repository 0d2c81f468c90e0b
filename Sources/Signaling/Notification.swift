// What the server says of its own accord.

/// A notification: about a session (with that session's growing `seq`), about a request, or about
/// the server.
public enum Notification: Sendable, Hashable {
  case session(SessionID, seq: Int64, SessionEvent)
  /// `request.queued`: a request waits for a place; before it are one fewer than the position says.
  case queued(RequestID, position: Int)
  /// `server.draining`: the server ends within the time; no new session is opened.
  case draining(deadlineMs: Int64)
}
