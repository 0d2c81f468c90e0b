// How far a session has come, as far as the ledger knows.

/// The state of a session in the ledger. What is not ``ended`` may be open, and billed, at the provider.
public enum RecordState: String, Sendable, Hashable, Codable, CaseIterable {
  /// The provider is about to be asked for it, is being asked, or was when the relay died.
  case intended
  /// It was asked for and the reply was never seen. Nobody can name it.
  case unseen
  /// It is open under ``SessionRecord/handle``.
  case open
  /// The provider is to end it: no client gets it back.
  case closing
  /// It is over.
  case ended
}
