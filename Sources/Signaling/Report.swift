// What only the browser can see and tells the relay.

/// One observation of the browser about its peer connection.
public enum Report: Sendable, Hashable {
  /// W3C's `RTCIceConnectionState`.
  public enum IceState: String, Sendable, Hashable, CaseIterable {
    case new, checking, connected, completed, disconnected, failed, closed
  }
  /// W3C's `RTCDataChannelState`.
  public enum ChannelState: String, Sendable, Hashable, CaseIterable { case connecting, open, closing, closed }

  case iceConnectionState(IceState)
  case dataChannelState(ChannelState)
  /// A data-channel message verbatim; a binary one decoded as UTF-8.
  case dataChannelMessage(String)
  /// The types (`host`, `srflx`, `prflx`, `relay`) and the protocol (`udp`, `tcp`) of the selected pair.
  case candidatePair(local: String, remote: String, protocol: String)
}
