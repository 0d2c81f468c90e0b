// How a session came to its end in the ledger.

/// Why nothing more is done about a session.
public enum Ending: String, Sendable, Hashable, Codable, CaseIterable {
  /// The provider said that it is over.
  case closed
  /// It was never opened.
  case notOpened
  /// The provider did not confirm the end, and by now its own limits must have ended it.
  case abandoned
}
