// Reads RTCP.

/// Reads compound and reduced-size packets, after their protection was removed.
enum RtcpReader {
  /// How many sequence numbers one packet may ask for; others are left out.
  static let maximumMissing = 512

  /// - Returns: nil when a length is wrong; what is not of use is left out.
  static func feedback(in bytes: [UInt8]) -> [RtcpFeedback]? {
    var feedback: [RtcpFeedback] = []
    var offset = 0
    guard !bytes.isEmpty else { return nil }
    while offset < bytes.count {
      guard offset + 4 <= bytes.count, bytes[offset] >> 6 == 2 else { return nil }
      let end = offset + 4 + 4 * Int(bytes.uint16(at: offset + 2))
      guard end <= bytes.count else { return nil }
      guard read(bytes, offset, end, into: &feedback) else { return nil }
      offset = end
    }
    return feedback
  }

  private static func read(
    _ bytes: [UInt8], _ start: Int, _ end: Int, into feedback: inout [RtcpFeedback]
  ) -> Bool {
    let count = Int(bytes[start] & 0x1F)
    switch bytes[start + 1] {
    case 200: return blocks(bytes, start + 28, end, count, into: &feedback)
    case 201: return blocks(bytes, start + 8, end, count, into: &feedback)
    case 205:
      guard end - start >= 12 else { return false }
      if count == 1 { feedback.append(missing(bytes, start, end)) }
    case 206:
      guard end - start >= 12 else { return false }
      payloadFeedback(bytes, start, end, format: count, into: &feedback)
    default: break
    }
    return true
  }

  private static func blocks(
    _ bytes: [UInt8], _ first: Int, _ end: Int, _ count: Int, into feedback: inout [RtcpFeedback]
  ) -> Bool {
    guard first + count * RtcpReportBlock.bytes <= end else { return false }
    for index in 0..<count {
      feedback.append(.report(RtcpReportBlock(bytes, at: first + index * RtcpReportBlock.bytes)))
    }
    return true
  }

  private static func missing(_ bytes: [UInt8], _ start: Int, _ end: Int) -> RtcpFeedback {
    var sequences: [UInt16] = []
    for offset in stride(from: start + 12, to: end - 3, by: 4) where sequences.count < maximumMissing {
      let first = bytes.uint16(at: offset)
      let mask = bytes.uint16(at: offset + 2)
      sequences.append(first)
      for bit in 0..<16 where mask >> UInt16(bit) & 1 == 1 { sequences.append(first &+ UInt16(bit) &+ 1) }
    }
    return .missing(ssrc: bytes.uint32(at: start + 8), sequences: Array(sequences.prefix(maximumMissing)))
  }

  private static func payloadFeedback(
    _ bytes: [UInt8], _ start: Int, _ end: Int, format: Int, into feedback: inout [RtcpFeedback]
  ) {
    switch format {
    case 1: feedback.append(.keyFrame(ssrc: bytes.uint32(at: start + 8)))
    case 4:
      // The SSRC is in the entries; an empty list asks for nothing.
      for offset in stride(from: start + 12, to: end - 7, by: 8) {
        feedback.append(.keyFrame(ssrc: bytes.uint32(at: offset)))
      }
    case 15:
      guard end - start >= 20, Array(bytes[(start + 12)..<(start + 16)]) == Array("REMB".utf8) else { return }
      let exponent = Int(bytes[start + 17] >> 2)
      let mantissa = Int(bytes[start + 17] & 3) << 16 | Int(bytes.uint16(at: start + 18))
      // More than any path has, and less than what overflows.
      guard exponent <= 40 else { return }
      feedback.append(.bandwidth(bitsPerSecond: mantissa << exponent))
    default: break
    }
  }
}
