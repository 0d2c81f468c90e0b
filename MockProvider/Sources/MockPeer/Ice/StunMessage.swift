// Reads and writes STUN messages with their two checks (RFC 8489).
import CMockPeer
import Transport

/// A message of RFC 8489 with the attributes that ICE uses; what it does not know is kept apart by type.
struct StunMessage: Hashable {
  enum Class: UInt16, Hashable {
    case request = 0x000
    case indication = 0x010
    case success = 0x100
    case failure = 0x110
  }

  /// RFC 8489 section 18.3 and RFC 8445 section 16.1.
  enum AttributeType {
    static let username: UInt16 = 0x0006
    static let messageIntegrity: UInt16 = 0x0008
    static let errorCode: UInt16 = 0x0009
    static let unknownAttributes: UInt16 = 0x000A
    static let xorMappedAddress: UInt16 = 0x0020
    static let priority: UInt16 = 0x0024
    static let useCandidate: UInt16 = 0x0025
    static let fingerprint: UInt16 = 0x8028
    static let iceControlled: UInt16 = 0x8029
    static let iceControlling: UInt16 = 0x802A
  }

  struct Attribute: Hashable {
    let type: UInt16
    let value: [UInt8]
  }

  static let bindingMethod: UInt16 = 1
  static let magicCookie: [UInt8] = [0x21, 0x12, 0xA4, 0x42]
  static let headerBytes = 20
  /// No check is longer; a message with more attributes is refused.
  static let maximumAttributes = 32

  let method: UInt16
  let messageClass: Class
  /// 12 bytes.
  let transaction: [UInt8]
  let attributes: [Attribute]
  /// Where MESSAGE-INTEGRITY starts in the bytes that were read; nil when there is none.
  private(set) var integrityOffset: Int?

  /// Makes a message to be written.
  init(method: UInt16 = bindingMethod, _ messageClass: Class, transaction: [UInt8], attributes: [Attribute]) {
    self.method = method
    self.messageClass = messageClass
    self.transaction = transaction
    self.attributes = attributes
  }

  /// Reads a datagram. A FINGERPRINT that is there has to be right; what else follows MESSAGE-INTEGRITY is ignored.
  /// - Returns: nil when it is not a well-formed message.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.headerBytes, bytes[0] & 0xC0 == 0, Array(bytes[4..<8]) == Self.magicCookie,
      bytes.uint16(at: 2) % 4 == 0, Int(bytes.uint16(at: 2)) + Self.headerBytes == bytes.count
    else { return nil }
    let type = bytes.uint16(at: 0)
    guard let messageClass = Class(rawValue: type & 0x110) else { return nil }
    method = type & 0x000F | (type & 0x00E0) >> 1 | (type & 0x3E00) >> 2
    self.messageClass = messageClass
    transaction = Array(bytes[8..<20])
    var attributes: [Attribute] = []
    var offset = Self.headerBytes
    while offset < bytes.count {
      guard offset + 4 <= bytes.count else { return nil }
      let type = bytes.uint16(at: offset)
      guard attributes.count < Self.maximumAttributes || type == AttributeType.fingerprint else { return nil }
      let length = Int(bytes.uint16(at: offset + 2))
      let end = offset + 4 + length
      guard end <= bytes.count else { return nil }
      let value = Array(bytes[(offset + 4)..<end])
      if type == AttributeType.fingerprint {
        // RFC 8489 section 14.7: it is the last attribute.
        guard end == bytes.count, value == StunCheck.fingerprint(of: bytes[..<offset]) else { return nil }
      } else if integrityOffset == nil {
        if type == AttributeType.messageIntegrity {
          guard length == StunCheck.integrityBytes else { return nil }
          integrityOffset = offset
        }
        attributes.append(Attribute(type: type, value: value))
      }
      offset = end + (4 - length % 4) % 4
    }
    self.attributes = attributes
  }

  func value(of type: UInt16) -> [UInt8]? { attributes.first { $0.type == type }?.value }

  /// True when the bytes that this message was read from are authentic.
  func isAuthentic(_ bytes: [UInt8], password: String) -> Bool {
    guard let integrityOffset, let given = value(of: AttributeType.messageIntegrity) else { return false }
    // RFC 8489 section 14.5: the length counts up to MESSAGE-INTEGRITY, whatever follows it.
    var signed = Array(bytes[..<integrityOffset])
    signed.setUInt16(UInt16(integrityOffset + 24 - Self.headerBytes), at: 2)
    return StunCheck.areEqual(given, StunCheck.integrity(of: signed, password: password))
  }

  /// The bytes with MESSAGE-INTEGRITY, when there is a password, and FINGERPRINT.
  func encoded(password: String?) -> [UInt8] {
    var bytes: [UInt8] = []
    let scattered = (method & 0x0F80) << 2 | (method & 0x0070) << 1 | method & 0x000F
    bytes.append(uint16: scattered | messageClass.rawValue)
    bytes.append(uint16: 0)
    bytes += Self.magicCookie + transaction
    for attribute in attributes { bytes.append(attribute) }
    if let password {
      bytes.setUInt16(UInt16(bytes.count + 24 - Self.headerBytes), at: 2)
      let value = StunCheck.integrity(of: bytes, password: password)
      bytes.append(Attribute(type: AttributeType.messageIntegrity, value: value))
    }
    bytes.setUInt16(UInt16(bytes.count + 8 - Self.headerBytes), at: 2)
    bytes.append(Attribute(type: AttributeType.fingerprint, value: StunCheck.fingerprint(of: bytes[...])))
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ attribute: StunMessage.Attribute) {
    append(uint16: attribute.type)
    append(uint16: UInt16(attribute.value.count))
    append(contentsOf: attribute.value)
    append(contentsOf: repeatElement(0, count: (4 - attribute.value.count % 4) % 4))
  }
}

/// XOR-MAPPED-ADDRESS (RFC 8489 section 14.2).
enum StunAddress {
  static func encoded(_ address: DatagramAddress, transaction: [UInt8]) -> [UInt8] {
    let mask = StunMessage.magicCookie + transaction
    var value: [UInt8] = [0, address.isIPv6 ? 2 : 1]
    value.append(uint16: address.port ^ 0x2112)
    value += zip(address.bytes, mask).map { $0 ^ $1 }
    return value
  }
}

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
