// Tells what DER holds: a key that signs tokens, or by its name what it is instead.
import CCryptography

/// What a file is that holds no key for tokens. The words stand after "is"; none of them carries a part of the file.
public enum KeyFileRefusal: String, Error, Sendable, Hashable, CaseIterable {
  /// Nothing in it looks like a key or a certificate.
  case noKey = "no key in PEM, DER or JWK"
  case rsa = "an RSA key"
  case otherCurve = "an EC key of another curve than P-256, or with its parameters spelled out"
  case otherAlgorithm = "a key of another algorithm"
  case encrypted = "encrypted"
  case certificate = "a certificate"
  case certificateRequest = "a certificate request"
  case ssh = "an SSH key (ssh-keygen -e -m PKCS8 writes a public one as PEM)"
  case several = "several keys; a file has one"
  case otherBlock = "a PEM block of another kind"
  /// It looks like a key, and cannot be read as one.
  case damaged = "a part of a key, or a damaged one"
}

/// DER (ITU-T X.690) as far as it has to be told from other bytes.
enum KeyEncoding {
  /// Whether bytes that look like a key or a certificate are one, as far as their length tells.
  enum Extent {
    /// One SEQUENCE, from the first byte to the last.
    case whole
    /// The beginning of one, or one with something behind it.
    case other
  }

  /// Nil for bytes that do not begin as a key or a certificate does: a SEQUENCE with a version number, or with a second
  /// SEQUENCE that names an algorithm or has a certificate's version.
  static func extent(of bytes: [UInt8]) -> Extent? {
    guard let (count, content) = sequence(bytes[...]) else { return nil }
    let isVersion = content.starts(with: [0x02, 0x01]) && (content.dropFirst(2).first ?? 0xFF) < 4
    let isRSAPublicKey = content.starts(with: [0x02, 0x82]) || content.starts(with: [0x02, 0x81])
    let isNamed = sequence(content).map(\.content).map {
      $0.first == 0x06 || $0.starts(with: [0xA0, 0x03, 0x02, 0x01]) || $0.starts(with: [0x02, 0x01])
    }
    guard isVersion || isRSAPublicKey || isNamed ?? false else { return nil }
    return content.count == count && content.endIndex == bytes.endIndex ? .whole : .other
  }

  /// One whole SEQUENCE that looks like a key or a certificate, without the white space that may follow it: its own last
  /// byte may look like some.
  static func whole(_ bytes: [UInt8]) -> [UInt8]? {
    guard extent(of: bytes) != nil, let (count, content) = sequence(bytes[...]), content.count == count,
      bytes[content.endIndex...].allSatisfy(\.isASCIIWhitespace)
    else { return nil }
    return Array(bytes[..<content.endIndex])
  }

  /// The key in one SEQUENCE.
  static func key(_ bytes: [UInt8]) throws(KeyFileRefusal) -> SignatureKey {
    if let key = SignatureKey(publicDER: bytes) ?? SignatureKey(privateDER: bytes) { return key }
    throw refusal(of: bytes)
  }

  /// What bytes are that are no key for tokens.
  static func refusal(of bytes: [UInt8]) -> KeyFileRefusal {
    quietly {
      if let key = OpenSSLKey.publicKey(bytes) ?? OpenSSLKey.privateKey(bytes) {
        defer { EVP_PKEY_free(key) }
        return switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS: .rsa
        case EVP_PKEY_EC: .otherCurve
        case EVP_PKEY_ED25519: .damaged
        default: .otherAlgorithm
        }
      }
      return OpenSSLKey.form(of: bytes)
    }
  }

  /// How many bytes a SEQUENCE says that it has, and those of them that are there.
  private static func sequence(_ bytes: ArraySlice<UInt8>) -> (count: Int, content: ArraySlice<UInt8>)? {
    var rest = bytes
    guard rest.popFirst() == 0x30, let first = rest.popFirst() else { return nil }
    guard first >= 0x80 else { return (Int(first), rest.prefix(Int(first))) }
    // 64 KiB is more than any key or certificate has.
    guard first == 0x81 || first == 0x82 else { return nil }
    var count = 0
    for _ in 0x80..<first {
      guard let byte = rest.popFirst() else { return nil }
      count = count << 8 | Int(byte)
    }
    return (count, rest.prefix(count))
  }
}

/// OpenSSL's readers of DER. Whoever calls them does so quietly, and frees what they return.
enum OpenSSLKey {
  static func publicKey(_ bytes: [UInt8]) -> OpaquePointer? {
    whole(bytes, EVP_PKEY_free) { d2i_PUBKEY(nil, &$0, $1) }
  }

  static func privateKey(_ bytes: [UInt8]) -> OpaquePointer? {
    // Reading PKCS #8 by its own structure, since what tries every form would also ask for a password.
    if let info = whole(bytes, PKCS8_PRIV_KEY_INFO_free, { d2i_PKCS8_PRIV_KEY_INFO(nil, &$0, $1) }) {
      defer { PKCS8_PRIV_KEY_INFO_free(info) }
      return EVP_PKCS82PKEY(info)
    }
    return whole(bytes, EVP_PKEY_free) { d2i_PrivateKey(EVP_PKEY_EC, nil, &$0, $1) }
  }

  /// What else than a key for tokens the bytes are.
  static func form(of bytes: [UInt8]) -> KeyFileRefusal {
    func holds(_ free: (OpaquePointer?) -> Void, _ read: (inout UnsafePointer<UInt8>?, Int) -> OpaquePointer?) -> Bool {
      guard let value = whole(bytes, free, read) else { return false }
      free(value)
      return true
    }
    if holds(X509_free, { d2i_X509(nil, &$0, $1) }) { return .certificate }
    if holds(X509_REQ_free, { d2i_X509_REQ(nil, &$0, $1) }) { return .certificateRequest }
    if holds(X509_SIG_free, { d2i_X509_SIG(nil, &$0, $1) }) { return .encrypted }
    let isRSA =
      holds(EVP_PKEY_free) { d2i_PrivateKey(EVP_PKEY_RSA, nil, &$0, $1) }
      || holds(EVP_PKEY_free) { d2i_PublicKey(EVP_PKEY_RSA, nil, &$0, $1) }
    return isRSA ? .rsa : .damaged
  }

  /// What a reader makes of the bytes; nil where it left some.
  private static func whole(
    _ bytes: [UInt8], _ free: (OpaquePointer?) -> Void, _ read: (inout UnsafePointer<UInt8>?, Int) -> OpaquePointer?
  ) -> OpaquePointer? {
    bytes.withUnsafeBufferPointer { buffer in
      var start = buffer.baseAddress
      guard let value = read(&start, buffer.count) else { return nil }
      guard let start, let first = buffer.baseAddress, start - first == buffer.count else {
        free(value)
        return nil
      }
      return value
    }
  }
}
