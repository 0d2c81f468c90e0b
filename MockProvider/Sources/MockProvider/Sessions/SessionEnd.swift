// Why a session is over.

/// The causes of a session's end.
public enum SessionEnd: String, Sendable, Hashable {
  /// The client deleted or stopped it.
  case closed
  /// Nothing was heard for too long.
  case idle
  /// It reached its hard limit.
  case lifetime
  /// The browser gave no sign of life any more (RFC 7675: its consent to be sent media expired).
  case lost
}
