// Keeps the keys of access tokens, and finds those that a token may mean.

/// The keys by name. Two of them let an issuer change from one to the other without a gap.
public struct AccessKeys: Sendable {
  /// Most keys that are named one by one; those of sets come on top.
  public static let maximumCount = 32
  /// Most bytes of a key file.
  public static let maximumFileBytes = 64 * 1024
  /// No key at all: no token is good.
  public static let none = AccessKeys(keys: [])

  private let keys: [AccessKey]

  private init(keys: [AccessKey]) { self.keys = keys }

  /// - Parameters:
  ///   - named: keys that somebody chose one by one, each with a name where there are others.
  ///   - sets: keys of sets, whose issuers may give several the same name, or none.
  /// - Throws: ``AccessKeyError`` `.count` or `.ambiguous`.
  public init(_ named: [AccessKey], sets: [AccessKey] = []) throws(AccessKeyError) {
    guard named.count <= Self.maximumCount, named.count + sets.count > 0 else {
      throw AccessKeyError(.count, "\(named.count) access keys; 1 to \(Self.maximumCount) are accepted")
    }
    let names = named.compactMap(\.name)
    guard named.count + sets.count == 1 || names.count == named.count else {
      throw AccessKeyError(.ambiguous, "with several access keys each needs a name (kid)")
    }
    guard Set(names).count == names.count else {
      throw AccessKeyError(.ambiguous, "two access keys have the same name (kid)")
    }
    self.init(keys: named + sets)
  }

  /// Each key's name, algorithm and fingerprint; for people.
  public var listed: [String] { keys.map(\.listed) }

  /// The keys that a token may mean by the name that it has or has not. The only key is meant by a token without a name;
  /// and where that key has none itself, by every token.
  func keys(named name: String?) throws(AccessTokenFailure) -> [AccessKey] {
    if let only = keys.first, keys.count == 1, only.name == nil || name == nil { return keys }
    let found = keys.filter { $0.name == name }
    guard !found.isEmpty else { throw name == nil ? .keyNotNamed : .keyUnknown }
    return found
  }
}

/// A key that cannot be used. It names the key by its `kid` or place and never shows a part of it.
public struct AccessKeyError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// Not a key of a kind that is accepted.
    case invalidKey
    /// A secret with fewer bytes than a SHA-256 hash (RFC 7518 section 3.2).
    case shortSecret
    /// A key or a certificate where a secret is named.
    case noSecret
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
