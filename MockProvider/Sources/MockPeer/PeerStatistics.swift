// A peer in numbers.

/// What one peer has sent and heard since it was opened.
public struct PeerStatistics: Sendable, Hashable {
  /// One direction of a track.
  public struct Track: Sendable, Hashable {
    public var packets: UInt64 = 0
    /// Payload bytes, without headers.
    public var bytes: UInt64 = 0
    public var frames: UInt64 = 0
    /// Packets that were sent again.
    public var retransmitted: UInt64 = 0
    /// 0 to 1, by the last receiver report.
    public var loss: Double = 0
    public init() {}
  }
  public var audio = Track()
  public var video = Track()
  /// Asked for by PLI or FIR.
  public var keyFrameRequests: UInt64 = 0
  /// Packets that were asked for by NACK.
  public var missingPackets: UInt64 = 0
  /// By the last receiver report; nil until one came.
  public var roundTrip: Duration?
  /// The browser's last estimate (REMB) in bits in a second.
  public var bandwidth: Int?
  /// RTP packets that the browser sent: nothing is done with them.
  public var ignoredPackets: UInt64 = 0
  /// Datagrams that the path's impairment dropped.
  public var impairedDatagrams: UInt64 = 0
  /// The browser's numeric address and port.
  public var remote: String?
  /// The SRTP profile, as OpenSSL names it.
  public var protectionProfile: String?
  /// Open data channels.
  public var channels = 0
  public init() {}
}
