// Tests frames and their headers, byte by byte.
import Testing
import Wire

@Suite struct FrameTests {
  /// A client's frame, masked byte by byte as RFC 6455 section 5.3 says it.
  private static func masked(_ payload: [UInt8], mask: [UInt8], first: UInt8 = 0x81) -> [UInt8] {
    let length: [UInt8] =
      payload.count <= 125
      ? [0x80 | UInt8(payload.count)] : [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    return [first] + length + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
  }

  @Test("A mask comes off whatever the length, and wherever the network cut the frame")
  func masks() throws {
    for count in [0, 1, 3, 7, 8, 9, 31, 125, 126, 200] {
      let payload = (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
      let frame = Self.masked(payload, mask: [0x12, 0x9A, 0xFF, 0x00])
      for cut in 0...frame.count {
        var decoder = FrameDecoder(maximumMessageBytes: 1000)
        var seen: [FrameDecoder.Event] = []
        for part in [frame[..<cut], frame[cut...]] {
          var offset = 0
          while let event = try decoder.next(part.span, from: &offset) { seen.append(event) }
          #expect(offset == part.count)
        }
        #expect(seen == [.text(payload)], "\(count) bytes, cut at \(cut)")
      }
    }
  }

  @Test("A fragmented message has a control frame between its parts")
  func fragments() throws {
    let mask: [UInt8] = [1, 2, 3, 4]
    let bytes =
      Self.masked(Array("Grüß".utf8.dropLast()), mask: mask, first: 0x01) + Self.masked([7], mask: mask, first: 0x89)
      + Self.masked(Array("Grüß".utf8.suffix(1)), mask: mask, first: 0x80)
    var decoder = FrameDecoder(maximumMessageBytes: 6)
    var offset = 0
    var seen: [FrameDecoder.Event] = []
    while let event = try decoder.next(bytes.span, from: &offset) { seen.append(event) }
    #expect(seen == [.smallFragment, .ping([7]), .text(Array("Grüß".utf8))])
    #expect(offset == bytes.count)
  }

  @Test("A server's frame has the shortest length that holds it")
  func lengths() {
    let heads: [(Int, [UInt8])] = [
      (0, [0x81, 0]), (125, [0x81, 125]), (126, [0x81, 126, 0, 126]), (0xFFFF, [0x81, 126, 0xFF, 0xFF]),
      (0x10000, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ]
    for (count, head) in heads {
      let frame = FrameEncoder.frame(.text, [UInt8](repeating: 0x61, count: count))
      #expect(frame.count == head.count + count && Array(frame.prefix(head.count)) == head, "\(count)")
    }
  }

  @Test("A close frame's reason ends with a whole character, within 125 bytes")
  func closeReasons() {
    #expect(CloseFrame.payload(code: 4001, reason: "bye") == [0x0F, 0xA1] + Array("bye".utf8))
    #expect(CloseFrame.payload(code: 1000, reason: String(repeating: "€", count: 50)).count == 2 + 41 * 3)
    for code: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000] {
      #expect(CloseFrame.payload(code: code, reason: "x").isEmpty, "\(code) is never sent")
    }
  }
}
