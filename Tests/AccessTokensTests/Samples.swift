// Keys and tokens for tests; made anew in each process, but for the canary.
import JWTKit
import StrictJSON

@testable import AccessTokens

/// Three keys of each kind that is accepted, and ways to make tokens that no issuer would.
struct Samples {
  /// A secret that must appear nowhere.
  static let canary = "canary-secret-7c1e-0123456789abcdef0123456789abcdef"
  static let now = 1_800_000_000.0

  let secret: AccessKey
  let ecdsa: AccessKey
  let edwards: AccessKey
  let ecdsaPublicPEM: String
  let keys: AccessKeys

  init() async throws {
    secret = try await AccessKey(name: "h", fileContent: Array("\n\(Self.canary)\n".utf8))
    let p256 = ES256PrivateKey()
    ecdsaPublicPEM = p256.publicKey.pemRepresentation
    ecdsa = try await AccessKey(name: "e", fileContent: Array(p256.pemRepresentation.utf8))
    edwards = try await AccessKey(name: "d", fileContent: Array(EdDSA.PrivateKey().pemRepresentation.utf8))
    keys = try AccessKeys([
      secret, try await AccessKey(name: "e", fileContent: Array(ecdsaPublicPEM.utf8)), edwards,
    ])
  }

  static var claims: JSONObject { ["sub": "alice", "exp": .integer(Int64(now) + 60)] }

  /// A token with any header and payload, signed with the key whatever they say.
  static func token(_ header: JSONObject, _ payload: JSONObject = claims, by key: AccessKey) throws -> String {
    let signed = [header, payload].map { Base64URL.encode(JSONValue.object($0).text.utf8) }.joined(separator: ".")
    return signed + "." + Base64URL.encode(try key.signature(of: Array(signed.utf8)))
  }

  func failure(of token: String, at time: Double = now, leeway: Int = 0) -> AccessTokenFailure? {
    do throws(AccessTokenFailure) {
      _ = try TokenVerifier(keys: keys, leewaySeconds: leeway).claims(of: token, at: time)
      return nil
    } catch { return error }
  }
}
