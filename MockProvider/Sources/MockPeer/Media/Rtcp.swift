// Reads and writes RTCP (RFC 3550 section 6, RFC 4585).

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

/// One item of a compound or reduced-size RTCP packet (RFC 3550 section 6, RFC 4585, RFC 5104, RFC 5506).
enum RtcpFeedback: Hashable {
  /// A report block of a receiver or sender report (RFC 3550 section 6.4.1).
  case report(RtcpReportBlock)
  /// RFC 4585 section 6.2.1.
  case missing(ssrc: UInt32, sequences: [UInt16])
  /// PLI (RFC 4585 section 6.3.1) or FIR (RFC 5104 section 4.3.1).
  case keyFrame(ssrc: UInt32)
  /// REMB (draft-alvestrand-rmcat-remb-03 section 2.2).
  case bandwidth(bitsPerSecond: Int)
}

/// How one of our tracks arrives (RFC 3550 section 6.4.1).
struct RtcpReportBlock: Hashable {
  let ssrc: UInt32
  /// 0 to 255 for 0 to 1, since the last report.
  let fractionLost: UInt8
  /// The middle 32 bits of the NTP time of the last sender report; zero when none has arrived.
  let lastReport: UInt32
  /// Units of 1/65536 seconds.
  let delaySinceLastReport: UInt32

  static let bytes = 24

  init(_ bytes: [UInt8], at offset: Int) {
    ssrc = bytes.uint32(at: offset)
    fractionLost = bytes[offset + 4]
    lastReport = bytes.uint32(at: offset + 16)
    delaySinceLastReport = bytes.uint32(at: offset + 20)
  }

  /// RFC 3550 section 6.4.1; nil when no report has made the round, or the clock disagrees.
  /// - Parameter now: the middle 32 bits of the NTP time.
  func roundTrip(now: UInt32) -> Duration? {
    guard lastReport != 0 else { return nil }
    let units = now &- lastReport &- delaySinceLastReport
    guard units < 0x8000_0000 else { return nil }
    return .microseconds(Int64(units) * 1_000_000 / 65_536)
  }
}

/// Sender reports, source descriptions and goodbyes (RFC 3550 section 6).
enum RtcpWriter {
  /// A compound packet that says which timestamp belongs to which moment, and whose track it is.
  static func senderReport(
    ssrc: UInt32, ntp: UInt64, timestamp: UInt32, packets: UInt32, octets: UInt32, cname: String
  ) -> [UInt8] {
    var bytes: [UInt8] = [0x80, 200]
    bytes.append(uint16: 6)
    bytes.append(uint32: ssrc)
    bytes.append(uint32: UInt32(ntp >> 32))
    bytes.append(uint32: UInt32(ntp & 0xFFFF_FFFF))
    bytes.append(uint32: timestamp)
    bytes.append(uint32: packets)
    bytes.append(uint32: octets)
    return bytes + description(ssrc: ssrc, cname: cname)
  }

  /// A compound packet that ends tracks: an empty receiver report, a description, a goodbye.
  static func goodbye(ssrcs: [UInt32], cname: String) -> [UInt8] {
    guard let first = ssrcs.first else { return [] }
    var bytes: [UInt8] = [0x80, 201]
    bytes.append(uint16: 1)
    bytes.append(uint32: first)
    bytes += description(ssrc: first, cname: cname)
    bytes += [0x80 | UInt8(ssrcs.count), 203]
    bytes.append(uint16: UInt16(ssrcs.count))
    for ssrc in ssrcs { bytes.append(uint32: ssrc) }
    return bytes
  }

  /// RFC 3550 section 6.5: one chunk with a CNAME, ended by a zero and filled to whole words.
  private static func description(ssrc: UInt32, cname: String) -> [UInt8] {
    let name = Array(cname.utf8.prefix(255))
    var chunk: [UInt8] = []
    chunk.append(uint32: ssrc)
    chunk += [1, UInt8(name.count)] + name
    chunk += [UInt8](repeating: 0, count: 4 - chunk.count % 4)
    var bytes: [UInt8] = [0x81, 202]
    bytes.append(uint16: UInt16(chunk.count / 4))
    return bytes + chunk
  }
}
