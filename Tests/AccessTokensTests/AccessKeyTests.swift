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
      refusal { _ = try AccessKey(name: nil, secretFile: Array(repeating: 0x6B, count: count)) }?.code
    }
    #expect(codeForSecret(of: 31) == .shortSecret)
    #expect(codeForSecret(of: 32) == nil)
    #expect(codeForSecret(of: 0) == .shortSecret)
  }

  @Test func otherPEMBlocksAreRefusedAndNeverTakenForSecrets() throws {
    let certificate = "-----BEGIN CERTIFICATE-----\n\(Samples.canary)"
    for pem in Samples.p384 + [certificate] {
      for error in [
        refusal { _ = try AccessKey(name: "k", keyFile: Array(pem.utf8)) },
        refusal { _ = try AccessKey(name: "k", secretFile: Array(pem.utf8)) },
      ] {
        #expect(error?.code == .invalidKey || error?.code == .noSecret)
        #expect(error?.message.contains("the key k") == true)
        #expect(error?.message.contains("canary") == false)
      }
    }
  }

  /// A public key is known to everybody: whoever signs with the bytes of its file must never be believed.
  @Test func noFormOfAKeyIsASecret() throws {
    let pem = try Samples().ecdsaPublicPEM
    let base64 = pem.split(separator: "\n").dropFirst().dropLast().joined()
    let jwk = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
    let wide = pem.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    var forms = [
      pem, "# our key\n\(pem)", "\u{FEFF}\(pem)", pem.split(separator: "\n").joined(separator: "\\n"), base64,
      "key=\(base64)", "\(base64.prefix(64))\n\(base64.dropFirst(64))", "\(base64.prefix(64)) and so on", jwk,
      #"{"keys":[\#(jwk)]}"#, "// \(jwk)",
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDuXBHvbYaXQ8rOmLL0Dmk4pQmGbLpmJ1oJyEQyvmAaV me@here",
      "from=\"*\" AAAAC3NzaC1lZDI1NTE5AAAAIDuXBHvbYaXQ8rOmLL0Dmk4pQmGbLpmJ1oJyEQyvmAaV",
      "---- BEGIN SSH2 PUBLIC KEY ----\n\(base64)", "BEGIN PUBLIC KEY\n\(Samples.canary)",
    ].map { Array($0.utf8) }
    let der = try #require(Base64URL.decode(base64.replacing("+", with: "-").replacing("/", with: "_").trimmingEnd { $0 == "=" }.utf8))
    forms += [der, der + [0x0A], Array(Hexadecimal.text(der).utf8), wide, [0xFF, 0xFE] + wide, [0xFE, 0xFF, 0] + wide]
    for (index, form) in forms.enumerated() {
      #expect(refusal { _ = try AccessKey(name: "k", secretFile: form) }?.code == .noSecret, "form \(index)")
    }
    // And where it is named as a key, it is that very key, or refused.
    for (index, form) in forms.enumerated() {
      do throws(AccessKeyError) {
        let key = try AccessKey(name: "k", keyFile: form)
        #expect(key.algorithm != .hs256 && key.listed.contains("public key"), "form \(index)")
      } catch { #expect(error.code == .invalidKey, "form \(index)") }
    }
    #expect(try AccessKey(name: "k", keyFile: [0xFF, 0xFE] + wide).listed == AccessKey(name: "k", keyFile: der).listed)
    #expect(try AccessKey(name: "k", keyFile: Array(jwk.utf8)).algorithm == .eddsa)
  }

  @Test func aSecretIsNamedAsSuch() throws {
    let error = try #require(refusal { _ = try AccessKey(name: "k", keyFile: Array(Samples.canary.utf8)) })
    #expect(error.code == .invalidKey && error.message.contains("kid=hs256:path") && !error.message.contains("canary"))
    let utf16 = Samples.canary.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    #expect(refusal { _ = try AccessKey(name: "k", secretFile: utf16) }?.message.contains("UTF-16") == true)
    // What generators of secrets write.
    for text in [
      "8Jz0wqkC2nmW4bR7xkz1uYQ0oV9mE5TtP3aL6hSdG+f/uN2rXcB1yZiKqMv4EwJo", String(repeating: "0123456789abcdef", count: 4),
      "correct horse battery staple, and nine more words",
    ] {
      let key = try AccessKey(name: "k", secretFile: Array("\u{FEFF}\(text)\n".utf8))
      #expect(key.listed == (try AccessKey(name: "k", secretFile: Array(text.utf8))).listed)
      #expect(key.algorithm == .hs256)
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
    #expect(keys.listed.map { $0.prefix(18) } == ["e ES256 public key ", "d EdDSA public key "].map { $0.prefix(18) })
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
    let key = try AccessKey(name: "p", keyFile: Array(samples.ecdsaPublicPEM.utf8))
    #expect(throws: AccessKeyError.self) {
      try TokenIssuer(key: key).token(for: AccessClaims(subject: "a", expiry: 1))
    }
  }

  @Test func nothingShowsAKey() throws {
    let samples = try Samples()
    var shown = "\(samples.secret) \(samples.keys) \(samples.keys.listed)"
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
