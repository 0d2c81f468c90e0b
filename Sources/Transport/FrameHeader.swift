// The header of a frame that a client sent.

/// Reads and checks a frame header (RFC 6455 section 5.2) with what a server may not accept from a client.
struct FrameHeader: Equatable {
  let opcode: WebSocketOpcode
  let isFinal: Bool
  let payloadBytes: Int
  /// The masking key, first byte lowest.
  let mask: UInt32

  /// The header's whole size, known from its first two bytes.
  static func size(first: UInt8, second: UInt8) -> Int {
    let lengthBytes =
      switch second & 0x7F {
      case 126: 2
      case 127: 8
      default: 0
      }
    return 2 + lengthBytes + (second & 0x80 == 0 ? 0 : 4)
  }

  /// Checks what the first two bytes say already.
  static func check(first: UInt8, second: UInt8) throws(WebSocketFailure) {
    guard first & 0x70 == 0 else { throw .protocolError("reserved bit set") }
    guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else { throw .protocolError("unknown opcode") }
    guard second & 0x80 != 0 else { throw .protocolError("frame without mask") }
    guard !opcode.isControl || (first & 0x80 != 0 && second & 0x7F <= 125) else {
      throw .protocolError("control frame fragmented or too long")
    }
    guard opcode != .binary else { throw .binary }
  }

  /// Reads a complete header.
  init(_ bytes: some RandomAccessCollection<UInt8>) throws(WebSocketFailure) {
    var rest = bytes[...]
    func next(_ count: Int) -> UInt64 {
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
    }
    let first = UInt8(next(1))
    let second = UInt8(next(1))
    try Self.check(first: first, second: second)
    var length = UInt64(second & 0x7F)
    switch length {
    case 126:
      length = next(2)
      guard length > 125 else { throw .protocolError("length not in its shortest form") }
    case 127:
      length = next(8)
      guard length > 0xFFFF, length >> 63 == 0 else { throw .protocolError("length not in its shortest form") }
    default: break
    }
    // The check above has seen to the opcode.
    opcode = WebSocketOpcode(rawValue: first & 0x0F) ?? .close
    isFinal = first & 0x80 != 0
    payloadBytes = Int(length)
    mask = UInt32(next(4)).byteSwapped
  }
}
