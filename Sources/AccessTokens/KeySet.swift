// Reads a JWK Set as issuers publish them: keys that can be used count, and all others are named.
import StrictJSON

/// The keys of a JWK Set (RFC 7517 section 5) that can be used here.
public struct KeySet: Sendable {
  /// Most bytes of a set: certificates in it (`x5c`) make one long.
  public static let maximumBytes = 256 * 1024
  /// Most keys of a set that count; the first ones do.
  public static let maximumCount = 32
  /// The longest beginning of a key's name that is shown.
  private static let shownNameLength = 64
  /// The most keys that are named as left out, one by one.
  private static let shownCount = 20

  public let keys: [AccessKey]
  /// The keys that were left out, each by its `kid` or place and the reason; for people.
  public let leftOut: [String]

  /// - Parameter isPublic: whether anybody may read the set, so that a secret in it is none.
  /// - Throws: ``AccessKeyError`` `.invalidSet` for what is no set, or one without any key that can be used.
  public init(_ content: [UInt8], isPublic: Bool) throws(AccessKeyError) {
    let text = Array(content.withoutByteOrderMark())
    guard content.count <= Self.maximumBytes, let entries = (try? JSONParser.parse(text))?["keys"]?.array else {
      throw AccessKeyError(
        .invalidSet, "not a JWK Set of at most \(Self.maximumBytes) bytes: {\"keys\": [{\"kty\": …}, …]}")
    }
    var keys: [AccessKey] = []
    var leftOut: [String] = []
    for (index, entry) in entries.enumerated() {
      do throws(KeyRefusal) {
        let key = try AccessKey(jwk: entry)
        if isPublic, key.algorithm == .hs256 { throw KeyRefusal(words: "a secret, which is none in a public set") }
        guard keys.count < Self.maximumCount else { throw KeyRefusal(words: "one more than \(Self.maximumCount)") }
        keys.append(key)
      } catch {
        let name = entry["kid"]?.string.map { String($0.unicodeScalars.prefix(Self.shownNameLength)) }
        leftOut.append("key \(name ?? "number \(index + 1)") is \(error.words)")
      }
    }
    if leftOut.count > Self.shownCount {
      leftOut[Self.shownCount...] = ["\(leftOut.count - Self.shownCount) more cannot be used either"]
    }
    guard !keys.isEmpty else {
      throw AccessKeyError(.invalidSet, "a JWK Set without any key that can be used: \(leftOut.joined(separator: ", "))")
    }
    self.keys = keys
    self.leftOut = leftOut
  }
}
