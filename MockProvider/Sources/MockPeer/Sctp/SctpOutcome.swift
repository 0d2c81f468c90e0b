// What became of a message that was given to SCTP.

/// The result of sending.
enum SctpOutcome: Hashable {
  case sent
  /// The buffer is full: later.
  case full
  case failed
}
