// The RTP header extensions of an offered section.

/// The ids that `a=extmap` lines give them; 1 to 14 (RFC 8285 section 4.2), nil when not offered.
public struct PeerHeaderExtensions: Sendable, Hashable {
  /// `urn:ietf:params:rtp-hdrext:sdes:mid` (RFC 8843 section 15).
  public let mid: UInt8?
  /// `http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time`.
  public let absoluteSendTime: UInt8?

  public static let none = PeerHeaderExtensions()

  public init(mid: UInt8? = nil, absoluteSendTime: UInt8? = nil) {
    self.mid = mid
    self.absoluteSendTime = absoluteSendTime
  }
}
