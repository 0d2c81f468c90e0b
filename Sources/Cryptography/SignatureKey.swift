// Signs and verifies with ECDSA on P-256 and with Ed25519, and makes the keys for both; OpenSSL does the arithmetic.
import CCryptography

/// A public or private key that cannot be changed, printed or written out.
public final class SignatureKey: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
  /// What a key can be for. A key has one, so that nothing else can choose the algorithm.
  public enum Kind: Sendable, Hashable {
    /// ECDSA on P-256 with SHA-256 (FIPS 186-5).
    case p256
    /// Ed25519 (RFC 8032).
    case ed25519
  }

  public let kind: Kind
  /// Whether it can sign, too.
  public let isPrivate: Bool
  /// The two coordinates of P-256, or the one number of Ed25519: 64 or 32 bytes, and no secret.
  public let publicBytes: [UInt8]

  /// The SHA-256 of the public half as a `SubjectPublicKeyInfo`, as other programs compute it:
  /// `openssl pkey -pubout -outform DER | openssl dgst -sha256`.
  public var fingerprint: [UInt8] {
    SHA256.digest(of: (kind == .p256 ? DER.p256PublicKey : DER.ed25519PublicKey) + publicBytes)
  }

  // Never changed after `init`, and OpenSSL permits several threads to use such a key at once (openssl-threads(7)).
  private let key: OpaquePointer

  public var description: String { "(\(kind) key)" }
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// Bytes of a coordinate, of a private number and of an Ed25519 key.
  public static let byteCount = 32
  /// Bytes of a signature of either kind.
  public static let signatureByteCount = 64

  /// Takes over the key, and frees one that is of neither kind.
  private init?(_ key: OpaquePointer?, isPrivate: Bool) {
    guard let key else { return nil }
    guard let (kind, publicBytes) = Self.identify(key, isPrivate: isPrivate) else {
      EVP_PKEY_free(key)
      return nil
    }
    self.key = key
    self.kind = kind
    self.isPrivate = isPrivate
    self.publicBytes = publicBytes
  }

  deinit { EVP_PKEY_free(key) }

  /// The public key of a `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7); nil for everything else, and for keys of
  /// another kind or curve.
  convenience init?(publicDER bytes: [UInt8]) {
    self.init(quietly { OpenSSLKey.publicKey(bytes) }, isPrivate: false)
  }

  /// The private key of PKCS #8 (RFC 5958) or of RFC 5915, not encrypted; nil for everything else, and for keys of
  /// another kind or curve.
  convenience init?(privateDER bytes: [UInt8]) {
    self.init(quietly { OpenSSLKey.privateKey(bytes) }, isPrivate: true)
  }

  /// The public key with these coordinates; nil where they are no point of the curve, or not 32 bytes each.
  public convenience init?(p256X x: [UInt8], y: [UInt8]) {
    guard x.count == Self.byteCount, y.count == Self.byteCount else { return nil }
    self.init(publicDER: DER.p256PublicKey + x + y)
  }

  /// The private key with this number; nil where it is out of the curve's range, or not 32 bytes.
  public convenience init?(p256PrivateNumber number: [UInt8]) {
    guard number.count == Self.byteCount else { return nil }
    self.init(privateDER: DER.p256PrivateKey + number + DER.p256PrivateKeyEnd)
  }

  /// The public Ed25519 key; nil where it is not 32 bytes.
  public convenience init?(ed25519Public bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(
      quietly { EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) }, isPrivate: false)
  }

  /// The private Ed25519 key, as the seed that RFC 8032 starts from; nil where it is not 32 bytes.
  public convenience init?(ed25519Seed bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(
      quietly { EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) }, isPrivate: true)
  }

  /// Whether the signature is the key's and belongs to the bytes. P-256 signatures are the two numbers one after the
  /// other (RFC 7518 section 3.4), 32 bytes each.
  public func isValid(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
    guard signature.count == Self.signatureByteCount else { return false }
    return quietly {
      guard let encoded = kind == .p256 ? Self.der(ofSignature: signature) : signature, let context = EVP_MD_CTX_new()
      else { return false }
      defer { EVP_MD_CTX_free(context) }
      return EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1
        && EVP_DigestVerify(context, encoded, encoded.count, bytes, bytes.count) == 1
    }
  }

  /// Signs the bytes; nil for a public key.
  public func signature(of bytes: [UInt8]) -> [UInt8]? {
    guard isPrivate else { return nil }
    return quietly {
      guard let context = EVP_MD_CTX_new() else { return nil }
      defer { EVP_MD_CTX_free(context) }
      var signature = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(key)))
      var count = signature.count
      guard EVP_DigestSignInit(context, nil, digest, nil, key) == 1,
        EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1
      else { return nil }
      signature.removeLast(signature.count - count)
      return kind == .p256 ? Self.numbers(ofSignature: signature) : signature
    }
  }

  /// Ed25519 digests by itself.
  private var digest: OpaquePointer? { kind == .p256 ? EVP_sha256() : nil }
}

