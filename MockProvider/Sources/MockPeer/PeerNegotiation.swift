// What an answer has agreed to.

/// Which of the offered sections are used.
public struct PeerNegotiation: Sendable, Hashable {
  /// The codec that video is to be sent in; nil when the browser refused video.
  public let videoCodec: PeerVideoCodec?
  public let hasAudio: Bool
  public let hasDataChannels: Bool
  /// Lost video packets are resent under their own SSRC (RFC 4588).
  public let hasRetransmission: Bool
}
