// What is wrong with a key file.

/// A key that cannot be used. It names the key by its `kid` or place and never shows a part of it.
public struct AccessKeyError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// Not a key of a kind that is accepted.
    case invalidKey
    /// A secret with fewer bytes than a SHA-256 hash (RFC 7518 section 3.2).
    case shortSecret
    /// Not a JWK Set.
    case invalidSet
    /// Several keys of which one has no `kid`, or two the same.
    case ambiguous
    /// No key at all, or too many.
    case count
    /// A public key where a token has to be signed.
    case cannotSign
  }

  public let code: Code
  /// One sentence that says what to change.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
