// Keeps the keys of access tokens by name, reads them from JWK Sets, and finds the one that a token means.
import StrictJSON

/// The keys by name. Two of them let an issuer change from one to the other without a gap.
public struct AccessKeys: Sendable {
  /// Most keys at a time.
  public static let maximumCount = 8
  /// Most bytes of a key file.
  public static let maximumFileBytes = 64 * 1024

  private let keys: [AccessKey]

  /// - Throws: ``AccessKeyError`` `.count` or `.ambiguous`.
  public init(_ keys: [AccessKey]) throws(AccessKeyError) {
    guard (1...Self.maximumCount).contains(keys.count) else {
      throw AccessKeyError(.count, "\(keys.count) access keys; 1 to \(Self.maximumCount) are accepted")
    }
    let names = keys.compactMap(\.name)
    guard keys.count == 1 || names.count == keys.count else {
      throw AccessKeyError(.ambiguous, "with several access keys each needs a name (kid)")
    }
    guard Set(names).count == names.count else {
      throw AccessKeyError(.ambiguous, "two access keys have the same name (kid)")
    }
    self.keys = keys
  }

  /// Each key's name, algorithm and fingerprint; for people.
  public var listed: [String] { keys.map(\.listed) }

  /// The key that a token names; the only one where it names none.
  func key(named name: String?) throws(AccessTokenFailure) -> AccessKey {
    guard let name else {
      guard keys.count == 1 else { throw .keyNotNamed }
      return keys[0]
    }
    guard let key = keys.first(where: { $0.name == name }) else { throw .keyUnknown }
    return key
  }

  /// The keys of a JWK Set (RFC 7517 section 5) in JSON.
  public static func keys(ofSet content: [UInt8]) throws(AccessKeyError) -> [AccessKey] {
    guard let entries = (try? JSONParser.parse(content))?["keys"]?.array, entries.count <= maximumCount else {
      throw AccessKeyError(.invalidSet, "not a JWK Set of at most \(maximumCount) keys: {\"keys\": [{\"kty\": …}, …]}")
    }
    var keys: [AccessKey] = []
    for (index, entry) in entries.enumerated() {
      do throws(KeyRefusal) { keys.append(try AccessKey(jwk: entry)) } catch {
        throw AccessKeyError(.invalidKey, "key number \(index + 1) of the set is \(error.words)")
      }
    }
    return keys
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
