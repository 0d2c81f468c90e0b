// What the relay remembers of a secret.
import Cryptography
import Signaling

/// The SHA-256 of a secret (FIPS 180-4). A secret of 256 random bits cannot be found from it, so it may be written
/// down.
public struct SecretDigest: Sendable, CustomStringConvertible, CustomReflectable {
  /// 32 bytes.
  public let bytes: [UInt8]

  /// The digest of a secret.
  public init(of secret: ResumeSecret) { bytes = SHA256.digest(of: Array(secret.value.utf8)) }

  /// A digest that was written down.
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// Whether both are of the same secret, in a time that does not depend on where they differ.
  public func matches(_ other: SecretDigest) -> Bool {
    guard bytes.count == other.bytes.count else { return false }
    return zip(bytes, other.bytes).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  public var description: String { "(digest)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension SecretDigest: Hashable {
  public static func == (left: Self, right: Self) -> Bool { left.matches(right) }
  public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
