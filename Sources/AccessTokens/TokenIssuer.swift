// Makes tokens, for development and tests.
import Basics
import StrictJSON

/// Signs claims with one key.
public struct TokenIssuer: Sendable {
  private let key: AccessKey

  public init(key: AccessKey) { self.key = key }

  /// The token in compact form.
  /// - Throws: ``AccessKeyError`` `.cannotSign` for a public key.
  public func token(for claims: AccessClaims) throws(AccessKeyError) -> String {
    var header: JSONObject = ["alg": .string(key.algorithm.rawValue), "typ": "JWT"]
    header["kid"] = key.name.map { .string($0) }
    let signed = [header, claims.json]
      .map { Base64URL.encode(JSONValue.object($0).text.utf8) }.joined(separator: ".")
    return signed + "." + Base64URL.encode(try key.signature(of: Array(signed.utf8)))
  }
}
