// Values that many tests need.
import AvatarProvider
import Signaling

extension ProviderTraits {
  /// Offers, takes candidates together and talks one by one, interrupts and extends.
  static let offering = ProviderTraits(
    negotiation: .providerOffers, trickle: Trickle(fromClient: true, endOfCandidates: true, fromProvider: false),
    dataChannel: DataChannel(openedBy: .client, label: "made-up", frames: .text),
    capabilities: Capabilities(interrupt: .relay, extend: true, ssml: true, audioScript: true),
    lanes: .init(candidates: .together, talks: .oneByOne), maximumTextBytes: 20, listsSessions: true)

  /// Waits for an offer, takes candidates one by one and talks together, can do little.
  static let awaiting = ProviderTraits(
    negotiation: .clientOffers, trickle: Trickle(fromClient: true, endOfCandidates: false, fromProvider: true),
    dataChannel: nil, capabilities: Capabilities(interrupt: .none, extend: false, ssml: false, audioScript: false),
    lanes: .init(candidates: .oneByOne, talks: .together), maximumTextBytes: 20)

  /// Hands out a room.
  static let roomy = ProviderTraits(
    negotiation: .room, trickle: Trickle(fromClient: false, endOfCandidates: false, fromProvider: false),
    dataChannel: nil,
    capabilities: Capabilities(interrupt: .dataChannel, extend: false, ssml: false, audioScript: true),
    lanes: .init(candidates: .together, talks: .oneByOne), maximumTextBytes: 20)
}

extension ProviderSession {
  static func sample(
    _ grant: MediaGrant = .sampleOffer, idle: Duration? = .seconds(300), lifetime: Duration? = nil,
    events: AsyncStream<ProviderEvent>? = nil
  ) -> ProviderSession {
    ProviderSession(
      handle: Handle(id: "up", routing: "cookie"), grant: grant, idleLimit: idle, lifetime: lifetime, events: events)
  }
}

extension MediaGrant {
  static let sampleOffer = MediaGrant.offer(
    SessionDescription(kind: .offer, sdp: "v=0 offer"),
    iceServers: [IceServer(urls: ["stun:stun.example"], username: "u", credential: "c")])
}

extension SDPDescription {
  static let sampleAnswer = SDPDescription(type: .answer, sdp: "v=0 answer")
  static let sampleOffer = SDPDescription(type: .offer, sdp: "v=0 offer")
}

extension CandidateInit {
  static func sample(_ name: String) -> CandidateInit {
    CandidateInit(candidate: name, sdpMid: "0", sdpMLineIndex: 0, usernameFragment: nil)
  }
}

extension ProviderFailure {
  static let gone = ProviderFailure(.sessionGone, "gone")
  static let unavailable = ProviderFailure(
    .unavailable, "down", retryAfter: .seconds(2), vendor: Vendor(status: 503, code: "E", message: "sorry"))
}
