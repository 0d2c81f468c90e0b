// Reads the keys of access tokens from files and JWK Sets, and signs and checks with each one's only algorithm.
import Basics
import Cryptography
import StrictJSON

/// The keys by name. Two of them let an issuer change from one to the other without a gap.
public struct AccessKeys: Sendable {
  /// Most keys at a time.
  public static let maximumCount = 8
  /// Most bytes of a key file.
  public static let maximumFileBytes = 64 * 1024

  private let keys: [AccessKey]

  /// - Throws: ``AccessKeyError`` `.count` or `.ambiguous`.
  public init(_ keys: [AccessKey]) throws(AccessKeyError) {
    guard (1...Self.maximumCount).contains(keys.count) else {
      throw AccessKeyError(.count, "\(keys.count) access keys; 1 to \(Self.maximumCount) are accepted")
    }
    let names = keys.compactMap(\.name)
    guard keys.count == 1 || names.count == keys.count else {
      throw AccessKeyError(.ambiguous, "with several access keys each needs a name (kid)")
    }
    guard Set(names).count == names.count else {
      throw AccessKeyError(.ambiguous, "two access keys have the same name (kid)")
    }
    self.keys = keys
  }

  /// What the keys are called, with their algorithms; for people.
  public var names: [String] { keys.map { "\($0.name ?? "unnamed") (\($0.algorithm.rawValue))" } }

  /// The key that a token names; the only one where it names none.
  func key(named name: String?) throws(AccessTokenFailure) -> AccessKey {
    guard let name else {
      guard keys.count == 1 else { throw .keyNotNamed }
      return keys[0]
    }
    guard let key = keys.first(where: { $0.name == name }) else { throw .keyUnknown }
    return key
  }

  /// The keys of a JWK Set (RFC 7517 section 5) in JSON.
  public static func keys(ofSet content: [UInt8]) throws(AccessKeyError) -> [AccessKey] {
    guard let entries = (try? JSONParser.parse(content))?["keys"]?.array, entries.count <= maximumCount else {
      throw AccessKeyError(.invalidSet, "not a JWK Set of at most \(maximumCount) keys: {\"keys\": [{\"kty\": …}, …]}")
    }
    var keys: [AccessKey] = []
    for (index, entry) in entries.enumerated() { keys.append(try AccessKey(jwk: entry, at: index)) }
    return keys
  }
}

/// A key with its name and its only algorithm. It cannot be printed.
public struct AccessKey: Sendable, CustomStringConvertible, CustomReflectable {
  private enum Material: Sendable {
    case secret([UInt8])
    case key(SignatureKey)
  }

  /// Its `kid`; nil for a key that is the only one.
  public let name: String?
  private let material: Material

  public var algorithm: AccessAlgorithm {
    switch material {
    case .secret: .hs256
    case .key(let key): key.kind == .p256 ? .es256 : .eddsa
    }
  }

  public var description: String { "(\(algorithm.rawValue) key)" }
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// The fewest bytes of a secret: as many as the hash has (RFC 7518 section 3.2).
  public static let minimumSecretBytes = SHA256.byteCount

  /// The content of a key file: a PEM block with an ECDSA P-256 or Ed25519 key, public or private, or else a secret
  /// with white space around it.
  public init(name: String?, fileContent: [UInt8]) throws(AccessKeyError) {
    let text = Array(fileContent.trimmingWhitespace())
    if text.starts(with: Array("-----BEGIN ".utf8)) {
      try self.init(name: name, SignatureKey(pem: text))
    } else {
      try self.init(name: name, secret: text)
    }
  }

  init(name: String?, secret: [UInt8]) throws(AccessKeyError) {
    guard secret.count >= Self.minimumSecretBytes else {
      throw AccessKeyError(.shortSecret, "\(Self.shown(name)) has fewer than \(Self.minimumSecretBytes) bytes")
    }
    self.name = name
    material = .secret(secret)
  }

  /// - Throws: `.invalidKey` where nothing could be read.
  init(name: String?, _ key: SignatureKey?) throws(AccessKeyError) {
    guard let key else { throw Self.invalid(name) }
    self.name = name
    material = .key(key)
  }

  /// Whether the signature belongs to the bytes.
  func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
    switch material {
    case .secret(let secret): HMACSHA256.isValid(signature, of: bytes, secret: secret)
    case .key(let key): key.isValid(signature, of: bytes)
    }
  }

  /// Signs with a secret or a private key.
  /// - Throws: `.cannotSign` for a public key.
  func signature(of bytes: [UInt8]) throws(AccessKeyError) -> [UInt8] {
    switch material {
    case .secret(let secret): return HMACSHA256.code(of: bytes, secret: secret)
    case .key(let key):
      guard let signature = key.signature(of: bytes) else {
        throw AccessKeyError(.cannotSign, "\(Self.shown(name)) is a public key and cannot sign; give the private one")
      }
      return signature
    }
  }

  static func invalid(_ name: String?) -> AccessKeyError {
    AccessKeyError(.invalidKey, "\(shown(name)) is neither an ECDSA P-256 key, nor an Ed25519 key, nor a secret")
  }

  static func shown(_ name: String?) -> String { name.map { "the key \($0)" } ?? "the key" }
}

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
      let publicKey = Self.bytes(jwk["x"]).flatMap { x in
        Self.bytes(jwk["y"]).flatMap { y in SignatureKey(p256X: x, y: y) }
      }
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

/// A `alg` of RFC 7518 section 3.1 or RFC 8037 section 3.1.
public enum AccessAlgorithm: String, Sendable, Hashable, CaseIterable {
  /// HMAC with SHA-256 and a secret that both sides know.
  case hs256 = "HS256"
  /// ECDSA with P-256 and SHA-256.
  case es256 = "ES256"
  /// Ed25519.
  case eddsa = "EdDSA"
}

/// A key that cannot be used. It names the key by its `kid` or place and never shows a part of it.
public struct AccessKeyError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// Not a key of a kind that is accepted.
    case invalidKey
    /// A secret with fewer bytes than a SHA-256 hash (RFC 7518 section 3.2).
    case shortSecret
    /// Not a JWK Set.
    case invalidSet
    /// Several keys of which one has no `kid`, or two the same.
    case ambiguous
    /// No key at all, or too many.
    case count
    /// A public key where a token has to be signed.
    case cannotSign
  }

  public let code: Code
  /// One sentence that says what to change.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
