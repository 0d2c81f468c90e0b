// Says what WebSocket frames are made of, writes those of a server, and reads and writes what a close frame holds (RFC
// 6455 section 5).

/// Opcodes of RFC 6455 section 5.2.
package enum WebSocketOpcode: UInt8 {
  case continuation = 0
  case text = 1
  case binary = 2
  case close = 8
  case ping = 9
  case pong = 10

  var isControl: Bool { rawValue >= 8 }
}

/// Unmasked, unfragmented frames (RFC 6455 section 5.2).
package enum FrameEncoder {
  /// Writes one frame.
  package static func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8]) -> [UInt8] {
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

/// Reads and writes the code and reason of a close frame (RFC 6455 sections 5.5.1 and 7.4).
package enum CloseFrame {
  /// Reads a payload.
  /// - Returns: the code, or 1005 for an empty payload.
  static func code(_ payload: [UInt8]) throws(WebSocketFailure) -> UInt16 {
    if payload.isEmpty { return 1005 }
    guard payload.count >= 2 else { throw .protocolError("close payload of one byte") }
    let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
    guard mayBeSent(code) else { throw .protocolError("invalid close code") }
    guard String(validating: payload[2...], as: UTF8.self) != nil else { throw .invalidText }
    return code
  }

  /// Whether a code may stand in a frame: those that RFC 6455 section 7.4.1 and its registry assign (1004, 1005, 1006
  /// and 1015 are never sent), and the ranges of libraries and applications.
  static func mayBeSent(_ code: UInt16) -> Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }

  /// A payload with a reason cut to 123 bytes at a character's boundary; empty for 1005.
  package static func payload(code: UInt16, reason: String) -> [UInt8] {
    guard mayBeSent(code) else { return [] }
    var text: [UInt8] = []
    for character in reason {
      let bytes = Array(character.utf8)
      guard text.count + bytes.count <= 123 else { break }
      text += bytes
    }
    return [UInt8(code >> 8), UInt8(code & 0xFF)] + text
  }
}

/// A violation of RFC 6455 or of a bound, with the close code that says which.
package struct WebSocketFailure: Error, Equatable {
  package let code: UInt16
  package let reason: String

  package init(code: UInt16, reason: String) {
    self.code = code
    self.reason = reason
  }

  static func protocolError(_ reason: String) -> Self { Self(code: 1002, reason: reason) }
  static let binary = Self(code: 1003, reason: "text messages only")
  static let invalidText = Self(code: 1007, reason: "text is not UTF-8")
  static let tooLarge = Self(code: 1009, reason: "message too large")
}
