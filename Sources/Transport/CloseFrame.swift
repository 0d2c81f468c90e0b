// The payload of close frames.

/// Reads and writes the code and reason of a close frame (RFC 6455 sections 5.5.1 and 7.4).
enum CloseFrame {
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
  static func payload(code: UInt16, reason: String) -> [UInt8] {
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
