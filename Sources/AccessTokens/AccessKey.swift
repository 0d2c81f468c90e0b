// Reads one key of access tokens from a file that says what it is, and signs and checks with its only algorithm.
import Basics
import Cryptography
import StrictJSON

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

  /// The content of a file with a secret; white space and a byte order mark around it do not count.
  /// - Throws: `.shortSecret`; `.noSecret` for what looks like a key, since everybody may know a public one.
  public init(name: String?, secretFile content: [UInt8]) throws(AccessKeyError) {
    if let words = KeyFileContent(content).words ?? (KeyFile.isWideText(content) ? "text in UTF-16" : nil) {
      throw AccessKeyError(.noSecret, "\(Self.shown(name)) is named as a secret, but is \(words)")
    }
    let secret = Array(content.withoutByteOrderMark().trimmingWhitespace())
    guard secret.count >= Self.minimumSecretBytes else {
      throw AccessKeyError(.shortSecret, "\(Self.shown(name)) has fewer than \(Self.minimumSecretBytes) bytes")
    }
    self.init(name: name, longSecret: secret)
  }

  /// The content of a file with a key, public or private, for ECDSA P-256 or Ed25519: PEM with anything around it, DER,
  /// base64 of DER, or a JWK, which may be a secret, since it says so.
  /// - Throws: `.invalidKey` with what the file is instead.
  public init(name: String?, keyFile content: [UInt8]) throws(AccessKeyError) {
    let words: String
    switch KeyFileContent(content) {
    case .key(let key):
      self.init(name: name, key)
      return
    case .jwk(let jwk):
      do throws(KeyRefusal) {
        self = try AccessKey(jwk: jwk, name: name)
        return
      } catch { words = error.words }
    case .other(let what): words = what
    case .nothing:
      words = "\(KeyFileRefusal.noKey.rawValue); where it is a secret that both sides know, name it so: kid=hs256:path"
    }
    throw AccessKeyError(.invalidKey, "\(Self.shown(name)) is \(words)")
  }

  init(name: String?, longSecret secret: [UInt8]) {
    self.name = name
    material = .secret(secret)
  }

  init(name: String?, _ key: SignatureKey) {
    self.name = name
    material = .key(key)
  }

  /// Name, algorithm, kind and fingerprint; for people. A public key's fingerprint is the SHA-256 of its
  /// `SubjectPublicKeyInfo`, a secret's the first eight bytes of its HMAC-SHA256 of nothing: enough to tell two apart, and
  /// less than any token says.
  public var listed: String {
    let (kind, fingerprint) =
      switch material {
      case .secret(let secret): ("secret", Array(HMACSHA256.code(of: [], secret: secret).prefix(8)))
      case .key(let key): (key.isPrivate ? "private key" : "public key", key.fingerprint)
      }
    return "\(name ?? "unnamed") \(algorithm.rawValue) \(kind) \(Hexadecimal.text(fingerprint))"
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

  static func shown(_ name: String?) -> String { name.map { "the key \($0)" } ?? "the key" }
}

extension [UInt8] {
  /// The content of a text file without the mark that some editors write before UTF-8.
  func withoutByteOrderMark() -> ArraySlice<UInt8> {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return dropFirst(starts(with: mark) ? mark.count : 0)
  }
}

/// An `alg` of RFC 7518 section 3.1 or RFC 8037 section 3.1.
public enum AccessAlgorithm: String, Sendable, Hashable, CaseIterable {
  /// HMAC with SHA-256 and a secret that both sides know.
  case hs256 = "HS256"
  /// ECDSA with P-256 and SHA-256.
  case es256 = "ES256"
  /// Ed25519.
  case eddsa = "EdDSA"
}

/// What the content of a file looks like.
private enum KeyFileContent {
  case key(SignatureKey)
  case jwk(JSONValue)
  /// A key or certificate of another kind, by the words for it.
  case other(String)
  /// Neither a key nor a certificate.
  case nothing

  init(_ content: [UInt8]) {
    let text = KeyFile.plainText(of: content).trimmingWhitespace()
    if text.hasPrefix("{"), let value = try? JSONParser.parse(text) {
      if value["kty"] != nil {
        self = .jwk(value)
        return
      }
      if value["keys"] != nil {
        self = .other("a JWK Set, which has a setting of its own")
        return
      }
    }
    do throws(KeyFileRefusal) { self = .key(try KeyFile.key(content)) } catch {
      switch error {
      case .noKey where text.contains("\"kty\""): self = .other("a JWK with something around it, or a damaged one")
      case .noKey: self = .nothing
      default: self = .other(error.rawValue)
      }
    }
  }

  /// What it is, where it is anything that is no secret.
  var words: String? {
    switch self {
    case .key(let key): key.isPrivate ? "a private key" : "a public key"
    case .jwk: "a JWK"
    case .other(let words): words
    case .nothing: nil
    }
  }
}
