// All keys that count at a time.
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

  /// What the keys are called, with their algorithms; for people.
  public var names: [String] { keys.map { "\($0.name ?? "unnamed") (\($0.algorithm.rawValue))" } }

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
    for (index, entry) in entries.enumerated() { keys.append(try AccessKey(jwk: entry, at: index)) }
    return keys
  }
}
