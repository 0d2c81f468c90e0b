// The messages and numbers of WebRTC data channels.

/// RFC 8832 and RFC 8831 section 8.
enum DataChannelFrame {
  enum ProtocolID {
    static let control: UInt32 = 50
    static let text: UInt32 = 51
    static let bytes: UInt32 = 53
    static let emptyText: UInt32 = 56
    static let emptyBytes: UInt32 = 57
  }

  /// RFC 8832 section 5.
  enum Control: Hashable {
    case open(label: String)
    case acknowledge
  }

  /// A reliable, ordered channel of normal priority without a sub-protocol.
  static func open(label: String) -> [UInt8] {
    let label = Array(label.utf8)
    var bytes: [UInt8] = [3, 0]
    bytes.append(uint16: 256)
    bytes.append(uint32: 0)
    bytes.append(uint16: UInt16(label.count))
    bytes.append(uint16: 0)
    return bytes + label
  }

  static let acknowledgement: [UInt8] = [2]

  /// - Returns: nil for a malformed message.
  static func control(_ bytes: [UInt8]) -> Control? {
    switch bytes.first {
    case 2: return bytes.count == 1 ? .acknowledge : nil
    case 3:
      guard bytes.count >= 12 else { return nil }
      let label = Int(bytes.uint16(at: 8))
      guard bytes.count == 12 + label + Int(bytes.uint16(at: 10)) else { return nil }
      return String(validating: bytes[12..<(12 + label)], as: UTF8.self).map { .open(label: $0) }
    default: return nil
    }
  }

  /// What carries a message; an empty one has to carry a byte (RFC 8831 section 6.6).
  static func encoded(_ message: ChannelMessage) -> (protocolID: UInt32, bytes: [UInt8]) {
    switch message {
    case .text(""): (ProtocolID.emptyText, [0])
    case .bytes([]): (ProtocolID.emptyBytes, [0])
    case .text(let text): (ProtocolID.text, Array(text.utf8))
    case .bytes(let bytes): (ProtocolID.bytes, bytes)
    }
  }

  /// - Returns: nil for an unknown kind or text that is not UTF-8.
  static func message(protocolID: UInt32, _ bytes: [UInt8]) -> ChannelMessage? {
    switch protocolID {
    case ProtocolID.text: String(validating: bytes, as: UTF8.self).map { .text($0) }
    case ProtocolID.bytes: .bytes(bytes)
    case ProtocolID.emptyText: .text("")
    case ProtocolID.emptyBytes: .bytes([])
    default: nil
    }
  }
}
