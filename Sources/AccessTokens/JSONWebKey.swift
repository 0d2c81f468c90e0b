// Reads one JSON Web Key, and says by name what another one is.
import Basics
import Cryptography
import StrictJSON

/// What a key is that cannot be used; the words stand after "is" and carry no part of it.
struct KeyRefusal: Error, Hashable {
  let words: String
}

extension AccessKey {
  /// Reads a JWK (RFC 7517 section 4); members that say nothing about its use are ignored.
  /// - Parameter name: its name where it has none of its own, or where another one is wanted.
  init(jwk: JSONValue, name: String? = nil) throws(KeyRefusal) {
    guard let members = jwk.object else { throw KeyRefusal(words: "no JSON object") }
    guard members["kid"] == nil || !(members["kid"]?.string ?? "").isEmpty else {
      throw KeyRefusal(words: "a key whose kid is no text")
    }
    guard Self.isForSignatures(members) else { throw KeyRefusal(words: "a key for something else than signatures") }
    let name = name ?? members["kid"]?.string
    switch (members["kty"]?.string, members["crv"]?.string) {
    case ("oct", nil):
      guard let secret = Self.bytes(members["k"]) else { throw Self.damaged }
      guard secret.count >= Self.minimumSecretBytes else {
        throw KeyRefusal(words: "a secret of fewer than \(Self.minimumSecretBytes) bytes")
      }
      self.init(name: name, longSecret: secret)
    case ("EC", "P-256"):
      guard let x = Self.bytes(members["x"]), let y = Self.bytes(members["y"]) else { throw Self.damaged }
      let key = SignatureKey(p256X: x, y: y)
      self.init(name: name, try Self.pair(key, of: members) { SignatureKey(p256PrivateNumber: $0) })
    case ("OKP", "Ed25519"):
      let key = Self.bytes(members["x"]).flatMap { SignatureKey(ed25519Public: $0) }
      self.init(name: name, try Self.pair(key, of: members) { SignatureKey(ed25519Seed: $0) })
    case ("RSA", _): throw KeyRefusal(words: KeyFileRefusal.rsa.rawValue)
    case ("EC", _): throw KeyRefusal(words: KeyFileRefusal.otherCurve.rawValue)
    default: throw KeyRefusal(words: KeyFileRefusal.otherAlgorithm.rawValue)
    }
    guard members["alg"] == nil || members["alg"]?.string == algorithm.rawValue else {
      throw KeyRefusal(words: KeyFileRefusal.otherAlgorithm.rawValue)
    }
  }

  /// RFC 7517 sections 4.2 and 4.3.
  private static func isForSignatures(_ members: JSONObject) -> Bool {
    guard members["use"] == nil || members["use"] == "sig" else { return false }
    guard let operations = members["key_ops"] else { return true }
    return operations.array?.contains { $0 == "verify" || $0 == "sign" } ?? false
  }

  /// The private key where the JWK has one. Its public half is required then, too (RFC 7518 section 6.2.1, RFC 8037
  /// section 2), and has to belong to it: otherwise this relay and the issuer would take the entry for two keys.
  private static func pair(
    _ publicKey: SignatureKey?, of members: JSONObject, _ privateKey: ([UInt8]) -> SignatureKey?
  ) throws(KeyRefusal) -> SignatureKey {
    guard let publicKey else { throw damaged }
    guard members["d"] != nil else { return publicKey }
    guard let key = bytes(members["d"]).flatMap(privateKey), key.publicBytes == publicKey.publicBytes else {
      throw damaged
    }
    return key
  }

  private static let damaged = KeyRefusal(words: KeyFileRefusal.damaged.rawValue)

  private static func bytes(_ member: JSONValue?) -> [UInt8]? { (member?.string?.utf8).flatMap(Base64URL.decode) }
}
