// What a browser tells about the media that it receives.

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
