// Digests bytes with SHA-256, with and without a secret, and compares secrets in constant time, all by OpenSSL.
import CCryptography

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
  /// Bytes of a digest.
  public static let byteCount = 32

  /// Searched for once: OpenSSL would look for who implements it with each digest (EVP_MD_fetch(3)). Never changed and
  /// never freed.
  private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

  /// The digest of the bytes.
  public static func digest(of bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: byteCount)
    // Without an algorithm that every build of OpenSSL has there is nothing to go on with.
    precondition(EVP_Digest(bytes, bytes.count, &digest, nil, algorithm, nil) == 1, "OpenSSL computes no SHA-256")
    return digest
  }
}

/// HMAC (RFC 2104) with SHA-256.
public enum HMACSHA256 {
  /// The authentication code of the bytes under a secret; 32 bytes.
  public static func code(of bytes: [UInt8], secret: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: SHA256.byteCount)
    // Where the secret is empty OpenSSL wants a pointer nevertheless, and an array gives one.
    let made = HMAC(EVP_sha256(), secret, Int32(secret.count), bytes, bytes.count, &code, nil)
    precondition(made != nil, "OpenSSL computes no HMAC")
    return code
  }

  /// Whether the code is the one of the bytes, in a time that does not depend on where it differs.
  public static func isValid(_ code: [UInt8], of bytes: [UInt8], secret: [UInt8]) -> Bool {
    ConstantTime.areEqual(code, Self.code(of: bytes, secret: secret))
  }
}

/// A comparison whose time says nothing about where two secrets differ.
public enum ConstantTime {
  /// Whether both are the same; only their lengths can be told from the time it takes.
  public static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
  }
}
