// Makes the ids and secrets of sessions, which nobody can guess.
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
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Makes a source; all sources draw from the same generator.
  public init() {}

  public mutating func makeSessionID() -> SessionID { SessionID(rawValue: characters(forBits: 128)) }
  public mutating func makeSecret() -> ResumeSecret { ResumeSecret(value: characters(forBits: 256)) }

  private mutating func characters(forBits bits: Int) -> String {
    let sextets = (bits + 5) / 6
    // What the last character holds beyond the bits is zero, as the encoding of whole bytes has it.
    let spare = sextets * 6 - bits
    return String(
      decoding: (0..<sextets).map { index in
        let sextet = UInt8.random(in: 0..<64, using: &generator)
        return Self.alphabet[Int(index == sextets - 1 ? (sextet >> spare) << spare : sextet)]
      }, as: UTF8.self)
  }
}
