// Where ids and secrets of sessions come from.
import Signaling

/// Makes the ids and secrets of sessions. The program uses ``RandomIdentifiers``; tests count.
public protocol IdentifierSource: Sendable {
  /// An id that was never given out before.
  mutating func makeSessionID() -> SessionID
  /// A secret that cannot be guessed.
  mutating func makeSecret() -> ResumeSecret
}
