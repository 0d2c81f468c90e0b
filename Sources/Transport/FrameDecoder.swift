// Cuts the bytes that a client sends into frames and takes their masks off.

/// Reads frames from bytes as they come, and gives complete messages and control frames.
struct FrameDecoder {
  /// A complete text message or control frame.
  enum Event: Equatable {
    case text([UInt8])
    case ping([UInt8])
    case pong
    /// 1005 where the peer gave no code (RFC 6455 section 7.1.5).
    case close(code: UInt16)
  }

  private var assembler: MessageAssembler
  /// The first bytes of a header that came in pieces; at most 14.
  private var partialHeader: [UInt8] = []
  private var frame: FrameHeader?
  /// How much of the frame's payload was taken.
  private var taken = 0
  /// The payload of a control frame so far; at most 125 bytes.
  private var control: [UInt8] = []

  init(maximumMessageBytes: Int) { assembler = MessageAssembler(maximumBytes: maximumMessageBytes) }

  /// Takes bytes from the front of the input until something is complete; nil when all of it was taken.
  mutating func next(_ input: inout UnsafeRawBufferPointer.SubSequence) throws(WebSocketFailure) -> Event? {
    while true {
      if frame == nil {
        guard let header = try readHeader(&input) else { return nil }
        if !header.opcode.isControl { try assembler.begin(header) }
        frame = header
        taken = 0
      }
      guard let header = frame else { return nil }
      let part = input.prefix(header.payloadBytes - taken)
      take(part, of: header)
      input = input.dropFirst(part.count)
      guard taken == header.payloadBytes else { return nil }
      frame = nil
      if let event = try finish(header) { return event }
    }
  }

  private mutating func readHeader(
    _ input: inout UnsafeRawBufferPointer.SubSequence
  ) throws(WebSocketFailure) -> FrameHeader? {
    // The usual case: the whole header is there.
    if partialHeader.isEmpty, input.count >= 2 {
      let size = FrameHeader.size(first: input[input.startIndex], second: input[input.startIndex + 1])
      if input.count >= size {
        defer { input = input.dropFirst(size) }
        return try FrameHeader(input.prefix(size))
      }
    }
    while let byte = input.first {
      partialHeader.append(byte)
      input = input.dropFirst()
      guard partialHeader.count >= 2 else { continue }
      try FrameHeader.check(first: partialHeader[0], second: partialHeader[1])
      guard partialHeader.count == FrameHeader.size(first: partialHeader[0], second: partialHeader[1]) else { continue }
      defer { partialHeader = [] }
      return try FrameHeader(partialHeader)
    }
    return nil
  }

  private mutating func take(_ part: UnsafeRawBufferPointer.SubSequence, of header: FrameHeader) {
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
    case .text, .binary, .continuation: return try assembler.finish(header).map(Event.text)
    }
  }
}
