// How far a session has come.

/// The states that a client sees.
public enum SessionState: String, Sendable, Hashable, CaseIterable {
  case opening, offered, answering, connecting, live, closing, closed
}
