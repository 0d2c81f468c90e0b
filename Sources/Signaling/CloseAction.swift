// What a client should do when a session ended.

/// What a client should do after `session.closed`.
public enum CloseAction: String, Sendable, Hashable, CaseIterable {
  /// Resume the same session on a new connection.
  case resume
  /// Open a new session.
  case reconnect
  /// Nothing: it is over.
  case stop
}
