// The audio that a peer offers to send.

/// One Opus track (RFC 7587): 48 kHz clock whatever the content.
public struct PeerAudio: Sendable, Hashable {
  /// The `a=mid` of its section.
  public let mid: String
  public let ssrc: UInt32
  /// 96 to 127.
  public let payloadType: UInt8
  public let extensions: PeerHeaderExtensions

  public init(mid: String, ssrc: UInt32, payloadType: UInt8, extensions: PeerHeaderExtensions = .none) {
    self.mid = mid
    self.ssrc = ssrc
    self.payloadType = payloadType
    self.extensions = extensions
  }
}
