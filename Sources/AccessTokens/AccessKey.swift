// Decides what a key is good for: reads it, and signs and checks with its one algorithm.
import Basics
import Cryptography

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
