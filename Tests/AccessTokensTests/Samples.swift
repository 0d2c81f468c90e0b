// Provides keys and tokens for tests.
import Basics
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

  init() throws {
    secret = try AccessKey(name: "h", secretFile: Array("\n\(Self.canary)\n".utf8))
    // RFC 6979 appendix A.2.5.
    let p256 = Self.pem(
      "PRIVATE KEY",
      """
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX
      Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth
      +mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ
      """)
    ecdsaPublicPEM = Self.pem(
      "PUBLIC KEY",
      """
      MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7
      Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==
      """)
    ecdsa = try AccessKey(name: "e", keyFile: Array(p256.utf8))
    // RFC 8032 section 7.1, test 1.
    let ed25519 = Self.pem("PRIVATE KEY", "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g")
    edwards = try AccessKey(name: "d", keyFile: Array(ed25519.utf8))
    keys = try AccessKeys([
      secret, try AccessKey(name: "e", keyFile: Array(ecdsaPublicPEM.utf8)), edwards,
    ])
  }

  /// A key on the curve P-384, made for these tests: private, then public.
  static let p384 = [
    pem(
      "PRIVATE KEY",
      """
      MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDAzeu/1KlF72adf0W+3
      MzpdRbRlGmzRXYjYAbCXoH1TWoNqLkb0kcUhGmkTasx9c16hZANiAAQWriP/E48C
      bcqD1hRbgFdt3h5MANgmB5lHMJaxcxPVwFFka5L2L66yMELoZh3Ny7KOoBAFhq0f
      tsMS+3iRce4X5xpDrr/Dh5JfNzsCjF/r3LozbkBoaa2Gs/YOPUbz8xw=
      """),
    pem(
      "PUBLIC KEY",
      """
      MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEFq4j/xOPAm3Kg9YUW4BXbd4eTADYJgeZ
      RzCWsXMT1cBRZGuS9i+usjBC6GYdzcuyjqAQBYatH7bDEvt4kXHuF+caQ66/w4eS
      Xzc7Aoxf69y6M25AaGmthrP2Dj1G8/Mc
      """),
  ]

  private static func pem(_ label: String, _ content: String) -> String {
    "-----BEGIN \(label)-----\n\(content)\n-----END \(label)-----"
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
