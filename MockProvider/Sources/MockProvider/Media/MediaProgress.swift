// How far a peer connection has come.

/// The stations of a connection, as the mock sees them.
enum MediaProgress {
  /// The offer is out.
  case offered
  /// The answer was accepted.
  case answered
  /// Media can flow: the vendor lets the avatar speak.
  case up
  /// Media flowed once or could not: the browser closed its peer connection, or encryption failed.
  case gone
}
