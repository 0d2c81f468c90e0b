// The video codecs that a peer can send.

/// How video is named in SDP and put into RTP packets.
public enum PeerVideoCodec: String, Sendable, CaseIterable {
  /// RFC 7741.
  case vp8 = "VP8"
  /// RFC 6184, packetization mode 1, constrained baseline.
  case h264 = "H264"
}
