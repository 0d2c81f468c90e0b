// Which tokens are believed, and by what name each other one is refused.
import Basics
import StrictJSON
import Testing

@testable import AccessTokens

@Suite struct TokenVerifierTests {
  private let header: JSONObject = ["alg": "HS256", "kid": "h", "typ": "JWT"]

  @Test func tokensOfEveryAlgorithmAreBelieved() throws {
    let samples = try Samples()
    for key in [samples.secret, samples.ecdsa, samples.edwards] {
      var claims = AccessClaims(subject: "alice", expiry: Samples.now + 60)
      claims.issuedAt = Samples.now
      claims.audience = ["avatars"]
      claims.issuer = "https://issuer.example"
      claims.providers = ["did"]
      claims.avatars = ["https://avatar.example/*", "Wayne_20240711"]
      claims.origins = ["https://shop.example"]
      claims.sessions = 2
      claims.budgetSeconds = 600
      let token = try TokenIssuer(key: key).token(for: claims)
      #expect(try TokenVerifier(keys: samples.keys, leewaySeconds: 0).claims(of: token, at: Samples.now) == claims)
    }
  }

  /// RFC 7515, appendix A.1, with its key: what others sign is read as they meant it.
  @Test func exampleOfTheStandardIsBelieved() throws {
    let set = """
      {"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]}
      """
    let keys = try AccessKeys([], sets: try KeySet(Array(set.utf8), isPublic: false).keys)
    let token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    // The signature is good, and only our own rule is broken: there is no sub.
    #expect(throws: AccessTokenFailure.claimsInvalid) {
      try TokenVerifier(keys: keys, leewaySeconds: 0).claims(of: token, at: 1_300_819_000)
    }
    let forged = token.replacing("dBjf", with: "dBjg")
    #expect(throws: AccessTokenFailure.signatureInvalid) {
      try TokenVerifier(keys: keys, leewaySeconds: 0).claims(of: forged, at: 1_300_819_000)
    }
  }

  /// What others signed with a key pair: RFC 7515 appendix A.3 (its payload has no `sub`), and RFC 8037 appendix A.4 (its
  /// payload is no object).
  @Test func examplesOfTheStandardWithKeyPairsAreBelieved() throws {
    let set = """
      {"keys":[
        {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
         "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}]}
      """
    let ecdsa =
      "eyJhbGciOiJFUzI1NiJ9"
      + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    let edwardsSet = """
      {"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}]}
      """
    let edwards =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
      + ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    for (set, token, reason) in [
      (set, ecdsa, AccessTokenFailure.claimsInvalid), (edwardsSet, edwards, .malformed),
    ] {
      let verifier = TokenVerifier(keys: try AccessKeys([], sets: try KeySet(Array(set.utf8), isPublic: false).keys), leewaySeconds: 0)
      #expect(throws: reason) { try verifier.claims(of: token, at: 1_300_819_000) }
      let forged = String(token.dropLast(8)) + "AAAAAAAA"
      #expect(throws: AccessTokenFailure.signatureInvalid) { try verifier.claims(of: forged, at: 1_300_819_000) }
    }
  }

  @Test func everyReasonHasItsName() throws {
    let samples = try Samples()
    let key = samples.secret
    func with(_ name: String, _ value: JSONValue?) -> JSONObject {
      var header = header
      header[name] = value
      return header
    }
    let good = try Samples.token(header, by: key)
    #expect(samples.failure(of: good) == nil)
    let parts = good.split(separator: ".").map(String.init)
    let fake = AccessKey(name: "h", longSecret: Array(samples.ecdsaPublicPEM.utf8))
    let rows: [(String, AccessTokenFailure)] = [
      (String(repeating: "a", count: TokenVerifier.maximumTokenBytes + 1), .tooLarge),
      ("", .malformed), ("a.b", .malformed), ("\(good).x", .malformed), ("\(parts[0]).\(parts[1])", .malformed),
      ("\(parts[0])=.\(parts[1]).\(parts[2])", .malformed), ("\(good)=", .malformed), (" \(good)", .malformed),
      ("\(Base64URL.encode("[]".utf8)).\(parts[1]).\(parts[2])", .malformed),
      ("\(Base64URL.encode(#"{"alg":"HS256","alg":"none"}"#.utf8)).\(parts[1]).", .malformed),
      (try Samples.token(with("crit", ["exp"]), by: key), .malformed),
      (try Samples.token(with("kid", 7), by: key), .malformed),
      (try Samples.token(with("alg", nil), by: key), .malformed),
      (try Samples.token(with("alg", "none"), by: key), .algorithmUnsupported),
      ("\(Base64URL.encode(#"{"alg":"none","kid":"h"}"#.utf8)).\(parts[1]).", .algorithmUnsupported),
      (try Samples.token(with("alg", "None"), by: key), .algorithmUnsupported),
      (try Samples.token(with("alg", "HS512"), by: key), .algorithmUnsupported),
      (try Samples.token(with("alg", "RS256"), by: key), .algorithmUnsupported),
      (try Samples.token(with("alg", "ES256"), by: key), .algorithmMismatch),
      // The public key as an HMAC secret, the oldest trick.
      (try Samples.token(["alg": "HS256", "kid": "e"], by: fake), .algorithmMismatch),
      (try Samples.token(with("kid", nil), by: key), .keyNotNamed),
      (try Samples.token(with("kid", "x"), by: key), .keyUnknown),
      (try Samples.token(with("kid", ""), by: key), .keyUnknown),
      (try Samples.token(header, by: fake), .signatureInvalid),
      ("\(parts[0]).\(parts[1]).", .signatureInvalid),
      ("\(parts[0]).\(Base64URL.encode(#"{"sub":"eve","exp":1900000000}"#.utf8)).\(parts[2])", .signatureInvalid),
      (try Samples.token(["alg": "ES256", "kid": "e"], by: key), .signatureInvalid),
      (try Samples.token(["alg": "EdDSA", "kid": "d"], by: key), .signatureInvalid),
    ]
    for (index, (token, reason)) in rows.enumerated() {
      #expect(samples.failure(of: token) == reason, "row \(index)")
    }
  }

  @Test(arguments: [
    #"{"exp":1800000060}"#, #"{"sub":"alice"}"#, #"{"sub":"","exp":1800000060}"#, #"{"sub":7,"exp":1800000060}"#,
    #"{"sub":"a","exp":"1800000060"}"#, #"{"sub":"a","exp":-1}"#, #"{"sub":"a","exp":1e300}"#,
    #"{"sub":"a","exp":null}"#, #"{"sub":"a","exp":1800000060,"nbf":"soon"}"#,
    #"{"sub":"a","exp":1800000060,"providers":"did"}"#, #"{"sub":"a","exp":1800000060,"avatars":[1]}"#,
    #"{"sub":"a","exp":1800000060,"avatars":[""]}"#, #"{"sub":"a","exp":1800000060,"origins":null}"#,
    #"{"sub":"a","exp":1800000060,"sessions":0}"#, #"{"sub":"a","exp":1800000060,"sessions":1.5}"#,
    #"{"sub":"a","exp":1800000060,"budgetSeconds":-5}"#, #"{"sub":"a","exp":1800000060,"budgetSeconds":"60"}"#,
  ])
  func claimsOutOfShapeAreRefusedNotIgnored(payload: String) throws {
    let samples = try Samples()
    let object = try #require(try JSONParser.parse(payload).object)
    #expect(samples.failure(of: try Samples.token(header, object, by: samples.secret)) == .claimsInvalid)
  }

  @Test func audienceAndIssuerAreCheckedWhereTheyAreSet() throws {
    let samples = try Samples()
    func failure(_ claims: JSONObject, audience: [String] = [], issuer: String? = nil) throws -> AccessTokenFailure? {
      let verifier = TokenVerifier(keys: samples.keys, leewaySeconds: 0, audience: audience, issuer: issuer)
      let token = try Samples.token(header, claims.merged(with: Samples.claims), by: samples.secret)
      do throws(AccessTokenFailure) {
        _ = try verifier.claims(of: token, at: Samples.now)
        return nil
      } catch { return error }
    }
    for aud in ["avatars", ["other", "avatars"], [7, "avatars"]] as [JSONValue] {
      #expect(try failure(["aud": aud], audience: ["avatars", "more"]) == nil)
    }
    for aud in ["Avatars", "avatars ", "", ["other"], [], 7, .null, ["avatars": true]] as [JSONValue] {
      #expect(try failure(["aud": aud], audience: ["avatars"]) == .audienceRefused)
      #expect(try failure(["aud": aud]) == nil)
    }
    #expect(try failure([:], audience: ["avatars"]) == .audienceRefused)
    #expect(try failure(["iss": "https://issuer.example"], issuer: "https://issuer.example") == nil)
    for iss in ["https://issuer.example/", ["https://issuer.example"], 7, .null] as [JSONValue] {
      #expect(try failure(["iss": iss], issuer: "https://issuer.example") == .issuerRefused)
      #expect(try failure(["iss": iss]) == nil)
    }
    #expect(try failure([:], issuer: "https://issuer.example") == .issuerRefused)
  }

  @Test func aNameDoesNoHarmWhereTheOnlyKeyHasNone() throws {
    let samples = try Samples()
    let unnamed = AccessKey(name: nil, longSecret: Array(Samples.canary.utf8))
    func claims(_ header: JSONObject, _ keys: [AccessKey]) throws {
      _ = try TokenVerifier(keys: AccessKeys(keys), leewaySeconds: 0)
        .claims(of: Samples.token(header, by: unnamed), at: Samples.now)
    }
    try claims(["alg": "HS256", "kid": "2026"], [unnamed])
    try claims(["alg": "HS256"], [unnamed])
    try claims(["alg": "HS256"], [samples.secret])
    #expect(throws: AccessTokenFailure.keyUnknown) { try claims(["alg": "HS256", "kid": "2026"], [samples.secret]) }
    #expect(throws: AccessTokenFailure.keyUnknown) {
      try TokenVerifier(keys: .none, leewaySeconds: 0)
        .claims(of: Samples.token(["alg": "HS256", "kid": "h"], by: unnamed), at: Samples.now)
    }
  }

  @Test func boundsOfListsAndNamesHold() throws {
    let samples = try Samples()
    func failure(_ change: (inout JSONObject) -> Void) throws -> AccessTokenFailure? {
      var claims = Samples.claims
      change(&claims)
      return samples.failure(of: try Samples.token(header, claims, by: samples.secret))
    }
    #expect(try failure { $0["sub"] = .string(String(repeating: "a", count: 256)) } == nil)
    #expect(try failure { $0["sub"] = .string(String(repeating: "a", count: 257)) } == .claimsInvalid)
    #expect(try failure { $0["avatars"] = .array(Array(repeating: "a", count: 256)) } == nil)
    #expect(try failure { $0["avatars"] = .array(Array(repeating: "a", count: 257)) } == .claimsInvalid)
    #expect(try failure { $0["unknown"] = ["anything"] } == nil)
  }

  @Test func timesAreJudgedWithTheLeeway() throws {
    let samples = try Samples()
    func failure(_ claims: JSONObject, leeway: Int) throws -> AccessTokenFailure? {
      samples.failure(
        of: try Samples.token(header, claims.merged(with: ["sub": "a"]), by: samples.secret), leeway: leeway)
    }
    let now = Int64(Samples.now)
    #expect(try failure(["exp": .integer(now)], leeway: 0) == .expired)
    #expect(try failure(["exp": .integer(now + 1)], leeway: 0) == nil)
    #expect(try failure(["exp": .integer(now - 29)], leeway: 30) == nil)
    #expect(try failure(["exp": .integer(now - 30)], leeway: 30) == .expired)
    for name in ["nbf", "iat"] {
      #expect(try failure(["exp": .integer(now + 99), name: .integer(now + 30)], leeway: 30) == nil)
      #expect(try failure(["exp": .integer(now + 99), name: .integer(now + 31)], leeway: 30) == .notYetValid)
    }
    #expect(try failure(["exp": .number(Samples.now + 0.5)], leeway: 0) == nil)
  }

  @Test func everySingleChangedCharacterIsNoticed() throws {
    let samples = try Samples()
    for key in [samples.secret, samples.ecdsa, samples.edwards] {
      let token = Array(
        try Samples.token(["alg": .string(key.algorithm.rawValue), "kid": .string(key.name!)], by: key).utf8)
      for index in token.indices {
        var other = token
        other[index] = other[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        #expect(samples.failure(of: String(decoding: other, as: UTF8.self)) != nil, "byte \(index)")
      }
    }
  }
}

extension JSONObject {
  fileprivate func merged(with other: JSONObject) -> JSONObject {
    var merged = self
    for member in other.members { merged[member.name] = member.value }
    return merged
  }
}
