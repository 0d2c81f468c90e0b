// How a new session's media is reached.

/// What the provider hands out so that a browser can connect. One case for each ``ProviderTraits/Negotiation``.
public enum MediaGrant: Sendable, Hashable {
  /// The provider's offer, which the browser answers.
  case offer(SessionDescription, iceServers: [IceServer])
  /// The provider waits for the browser's offer.
  case awaitsOffer(iceServers: [IceServer])
  /// A room to join with a token; the relay takes no part in its ICE.
  case room(url: String, token: String)
}
