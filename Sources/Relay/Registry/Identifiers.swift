// Makes the ids and secrets of sessions, which nobody can guess.
import Basics
import Signaling

/// Makes the ids and secrets of sessions. The program uses ``RandomIdentifiers``; tests count.
public protocol IdentifierSource: Sendable {
  /// An id that was never given out before.
  mutating func makeSessionID() -> SessionID
  /// A secret that cannot be guessed.
  mutating func makeSecret() -> ResumeSecret
}

/// Ids of 128 and secrets of 256 bits from the system's cryptographic generator, in base64url (RFC 4648 section 5)
/// without padding.
public struct RandomIdentifiers: IdentifierSource {
  private var generator = SystemRandomNumberGenerator()

  /// Makes a source; all sources draw from the same generator.
  public init() {}

  /// 128 random bits.
  public mutating func makeSessionID() -> SessionID { SessionID(rawValue: characters(forBits: 128)) }
  /// 256 random bits.
  public mutating func makeSecret() -> ResumeSecret { ResumeSecret(value: characters(forBits: 256)) }

  /// Draws 64 bits at a time: each draw is a system call.
  private mutating func characters(forBits bits: Int) -> String {
    let words = (0..<bits / UInt64.bitWidth).map { _ in generator.next() as UInt64 }
    return Base64URL.encode(words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } })
  }
}
