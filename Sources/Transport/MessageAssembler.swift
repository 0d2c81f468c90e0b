// Puts the fragments of a message together.

/// Assembles text messages from frames, bounded, and checks that they are UTF-8.
struct MessageAssembler {
  private let maximumBytes: Int
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

  mutating func append(_ part: UnsafeRawBufferPointer.SubSequence, mask: UInt32, offset: Int) {
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
  /// Appends bytes without their mask (RFC 6455 section 5.3).
  /// - Parameter offset: the place of the first byte in its frame's payload.
  mutating func appendUnmasked(_ part: UnsafeRawBufferPointer.SubSequence, mask: UInt32, offset: Int) {
    let start = count
    append(contentsOf: part)
    let shift = UInt32(offset % 4) * 8
    let turned = shift == 0 ? mask : mask >> shift | mask << (32 - shift)
    let wide = UInt64(turned) << 32 | UInt64(turned)
    withUnsafeMutableBytes { bytes in
      var index = start
      while index + 8 <= bytes.count {
        let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        bytes.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
        index += 8
      }
      while index < bytes.count {
        bytes[index] ^= UInt8(truncatingIfNeeded: turned >> (UInt32((index - start) % 4) * 8))
        index += 1
      }
    }
  }
}
