// The address in a STUN response.
import Transport

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
