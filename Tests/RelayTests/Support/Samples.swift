// Holds values that many tests need.
import AvatarProvider
import SessionValues
import Signaling

extension ProviderTraits {
  /// Offers, takes candidates together and talks one by one, interrupts and extends.
  static let offering = ProviderTraits(
    negotiation: .providerOffers, trickle: Trickle(fromClient: true, endOfCandidates: true, fromProvider: false),
    dataChannel: DataChannel(openedBy: .client, label: "made-up", frames: .text),
    capabilities: SessionCapabilities(interrupt: .relay, extend: true, ssml: true, audio: true),
    lanes: .init(candidates: .together, talks: .oneByOne), textLength: .init(.bytes, 1...20), listsSessions: true)

  /// Waits for an offer, takes candidates one by one and talks together, can do little.
  static let awaiting = ProviderTraits(
    negotiation: .clientOffers, trickle: Trickle(fromClient: true, endOfCandidates: false, fromProvider: true),
    dataChannel: nil, capabilities: SessionCapabilities(interrupt: .none, extend: false, ssml: false, audio: false),
    lanes: .init(candidates: .oneByOne, talks: .together), textLength: .init(.bytes, 1...20))

  /// As ``offering``, of a provider that takes parts, or does not.
  static func writing(_ parts: SessionCapabilities.Parts) -> ProviderTraits {
    var traits = ProviderTraits.offering
    traits.capabilities.parts = parts
    traits.textLength = TextLength(.bytes, 2...100)
    return traits
  }

  /// Hands out a room.
  static let roomy = ProviderTraits(
    negotiation: .room, trickle: Trickle(fromClient: false, endOfCandidates: false, fromProvider: false),
    dataChannel: nil,
    capabilities: SessionCapabilities(interrupt: .dataChannel, extend: false, ssml: false, audio: true),
    lanes: .init(candidates: .together, talks: .oneByOne), textLength: .init(.bytes, 1...20))
}

extension ProviderSession {
  static func sample(
    _ grant: MediaGrant = .sampleOffer, idle: Duration? = .seconds(300), lifetime: Duration? = nil,
    events: AsyncStream<ProviderEvent>? = nil
  ) -> ProviderSession {
    ProviderSession(
      handle: SessionHandle(id: "up", routing: "cookie"), grant: grant, idleLimit: idle, lifetime: lifetime,
      events: events)
  }
}

extension MediaGrant {
  static let sampleOffer = MediaGrant.offer(
    SessionDescription(kind: .offer, sdp: "v=0 offer"),
    iceServers: [IceServer(urls: ["stun:stun.example"], username: "u", credential: "c")])
}

extension SessionDescription {
  static let sampleAnswer = SessionDescription(kind: .answer, sdp: "v=0 answer")
  static let sampleOffer = SessionDescription(kind: .offer, sdp: "v=0 offer")
}

extension IceCandidate {
  static func sample(_ name: String) -> IceCandidate {
    IceCandidate(candidate: name, sdpMid: "0", sdpMLineIndex: 0, usernameFragment: nil)
  }
}

extension ProviderFailure {
  static let gone = ProviderFailure(.sessionGone, "gone")
  static let unavailable = ProviderFailure(
    .unavailable, "down", retryAfter: .seconds(2), vendor: Vendor(status: 503, code: "E", message: "sorry"))
}
