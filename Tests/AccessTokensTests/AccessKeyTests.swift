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

  @Test func namesAreNeededAndUniqueAmongSeveral() throws {
    let samples = try Samples()
    let unnamed = try AccessKey(name: nil, keyFile: Array(samples.ecdsaPublicPEM.utf8))
    #expect(refusal { _ = try AccessKeys([unnamed]) } == nil)
    #expect(refusal { _ = try AccessKeys([unnamed, samples.secret]) }?.code == .ambiguous)
    #expect(refusal { _ = try AccessKeys([unnamed], sets: [samples.secret]) }?.code == .ambiguous)
    #expect(refusal { _ = try AccessKeys([samples.secret, samples.secret]) }?.code == .ambiguous)
    #expect(refusal { _ = try AccessKeys([]) }?.code == .count)
    let many = (0...AccessKeys.maximumCount).map { AccessKey(name: "\($0)", longSecret: Array(Samples.canary.utf8)) }
    #expect(refusal { _ = try AccessKeys(many) }?.code == .count)
    #expect(refusal { _ = try AccessKeys(many.dropLast()) } == nil)
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
