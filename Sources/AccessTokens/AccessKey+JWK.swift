// Reads keys in JSON (RFC 7517; RFC 7518 section 6 for EC and oct; RFC 8037 section 2 for OKP).
import Basics
import Cryptography
import StrictJSON

extension AccessKey {
  /// Reads one JWK; members that say nothing about its use are ignored.
  /// - Throws: `.invalidKey` or `.shortSecret`, with the key's place in the set.
  init(jwk: JSONValue, at index: Int) throws(AccessKeyError) {
    let name = jwk["kid"]?.string
    let place = name ?? "number \(index + 1) of the set"
    let invalid = Self.invalid(place)
    guard jwk.object != nil, jwk["kid"] == nil || !(name ?? "").isEmpty, jwk["use"] == nil || jwk["use"] == "sig" else {
      throw invalid
    }
    switch (jwk["kty"]?.string, jwk["crv"]?.string) {
    case ("oct", nil):
      guard let secret = Self.bytes(jwk["k"]) else { throw invalid }
      try self.init(name: name, secret: secret)
    case ("EC", "P-256"):
      let publicKey = Self.bytes(jwk["x"]).flatMap { x in Self.bytes(jwk["y"]).flatMap { SignatureKey(p256X: x, y: $0) } }
      try self.init(name: name, Self.pair(publicKey, of: jwk) { SignatureKey(p256PrivateNumber: $0) }, or: invalid)
    case ("OKP", "Ed25519"):
      let publicKey = Self.bytes(jwk["x"]).flatMap { SignatureKey(ed25519Public: $0) }
      try self.init(name: name, Self.pair(publicKey, of: jwk) { SignatureKey(ed25519Seed: $0) }, or: invalid)
    default: throw invalid
    }
    guard jwk["alg"] == nil || jwk["alg"]?.string == algorithm.rawValue else { throw invalid }
  }

  private init(name: String?, _ key: SignatureKey?, or error: AccessKeyError) throws(AccessKeyError) {
    guard let key else { throw error }
    try self.init(name: name, key)
  }

  /// The private key where the JWK has one. Its public half is required then, too (RFC 7518 section 6.2.1, RFC 8037
  /// section 2), and has to belong to it: otherwise this relay and the issuer would take the entry for two keys.
  private static func pair(
    _ publicKey: SignatureKey?, of jwk: JSONValue, _ privateKey: ([UInt8]) -> SignatureKey?
  ) -> SignatureKey? {
    guard jwk["d"] != nil else { return publicKey }
    guard let key = bytes(jwk["d"]).flatMap(privateKey), key.publicBytes == publicKey?.publicBytes else { return nil }
    return key
  }

  private static func bytes(_ member: JSONValue?) -> [UInt8]? { (member?.string?.utf8).flatMap(Base64URL.decode) }
}
