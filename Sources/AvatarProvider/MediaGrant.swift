// How a new session's media is reached.

/// What the provider hands out so that a browser can connect. One case for each ``ProviderTraits/Negotiation``.
///
/// Its description shows neither SDP nor token.
public enum MediaGrant: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// The provider's offer, which the browser answers.
  case offer(SessionDescription, iceServers: [IceServer])
  /// The provider waits for the browser's offer.
  case awaitsOffer(iceServers: [IceServer])
  /// A room to join with a token; the relay takes no part in its ICE.
  case room(url: String, token: String)

  public var description: String {
    switch self {
    case .offer(let offer, let iceServers): "\(offer), \(iceServers.count) ICE servers"
    case .awaitsOffer(let iceServers): "awaits an offer, \(iceServers.count) ICE servers"
    case .room: "room"
    }
  }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
