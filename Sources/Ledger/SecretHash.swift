// By what a resume secret is recognised without being kept.
import Crypto

/// The SHA-256 of a resume secret. The secret has 256 random bits, so its hash tells nobody anything and needs no salt.
public struct SecretHash: Sendable, Hashable, Codable, CustomStringConvertible {
  /// 64 hexadecimal digits.
  public let hex: String

  public init(of secret: String) { hex = Digits.hex(SHA256.hash(data: Array(secret.utf8))) }

  /// A hash as it was kept.
  public init(hex: String) { self.hex = hex }

  public init(from decoder: any Decoder) throws { hex = try decoder.singleValueContainer().decode(String.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }

  /// Whether a secret is the one. Takes the same time wherever the two differ.
  public func matches(_ secret: String) -> Bool {
    let other = SecretHash(of: secret)
    guard hex.utf8.count == other.hex.utf8.count else { return false }
    return zip(hex.utf8, other.hex.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  public var description: String { "(secret hash)" }
}
