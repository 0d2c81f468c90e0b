// Writes WebSocket frames as a client does, also such as break the rules (RFC 6455, section 5.2).

/// A frame that a server sent.
public struct TestFrame: Equatable {
  public let first: UInt8
  public let payload: [UInt8]

  public init(first: UInt8, payload: [UInt8]) { (self.first, self.payload) = (first, payload) }

  public var opcode: UInt8 { first & 0x0F }
  public var text: String { String(decoding: payload, as: UTF8.self) }

  /// A masked frame, with bits to be set as a test likes.
  public static func bytes(_ opcode: UInt8, _ payload: [UInt8], final: Bool = true, reserved: UInt8 = 0) -> [UInt8] {
    let mask: [UInt8] = [0x11, 0xF2, 0x33, 0xA4]
    return header(opcode, payload.count, final: final, reserved: reserved) + mask
      + payload.enumerated().map { $1 ^ mask[$0 % 4] }
  }

  /// A header without the mask's bytes, its mask bit set.
  public static func header(_ opcode: UInt8, _ length: Int, final: Bool = true, reserved: UInt8 = 0) -> [UInt8] {
    var bytes = [(final ? 0x80 : 0) | reserved << 4 | opcode]
    switch length {
    case ...125: bytes.append(0x80 | UInt8(length))
    case ...0xFFFF: bytes += [0x80 | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
    default: bytes += [0x80 | 127] + stride(from: 56, through: 0, by: -8).map { UInt8(length >> $0 & 0xFF) }
    }
    return bytes
  }

  /// A close frame's payload.
  public static func closePayload(_ code: Int, _ reason: String = "") -> [UInt8] {
    [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8)
  }
}
