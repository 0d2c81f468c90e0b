// Cuts the bytes that a client sends into frames, takes their masks off and puts the fragments of messages together
// (RFC 6455 sections 5.2 to 5.4).

/// Reads frames from bytes as they come, and gives complete messages and control frames.
package struct FrameDecoder {
  /// A complete text message or control frame.
  package enum Event: Equatable {
    case text([UInt8])
    case ping([UInt8])
    case pong
    /// A part of a message that is not its last one, no larger than a control frame: it costs as much as one, and a message
    /// may have any number of them.
    case smallFragment
    /// 1005 where the peer gave no code (RFC 6455 section 7.1.5).
    case close(code: UInt16)
  }

  private var assembler: MessageAssembler
  /// The largest message in bytes; what was begun has to fit too once this is changed.
  package var maximumMessageBytes: Int {
    get { assembler.maximumBytes }
    set { assembler.maximumBytes = newValue }
  }
  /// The first bytes of a header that came in pieces; at most 14.
  private var partialHeader: [UInt8] = []
  private var frame: FrameHeader?
  /// How much of the frame's payload was taken.
  private var taken = 0
  /// The payload of a control frame so far; at most 125 bytes.
  private var control: [UInt8] = []

  package init(maximumMessageBytes: Int) { assembler = MessageAssembler(maximumBytes: maximumMessageBytes) }

  /// Takes bytes until something is complete; nil when all of them were taken.
  /// - Parameters:
  ///   - bytes: what the client has sent.
  ///   - offset: the place of the first byte that was not taken yet, and afterwards of the next one.
  package mutating func next(_ bytes: Span<UInt8>, from offset: inout Int) throws(WebSocketFailure) -> Event? {
    while true {
      if frame == nil {
        guard let header = try readHeader(bytes, from: &offset) else { return nil }
        if !header.opcode.isControl { try assembler.begin(header) }
        frame = header
        taken = 0
      }
      guard let header = frame else { return nil }
      let count = min(header.payloadBytes - taken, bytes.count - offset)
      take(bytes.extracting(offset..<offset + count), of: header)
      offset += count
      guard taken == header.payloadBytes else { return nil }
      frame = nil
      if let event = try finish(header) { return event }
    }
  }

  private mutating func readHeader(
    _ bytes: Span<UInt8>, from offset: inout Int
  ) throws(WebSocketFailure) -> FrameHeader? {
    // The usual case: the whole header is there.
    if partialHeader.isEmpty, bytes.count - offset >= 2 {
      let size = FrameHeader.size(first: bytes[offset], second: bytes[offset + 1])
      if bytes.count - offset >= size {
        defer { offset += size }
        return try FrameHeader(bytes.extracting(offset..<offset + size))
      }
    }
    while offset < bytes.count {
      partialHeader.append(bytes[offset])
      offset += 1
      guard partialHeader.count >= 2 else { continue }
      try FrameHeader.check(first: partialHeader[0], second: partialHeader[1])
      guard partialHeader.count == FrameHeader.size(first: partialHeader[0], second: partialHeader[1]) else { continue }
      defer { partialHeader = [] }
      return try FrameHeader(partialHeader.span)
    }
    return nil
  }

  private mutating func take(_ part: Span<UInt8>, of header: FrameHeader) {
    guard !part.isEmpty else { return }
    if header.opcode.isControl {
      control.appendUnmasked(part, mask: header.mask, offset: taken)
    } else {
      assembler.append(part, mask: header.mask, offset: taken)
    }
    taken += part.count
  }

  private mutating func finish(_ header: FrameHeader) throws(WebSocketFailure) -> Event? {
    let payload = control
    control = []
    switch header.opcode {
    case .ping: return .ping(payload)
    case .pong: return .pong
    case .close: return .close(code: try CloseFrame.code(payload))
    case .text, .binary, .continuation:
      if let message = try assembler.finish(header) { return .text(message) }
      return header.payloadBytes <= FrameHeader.maximumControlBytes ? .smallFragment : nil
    }
  }
}

/// Reads and checks a frame header (RFC 6455 section 5.2) with what a server may not accept from a client.
struct FrameHeader: Equatable {
  /// The largest payload of a control frame (RFC 6455 section 5.5).
  static let maximumControlBytes = 125

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
    guard !opcode.isControl || (first & 0x80 != 0 && second & 0x7F <= maximumControlBytes) else {
      throw .protocolError("control frame fragmented or too long")
    }
    guard opcode != .binary else { throw .binary }
  }

  /// Reads a complete header.
  init(_ bytes: Span<UInt8>) throws(WebSocketFailure) {
    let (first, second) = (bytes[0], bytes[1])
    try Self.check(first: first, second: second)
    let maskStart = bytes.count - 4
    let number = (2..<maskStart).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
    var length = UInt64(second & 0x7F)
    switch length {
    case 126:
      length = number
      guard length > 125 else { throw .protocolError("length not in its shortest form") }
    case 127:
      length = number
      guard length > 0xFFFF, length >> 63 == 0 else { throw .protocolError("length not in its shortest form") }
    default: break
    }
    // The check above has seen to the opcode.
    opcode = WebSocketOpcode(rawValue: first & 0x0F) ?? .close
    isFinal = first & 0x80 != 0
    payloadBytes = Int(length)
    mask = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[maskStart + $1]) << (8 * UInt32($1)) }
  }
}

/// Assembles text messages from frames, bounded, and checks that they are UTF-8.
struct MessageAssembler {
  var maximumBytes: Int
  private var message: [UInt8] = []
  private var isInMessage = false

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  /// Checks a data frame's header against the message so far. Nothing is set aside for what a header only announces.
  mutating func begin(_ header: FrameHeader) throws(WebSocketFailure) {
    guard isInMessage == (header.opcode == .continuation) else {
      throw .protocolError(isInMessage ? "message inside a message" : "continuation without a message")
    }
    guard header.payloadBytes <= maximumBytes - message.count else { throw .tooLarge }
    isInMessage = true
  }

  mutating func append(_ part: Span<UInt8>, mask: UInt32, offset: Int) {
    message.appendUnmasked(part, mask: mask, offset: offset)
  }

  /// Ends a frame.
  /// - Returns: the message, when that was its last frame.
  mutating func finish(_ header: FrameHeader) throws(WebSocketFailure) -> [UInt8]? {
    guard header.isFinal else { return nil }
    isInMessage = false
    let text = message
    message = []
    do { _ = try UTF8Span(validating: text.span) } catch { throw .invalidText }
    return text
  }
}

extension [UInt8] {
  /// Appends a copy of bytes.
  mutating func append(copying part: Span<UInt8>) { part.withUnsafeBufferPointer { append(contentsOf: $0) } }

  /// Appends bytes without their mask (RFC 6455 section 5.3).
  /// - Parameter offset: the place of the first byte in its frame's payload.
  mutating func appendUnmasked(_ part: Span<UInt8>, mask: UInt32, offset: Int) {
    let start = count
    append(copying: part)
    let shift = UInt32(offset % 4) * 8
    let turned = shift == 0 ? mask : mask >> shift | mask << (32 - shift)
    let wide = UInt64(turned) << 32 | UInt64(turned)
    var span = mutableSpan
    var bytes = span.mutableBytes
    let end = bytes.byteCount
    var index = start
    while index + 8 <= end {
      let word = bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
      bytes.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
      index += 8
    }
    while index < end {
      let byte = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      let key = UInt8(truncatingIfNeeded: turned >> (UInt32((index - start) % 4) * 8))
      bytes.storeBytes(of: byte ^ key, toByteOffset: index, as: UInt8.self)
      index += 1
    }
  }
}
