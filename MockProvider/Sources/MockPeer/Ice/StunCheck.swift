// The two checks of a STUN message: HMAC-SHA1 and CRC-32.
import CMockPeer

/// MESSAGE-INTEGRITY and FINGERPRINT (RFC 8489 sections 14.5 and 14.7).
enum StunCheck {
  static let integrityBytes = 20

  /// - Parameter bytes: everything before the attribute, with the header's length counting the attribute.
  static func integrity(of bytes: [UInt8], password: String) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: integrityBytes)
    var count: UInt32 = 0
    let key = Array(password.utf8)
    HMAC(EVP_sha1(), key, Int32(key.count), bytes, bytes.count, &result, &count)
    return result
  }

  /// - Parameter bytes: everything before the attribute, with the header's length counting the attribute.
  static func fingerprint(of bytes: ArraySlice<UInt8>) -> [UInt8] {
    var value: [UInt8] = []
    value.append(uint32: crc32(bytes) ^ 0x5354_554E)
    return value
  }

  /// Takes the same time wherever two values differ.
  static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  /// ITU V.42, as in Ethernet.
  private static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(0xFFFF_FFFF) { value, byte in table[Int((value ^ UInt32(byte)) & 0xFF)] ^ (value >> 8) }
  }
}
