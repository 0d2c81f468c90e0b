// Key files: what is accepted, what is refused by name, and that none of it can be seen.
import Basics
import StrictJSON
import Testing

@testable import AccessTokens

@Suite struct AccessKeyTests {
  private func refusal(_ body: () throws -> Void) -> AccessKeyError? {
    do {
      try body()
      return nil
    } catch { return error as? AccessKeyError }
  }

  private func set(_ keys: String) -> AccessKeyError? {
    refusal { _ = try AccessKeys(try AccessKeys.keys(ofSet: Array(#"{"keys":[\#(keys)]}"#.utf8))) }
  }

  @Test func shortSecretsAreRefused() throws {
    func codeForSecret(of count: Int) -> AccessKeyError.Code? {
      refusal { _ = try AccessKey(name: nil, fileContent: Array(repeating: 65, count: count)) }?.code
    }
    #expect(codeForSecret(of: 31) == .shortSecret)
    #expect(codeForSecret(of: 32) == nil)
    #expect(codeForSecret(of: 0) == .shortSecret)
  }

  @Test func otherPEMBlocksAreRefusedAndNeverTakenForSecrets() throws {
    let certificate = "-----BEGIN CERTIFICATE-----\n\(Samples.canary)"
    for pem in Samples.p384 + [certificate] {
      let error = refusal { _ = try AccessKey(name: "k", fileContent: Array(pem.utf8)) }
      #expect(error?.code == .invalidKey)
      #expect(error?.message.contains("the key k") == true)
      #expect(error?.message.contains("canary") == false)
    }
  }

  @Test func setsOfEveryKindAreRead() throws {
    let samples = try Samples()
    // RFC 7515 appendix A.3.1 and RFC 8037 appendix A.2.
    let keys = try AccessKeys(
      try AccessKeys.keys(
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
    // A private number without its public half, with another one, and of another length.
    #"{"kty":"EC","crv":"P-256","kid":"a","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#,
    #"{"kty":"OKP","crv":"Ed25519","kid":"a","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#,
    #"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#,
    #"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":7}"#,
    #"{"kid":"a"}"#, "7", #"{"kty":"oct","kid":"","k":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"}"#,
    #"{"kty":"oct","kid":"a","use":"enc","k":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"}"#,
    #"{"kty":"oct","kid":"a","alg":"HS512","k":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"}"#,
  ])
  func otherKeysOfASetAreRefused(key: String) { #expect(set(key)?.code == .invalidKey) }

  @Test func namesAreNeededAndUniqueAmongSeveral() throws {
    let key = #"{"kty":"oct","k":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"}"#
    let named = #"{"kid":"a",\#(key.dropFirst())"#
    #expect(set(key) == nil)
    #expect(set("\(key),\(named)")?.code == .ambiguous)
    #expect(set("\(named),\(named)")?.code == .ambiguous)
    #expect(set("")?.code == .count)
    let many = (0...AccessKeys.maximumCount).map { #"{"kid":"\#($0)",\#(key.dropFirst())"# }.joined(separator: ",")
    #expect(set(many)?.code == .invalidSet)
    let invalid = refusal { _ = try AccessKeys.keys(ofSet: Array(Samples.canary.utf8)) }
    #expect(invalid?.code == .invalidSet)
  }

  @Test func publicKeysDoNotSign() throws {
    let samples = try Samples()
    let key = try AccessKey(name: "p", fileContent: Array(samples.ecdsaPublicPEM.utf8))
    #expect(throws: AccessKeyError.self) {
      try TokenIssuer(key: key).token(for: AccessClaims(subject: "a", expiry: 1))
    }
  }

  @Test func nothingShowsAKey() throws {
    let samples = try Samples()
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
