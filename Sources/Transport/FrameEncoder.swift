// Writes the frames that a server sends.

/// Unmasked, unfragmented frames (RFC 6455 section 5.2).
enum FrameEncoder {
  static func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8]) -> [UInt8] {
    var frame: [UInt8] = []
    frame.reserveCapacity(payload.count + 10)
    frame.append(0x80 | opcode.rawValue)
    switch payload.count {
    case ...125: frame.append(UInt8(payload.count))
    case ...0xFFFF:
      frame.append(126)
      frame.append(UInt8(payload.count >> 8))
      frame.append(UInt8(payload.count & 0xFF))
    default:
      frame.append(127)
      for shift in stride(from: 56, through: 0, by: -8) { frame.append(UInt8(payload.count >> shift & 0xFF)) }
    }
    frame += payload
    return frame
  }
}