extension SignatureKey {
  /// The kind of a key and its public half; nil for another kind and for a key that does not hold together.
  private static func identify(_ key: OpaquePointer, isPrivate: Bool) -> (Kind, [UInt8])? {
    quietly {
      switch EVP_PKEY_get_base_id(key) {
      case EVP_PKEY_ED25519:
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var count = bytes.count
        guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == byteCount else { return nil }
        return (.ed25519, bytes)
      case EVP_PKEY_EC:
        var name = [CChar](repeating: 0, count: 64)
        // Parameters that are spelled out could be another curve's that looks like P-256 (CVE-2020-0601).
        var isSpelledOut: Int32 = 1
        guard EVP_PKEY_get_group_name(key, &name, name.count, nil) == 1,
          name.prefix(while: { $0 != 0 }).elementsEqual("prime256v1".utf8.map(CChar.init)),
          EVP_PKEY_get_int_param(key, shim_explicit_curve_parameter, &isSpelledOut) == 1, isSpelledOut == 0,
          let context = EVP_PKEY_CTX_new(key, nil)
        else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var point = [UInt8](repeating: 0, count: 1 + 2 * byteCount)
        var count = 0
        // The check of a pair covers the range of its number, too; reading it does not.
        guard (isPrivate ? EVP_PKEY_check(context) : EVP_PKEY_public_check(context)) == 1,
          EVP_PKEY_get_octet_string_param(key, shim_public_key_parameter, &point, point.count, &count) == 1,
          count == point.count, point[0] == 4
        else { return nil }
        return (.p256, Array(point.dropFirst()))
      default: return nil
      }
    }
  }

  /// The two numbers as ECDSA-Sig-Value (RFC 3279 section 2.2.3).
  private static func der(ofSignature numbers: [UInt8]) -> [UInt8]? {
    guard let signature = ECDSA_SIG_new() else { return nil }
    defer { ECDSA_SIG_free(signature) }
    let first = BN_bin2bn(Array(numbers[..<byteCount]), Int32(byteCount), nil)
    let second = BN_bin2bn(Array(numbers[byteCount...]), Int32(byteCount), nil)
    guard let first, let second, ECDSA_SIG_set0(signature, first, second) == 1 else {
      BN_free(first)
      BN_free(second)
      return nil
    }
    let count = Int(i2d_ECDSA_SIG(signature, nil))
    guard count > 0 else { return nil }
    var encoded = [UInt8](repeating: 0, count: count)
    return encoded.withUnsafeMutableBufferPointer { buffer in
      var start = buffer.baseAddress
      return Int(i2d_ECDSA_SIG(signature, &start)) == count
    } ? encoded : nil
  }

  /// The two numbers of an ECDSA-Sig-Value, with leading zeros.
  private static func numbers(ofSignature encoded: [UInt8]) -> [UInt8]? {
    encoded.withUnsafeBufferPointer { buffer in
      var start = buffer.baseAddress
      guard let signature = d2i_ECDSA_SIG(nil, &start, buffer.count) else { return nil }
      defer { ECDSA_SIG_free(signature) }
      var first = [UInt8](repeating: 0, count: byteCount)
      var second = first
      guard BN_bn2binpad(ECDSA_SIG_get0_r(signature), &first, Int32(byteCount)) == byteCount,
        BN_bn2binpad(ECDSA_SIG_get0_s(signature), &second, Int32(byteCount)) == byteCount
      else { return nil }
      return first + second
    }
  }
}

/// What stands around the numbers of a P-256 key.
private enum DER {
  private static let curve: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
  private static let ecPublicKey: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
  /// SubjectPublicKeyInfo (RFC 5480 section 2) up to the coordinates of an uncompressed point.
  static let p256PublicKey: [UInt8] = [0x30, 0x59, 0x30, 0x13] + ecPublicKey + curve + [0x03, 0x42, 0x00, 0x04]
  /// The same for Ed25519 (RFC 8410 section 4).
  static let ed25519PublicKey: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
  /// ECPrivateKey (RFC 5915 section 3) up to the number, and from there on; OpenSSL computes the public half.
  static let p256PrivateKey: [UInt8] = [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20]
  static let p256PrivateKeyEnd: [UInt8] = [0xA0, 0x0A] + curve
}

/// Calls OpenSSL, and takes back what it noted about failures: the thread's list of errors is read by whoever speaks TLS
/// next, who would take them for its own.
func quietly<Result>(_ body: () -> Result) -> Result {
  ERR_set_mark()
  defer { ERR_pop_to_mark() }
  return body()
}
