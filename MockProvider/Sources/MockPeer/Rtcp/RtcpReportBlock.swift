// One report block of RTCP.

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
