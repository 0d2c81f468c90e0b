// JWK Sets as issuers publish them: which keys count, and by what name each other one is left out.
import StrictJSON
import Testing

@testable import AccessTokens

@Suite struct KeySetTests {
  /// RFC 7515 appendix A.3.1 and RFC 8037 appendix A.2.
  private static let p256 =
    #""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#
  private static let ed25519 = #""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#
  private static let good = "{\"kid\":\"good\",\(ed25519)}"
  private static let secret = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"

  private func set(_ keys: [String], isPublic: Bool = false) throws(AccessKeyError) -> KeySet {
    try KeySet(Array(#"{"keys":[\#(keys.joined(separator: ","))],"updated":1}"#.utf8), isPublic: isPublic)
  }

  @Test func setsOfEveryKindAreRead() throws {
    let keys = try AccessKeys(
      [], sets: try set(["{\"kid\":\"e\",\"alg\":\"ES256\",\(Self.p256)}", "{\"kid\":\"d\",\"use\":\"sig\",\(Self.ed25519)}"]).keys)
    #expect(keys.listed.map { $0.split(separator: " ").dropLast().joined(separator: " ") }
      == ["e ES256 public key", "d EdDSA public key"])
    let token = try Samples.token(["alg": "ES256", "kid": "e"], by: Samples().ecdsa)
    #expect(throws: AccessTokenFailure.signatureInvalid) {
      try TokenVerifier(keys: keys, leewaySeconds: 0).claims(of: token, at: Samples.now)
    }
  }

