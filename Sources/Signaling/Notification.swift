// What the server says of its own accord.

/// A notification: about a session (with that session's growing `seq`), or about the server.
public enum Notification: Sendable, Hashable {
  case session(SessionID, seq: Int64, SessionEvent)
  /// `server.draining`: the server ends within the time; no new session is opened.
  case draining(deadlineMs: Int64)
}
