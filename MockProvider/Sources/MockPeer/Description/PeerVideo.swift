// The video that a peer offers to send.

/// One track in one of the offered formats.
public struct PeerVideo: Sendable, Hashable {
  /// A codec under a payload type.
  public struct Format: Sendable, Hashable {
    public let codec: PeerVideoCodec
    /// 96 to 127.
    public let payloadType: UInt8
    /// The payload type of its retransmissions (RFC 4588); nil when the offer has no rtx line for it.
    public let retransmissionPayloadType: UInt8?

    public init(codec: PeerVideoCodec, payloadType: UInt8, retransmissionPayloadType: UInt8? = nil) {
      self.codec = codec
      self.payloadType = payloadType
      self.retransmissionPayloadType = retransmissionPayloadType
    }
  }

  /// The `a=mid` of its section.
  public let mid: String
  public let ssrc: UInt32
  /// The second SSRC of `a=ssrc-group:FID`; nil when retransmissions go out under ``ssrc``.
  public let retransmissionSSRC: UInt32?
  /// In the offer's order of preference.
  public let formats: [Format]
  public let extensions: PeerHeaderExtensions

  public init(
    mid: String, ssrc: UInt32, retransmissionSSRC: UInt32? = nil, formats: [Format],
    extensions: PeerHeaderExtensions = .none
  ) {
    self.mid = mid
    self.ssrc = ssrc
    self.retransmissionSSRC = retransmissionSSRC
    self.formats = formats
    self.extensions = extensions
  }
}
