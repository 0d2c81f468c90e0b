// One key with which tokens are checked or signed.
import JWTKit

/// A key with its name and its only algorithm. It cannot be printed.
public struct AccessKey: Sendable, CustomStringConvertible, CustomReflectable {
  /// Its `kid`; nil for a key that is the only one.
  public let name: String?
  public let algorithm: AccessAlgorithm
  private let signer: any JWTAlgorithm

  public var description: String { "(\(algorithm.rawValue) key)" }
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// The fewest bytes of a secret: as many as the hash has (RFC 7518 section 3.2).
  public static let minimumSecretBytes = 32

  /// The content of a key file: a PEM block with an ECDSA P-256 or Ed25519 key, public or private, or else a secret
  /// with white space around it.
  public init(name: String?, fileContent: [UInt8]) async throws(AccessKeyError) {
    let text = Self.trimmed(fileContent)
    if text.starts(with: Array("-----BEGIN ".utf8)) {
      try await self.init(name: name, pem: String(decoding: text, as: UTF8.self))
    } else {
      try await self.init(name: name, secret: text)
    }
  }

  init(name: String?, secret: [UInt8]) async throws(AccessKeyError) {
    guard secret.count >= Self.minimumSecretBytes else {
      throw AccessKeyError(.shortSecret, "\(Self.shown(name)) has fewer than \(Self.minimumSecretBytes) bytes")
    }
    let keys = JWTKeyCollection()
    await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
    try await self.init(name, .hs256, keys)
  }

  init(name: String?, _ key: some ECDSAKey) async throws(AccessKeyError) {
    let keys = JWTKeyCollection()
    await keys.add(ecdsa: key)
    try await self.init(name, .es256, keys)
  }

  init(name: String?, _ key: some EdDSAKey) async throws(AccessKeyError) {
    let keys = JWTKeyCollection()
    await keys.add(eddsa: key)
    try await self.init(name, .eddsa, keys)
  }

  private init(_ name: String?, _ algorithm: AccessAlgorithm, _ keys: JWTKeyCollection) async throws(AccessKeyError) {
    guard let signer = try? await keys.getKey() else { throw Self.invalid(name) }
    self.name = name
    self.algorithm = algorithm
    self.signer = signer
  }

  private init(name: String?, pem: String) async throws(AccessKeyError) {
    if let key = try? ES256PublicKey(pem: pem) {
      try await self.init(name: name, key)
    } else if let key = try? ES256PrivateKey(pem: pem) {
      try await self.init(name: name, key)
    } else if let key = try? EdDSA.PublicKey(pem: pem) {
      try await self.init(name: name, key)
    } else if let key = try? EdDSA.PrivateKey(pem: pem) {
      try await self.init(name: name, key)
    } else {
      throw Self.invalid(name)
    }
  }

  /// Whether the signature belongs to the bytes.
  func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
    // An error means a signature of an impossible form.
    (try? signer.verify(signature, signs: bytes)) ?? false
  }

  /// Signs with a secret or a private key.
  /// - Throws: `.cannotSign` for a public key.
  func signature(of bytes: [UInt8]) throws(AccessKeyError) -> [UInt8] {
    do { return try signer.sign(bytes) } catch {
      throw AccessKeyError(.cannotSign, "\(Self.shown(name)) is a public key and cannot sign; give the private one")
    }
  }

  static func invalid(_ name: String?) -> AccessKeyError {
    AccessKeyError(.invalidKey, "\(shown(name)) is neither an ECDSA P-256 key, nor an Ed25519 key, nor a secret")
  }

  static func shown(_ name: String?) -> String { name.map { "the key \($0)" } ?? "the key" }

  private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    let start = bytes.drop(while: isSpace)
    return Array(start.reversed().drop(while: isSpace).reversed())
  }
}
