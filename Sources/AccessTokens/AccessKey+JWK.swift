// Keys as JSON (RFC 7517; RFC 7518 section 6 for EC and oct; RFC 8037 section 2 for OKP).
import JWTKit
import StrictJSON

extension AccessKey {
  /// Reads one JWK; members that say nothing about its use are ignored.
  /// - Throws: `.invalidKey` or `.shortSecret`, with the key's place in the set.
  init(jwk: JSONValue, at index: Int) async throws(AccessKeyError) {
    let name = jwk["kid"]?.string
    let place = name ?? "number \(index + 1) of the set"
    let invalid = Self.invalid(place)
    guard jwk.object != nil, jwk["kid"] == nil || !(name ?? "").isEmpty, jwk["use"] == nil || jwk["use"] == "sig" else {
      throw invalid
    }
    let algorithm: AccessAlgorithm
    switch (jwk["kty"]?.string, jwk["crv"]?.string) {
    case ("oct", nil):
      algorithm = .hs256
      guard let text = jwk["k"]?.string, let secret = Base64URL.decode(text.utf8) else { throw invalid }
      try await self.init(name: name, secret: secret)
    case ("EC", "P-256"):
      algorithm = .es256
      if let text = jwk["d"]?.string {
        guard let key = try? ES256PrivateKey(key: text) else { throw invalid }
        try await self.init(name: name, key)
      } else {
        guard let x = jwk["x"]?.string, let y = jwk["y"]?.string, let key = try? ES256PublicKey(parameters: (x, y))
        else { throw invalid }
        try await self.init(name: name, key)
      }
    case ("OKP", "Ed25519"):
      algorithm = .eddsa
      if let text = jwk["d"]?.string {
        guard let key = try? EdDSA.PrivateKey(d: text, curve: .ed25519) else { throw invalid }
        try await self.init(name: name, key)
      } else {
        guard let x = jwk["x"]?.string, let key = try? EdDSA.PublicKey(x: x, curve: .ed25519) else { throw invalid }
        try await self.init(name: name, key)
      }
    default: throw invalid
    }
    guard jwk["alg"] == nil || jwk["alg"]?.string == algorithm.rawValue else { throw invalid }
  }
}
