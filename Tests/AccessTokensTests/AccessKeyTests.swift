// Key files: what is accepted, what is refused by name, and that none of it can be seen.
import JWTKit
import StrictJSON
import Testing

@testable import AccessTokens

@Suite struct AccessKeyTests {
  private func refusal(_ body: () async throws -> Void) async -> AccessKeyError? {
    do {
      try await body()
      return nil
    } catch { return error as? AccessKeyError }
  }

  private func set(_ keys: String) async -> AccessKeyError? {
    await refusal { _ = try AccessKeys(try await AccessKeys.keys(ofSet: Array(#"{"keys":[\#(keys)]}"#.utf8))) }
  }

  @Test func shortSecretsAreRefused() async throws {
    func codeForSecret(of count: Int) async -> AccessKeyError.Code? {
      await refusal { _ = try await AccessKey(name: nil, fileContent: Array(repeating: 65, count: count)) }?.code
    }
    #expect(await codeForSecret(of: 31) == .shortSecret)
    #expect(await codeForSecret(of: 32) == nil)
    #expect(await codeForSecret(of: 0) == .shortSecret)
  }

  @Test func otherPEMBlocksAreRefusedAndNeverTakenForSecrets() async throws {
    let p384 = ES384PrivateKey()
    let certificate = "-----BEGIN CERTIFICATE-----\n\(Samples.canary)"
    for pem in [p384.pemRepresentation, p384.publicKey.pemRepresentation, certificate] {
      let error = await refusal { _ = try await AccessKey(name: "k", fileContent: Array(pem.utf8)) }
      #expect(error?.code == .invalidKey)
      #expect(error?.message.contains("the key k") == true)
      #expect(error?.message.contains("canary") == false)
    }
  }

  @Test func setsOfEveryKindAreRead() async throws {
    let samples = try await Samples()
    // RFC 7515 appendix A.3.1 and RFC 8037 appendix A.2.
    let keys = try AccessKeys(
      try await AccessKeys.keys(
        ofSet: Array(
          """
          {"keys":[
            {"kty":"EC","crv":"P-256","kid":"e","alg":"ES256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
             "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
            {"kty":"OKP","crv":"Ed25519","kid":"d","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
          """.utf8)))
    #expect(keys.names == ["e (ES256)", "d (EdDSA)"])
    let verifier = TokenVerifier(keys: keys, leewaySeconds: 0)
    #expect(throws: AccessTokenFailure.signatureInvalid) {
      try verifier.claims(of: Samples.token(["alg": "ES256", "kid": "e"], by: samples.ecdsa), at: Samples.now)
    }
  }

  @Test(arguments: [
    #"{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}"#, #"{"kty":"oct","kid":"a"}"#,
    #"{"kty":"EC","crv":"P-384","kid":"a"}"#,
    #"{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"}"#, #"{"kty":"OKP","crv":"X25519","kid":"a","x":"AA"}"#,
    #"{"kid":"a"}"#, "7", #"{"kty":"oct","kid":"","k":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"}"#,
    #"{"kty":"oct","kid":"a","use":"enc","k":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"}"#,
    #"{"kty":"oct","kid":"a","alg":"HS512","k":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"}"#,
  ])
  func otherKeysOfASetAreRefused(key: String) async { #expect(await set(key)?.code == .invalidKey) }

  @Test func namesAreNeededAndUniqueAmongSeveral() async throws {
    let key = #"{"kty":"oct","k":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"}"#
    let named = #"{"kid":"a",\#(key.dropFirst())"#
    #expect(await set(key) == nil)
    #expect(await set("\(key),\(named)")?.code == .ambiguous)
    #expect(await set("\(named),\(named)")?.code == .ambiguous)
    #expect(await set("")?.code == .count)
    let many = (0...AccessKeys.maximumCount).map { #"{"kid":"\#($0)",\#(key.dropFirst())"# }.joined(separator: ",")
    #expect(await set(many)?.code == .invalidSet)
    let invalid = await refusal { _ = try await AccessKeys.keys(ofSet: Array(Samples.canary.utf8)) }
    #expect(invalid?.code == .invalidSet)
  }

  @Test func publicKeysDoNotSign() async throws {
    let samples = try await Samples()
    let key = try await AccessKey(name: "p", fileContent: Array(samples.ecdsaPublicPEM.utf8))
    #expect(throws: AccessKeyError.self) {
      try TokenIssuer(key: key).token(for: AccessClaims(subject: "a", expiry: 1))
    }
  }

  @Test func nothingShowsAKey() async throws {
    let samples = try await Samples()
    var shown = "\(samples.secret) \(samples.keys) \(samples.keys.names)"
    dump(samples.keys, to: &shown)
    dump(TokenVerifier(keys: samples.keys, leewaySeconds: 0), to: &shown)
    shown += String(reflecting: samples.keys)
    #expect(!shown.contains("canary"))
    for failure in AccessTokenFailure.allCases { #expect("\(failure)" == failure.rawValue) }
  }

  @Test func base64URLHasOneTextForEachSequence() {
    for count in 0...70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + count) }
      #expect(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes)
    }
    for text in ["A", "AB", "AAB", "AA=", "A A", "+/", "ÄA"] { #expect(Base64URL.decode(text.utf8) == nil, "\(text)") }
    #expect(Base64URL.decode("AA".utf8) == [0])
  }
}