  @Test(arguments: [
    (#"{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB","alg":"RS256","x5c":["MIIB"]}"#, "key a is an RSA key"),
    (#"{"kty":"oct","kid":"a"}"#, "damaged"),
    (#"{"kty":"oct","kid":"a","k":"AAAA"}"#, "a secret of fewer than 32 bytes"),
    (#"{"kty":"EC","crv":"P-384","kid":"a"}"#, "another curve than P-256"),
    (#"{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"}"#, "damaged"),
    (#"{"kty":"OKP","crv":"X25519","kid":"a","x":"AA"}"#, "another algorithm"),
    (#"{"kty":"AKP","kid":"a","alg":"ML-DSA-44","pub":"AA"}"#, "another algorithm"),
    // A private number without its public half, with another one, and of another length.
    (#"{"kty":"EC","crv":"P-256","kid":"a","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#, "damaged"),
    (#"{"kty":"OKP","crv":"Ed25519","kid":"a","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#, "damaged"),
    ("{\"kid\":\"a\",\(ed25519),\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}", "damaged"),
    ("{\"kid\":\"a\",\(ed25519),\"d\":7}", "damaged"),
    ("{\"kid\":\"a\",\(ed25519),\"use\":\"enc\"}", "something else than signatures"),
    ("{\"kid\":\"a\",\(ed25519),\"key_ops\":[\"encrypt\"]}", "something else than signatures"),
    ("{\"kid\":\"a\",\(ed25519),\"alg\":\"ES256\"}", "another algorithm"),
    ("{\"kid\":\"a\",\"kty\":\"oct\",\"alg\":\"HS512\",\"k\":\"\(secret)\"}", "another algorithm"),
    ("{\"kid\":\"\",\(ed25519)}", "whose kid is no text"), ("{\"kid\":7,\(ed25519)}", "whose kid is no text"),
    (#"{"kid":"a"}"#, "another algorithm"), ("7", "key number 1 is no JSON object"),
  ])
  func aStrangeKeyIsLeftOutByNameAndItsNeighbourCounts(key: String, words: String) throws {
    let read = try set([key, Self.good])
    #expect(read.keys.map(\.name) == ["good"])
    #expect(read.leftOut.count == 1 && read.leftOut[0].contains(words), "\(read.leftOut)")
    let error = #expect(throws: AccessKeyError.self) { try set([key]) }
    #expect(error?.code == .invalidSet && error?.message.contains(words) == true)
  }

  @Test func unknownMembersAndUsesBesideSignaturesDoNoHarm() throws {
    let key = "{\"kid\":\"a\",\(Self.p256),\"key_ops\":[\"verify\",\"encrypt\"],\"x5t\":\"AA\",\"exp\":1,\"other\":{\"a\":[1]}}"
    let read = try set([key])
    #expect(read.keys.count == 1 && read.leftOut.isEmpty)
    #expect(try KeySet([0xEF, 0xBB, 0xBF] + Array("{\"keys\":[\(Self.good)]}".utf8), isPublic: true).keys.count == 1)
  }

  @Test func manyKeysCountAndMoreAreNamed() throws {
    let keys = (0..<40).map { "{\"kid\":\"k\($0)\",\(Self.ed25519)}" }
    let read = try set(keys)
    #expect(read.keys.count == KeySet.maximumCount && read.leftOut.count == 8)
    #expect(read.leftOut[0] == "key k32 is one more than 32")
    let strange = try set((0..<500).map { _ in "7" } + [Self.good])
    #expect(strange.leftOut.count == 21 && strange.leftOut.last == "480 more cannot be used either")
    let long = try set(["{\"kid\":\"\(String(repeating: "a", count: 500))\"}", Self.good])
    #expect(long.leftOut[0].utf8.count < 200)
  }

  /// What everybody can fetch is known to everybody.
  @Test func aSecretInAPublicSetIsNone() throws {
    let key = "{\"kty\":\"oct\",\"kid\":\"s\",\"k\":\"\(Self.secret)\"}"
    #expect(try set([key]).keys.count == 1)
    let read = try set([key, Self.good], isPublic: true)
    #expect(read.keys.map(\.name) == ["good"] && read.leftOut[0].contains("a secret"))
    #expect(!read.leftOut[0].contains(Self.secret))
  }

  @Test(arguments: [Samples.canary, "{}", "[]", #"{"keys":{}}"#, #"{"keys":[]}"#, ""])
  func whatIsNoSetIsRefused(text: String) {
    let error = #expect(throws: AccessKeyError.self) { try KeySet(Array(text.utf8), isPublic: false) }
    #expect(error?.code == .invalidSet && error?.message.contains("canary") == false)
  }

  @Test func aSetHasABound() throws {
    let text = "{\"keys\":[\(Self.good)]}"
    let padding = KeySet.maximumBytes - text.utf8.count
    #expect(try KeySet(Array((text + String(repeating: " ", count: padding)).utf8), isPublic: false).keys.count == 1)
    #expect(throws: AccessKeyError.self) {
      try KeySet(Array((text + String(repeating: " ", count: padding + 1)).utf8), isPublic: false)
    }
  }

  /// Issuers may give several keys the same name, or none (RFC 7517 section 4.5).
  @Test func keysThatCannotBeToldApartAreTriedOneByOne() throws {
    let samples = try Samples()
    let edwards = try set([Self.good]).keys[0]
    func verifies(_ header: JSONObject, by key: AccessKey, _ keys: AccessKeys) -> Bool {
      (try? TokenVerifier(keys: keys, leewaySeconds: 0).claims(of: Samples.token(header, by: key), at: Samples.now)) != nil
    }
    func renamed(_ name: String?) throws -> AccessKey {
      try AccessKey(name: name, keyFile: Array(samples.ecdsaPublicPEM.utf8))
    }
    let other = "{\"kid\":\"k\",\(Self.p256)}"
    let sameName = try AccessKeys([], sets: try set([other]).keys + [edwards, try renamed("k")])
    #expect(verifies(["alg": "ES256", "kid": "k"], by: samples.ecdsa, sameName))
    #expect(!verifies(["alg": "ES256", "kid": "k"], by: samples.edwards, sameName))
    #expect(!verifies(["alg": "ES256"], by: samples.ecdsa, sameName))
    let unnamed = try AccessKeys([], sets: try set(["{\(Self.p256)}"]).keys + [edwards, try renamed(nil)])
    #expect(verifies(["alg": "ES256"], by: samples.ecdsa, unnamed))
    #expect(!verifies(["alg": "ES256", "kid": "k"], by: samples.ecdsa, unnamed))
  }
}
