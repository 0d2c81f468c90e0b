// What a peer tells its owner.

/// Something that happened to a peer. Events come on the event loop, in order, and never from within a call of the
/// peer's own methods.
public enum PeerEvent: Sendable, Hashable {
  /// The browser chose a pair of addresses (RFC 8445 section 7.3.1.5); given again when it chooses another.
  case iceConnected(remote: String)
  /// The DTLS handshake is done and the certificate is the one of the answer: media can be sent.
  case connected
  /// A data channel can be used.
  case channelOpened(ChannelID, label: String, byRemote: Bool)
  case channelMessage(ChannelID, ChannelMessage)
  case channelClosed(ChannelID)
  /// The browser cannot go on without a key frame (PLI or FIR); told once until a key frame is sent.
  case keyFrameRequested
  /// The browser's estimate of what the path can carry, in bits in a second.
  case bandwidth(bitsPerSecond: Int)
  /// The peer is of no use any more; it has to be closed.
  case failed(PeerFailure)
  /// The browser said goodbye: its connection is closed.
  case closed
}
