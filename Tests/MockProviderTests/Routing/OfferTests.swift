// The offers have the vendors' shape, are new for each session, and point nowhere outside.
import MockPeer
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct OfferTests {
  private func lines(_ sdp: String) -> [String] { sdp.split(separator: "\r\n").map(String.init) }

  private func didOffer(
    _ codecs: [PeerVideoCodec] = [.h264], peerFactory: any MediaPeerFactory = SignallingPeerFactory(), seed: UInt64 = 1
  ) -> [String] {
    var identifiers = VendorIdentifiers(seed: seed)
    let terms = peerFactory.terms(fragmentLength: 4, passwordLength: 22, from: &identifiers)
    return lines(DIDOffer(codecs: codecs, terms: terms, unixTime: VendorTime.epoch, from: &identifiers).sdp)
  }

  private func heyGenOffer(
    _ codec: PeerVideoCodec = .vp8, peerFactory: any MediaPeerFactory = SignallingPeerFactory(), seed: UInt64 = 1
  ) -> [String] {
    var identifiers = VendorIdentifiers(seed: seed)
    let terms = peerFactory.terms(fragmentLength: 16, passwordLength: 32, from: &identifiers)
    return lines(HeyGenOffer(codec: codec, terms: terms, unixTime: VendorTime.epoch, from: &identifiers).sdp)
  }

  /// A peerFactory with the addresses of a machine in a network.
  private struct Reachable: MediaPeerFactory {
    let candidates = [
      PeerCandidate(address: "192.0.2.7", port: 40_000, rank: 0),
      PeerCandidate(address: "2001:db8::7", port: 40_000, rank: 1),
      PeerCandidate(address: "127.0.0.1", port: 40_000, rank: 2),
    ]
    let isLite = true
    let lead = Duration.zero
    let counters: JSONValue = nil
    func fingerprint(_ identifiers: inout VendorIdentifiers) -> String { "sha-256 AA:BB" }
    func peer(for plan: MediaPlan) -> any MediaPeer { SignallingPeer(offer: plan.offer, checksAnswer: true) }
  }

  @Test func everyAddressIsACandidateAndTheDeviationIsStated() {
    for (offer, components, sections) in [
      (didOffer(peerFactory: Reachable()), 1, 3), (heyGenOffer(peerFactory: Reachable()), 2, 1),
    ] {
      #expect(offer.count { $0 == "a=ice-lite" } == 1)
      let media = offer.firstIndex { $0.hasPrefix("m=") } ?? 0
      #expect((offer.firstIndex(of: "a=ice-lite") ?? 0) < media, "a session-level attribute (RFC 8839 section 5.3)")
      #expect(offer.contains("a=fingerprint:sha-256 AA:BB"))
      let candidates = offer.filter { $0.hasPrefix("a=candidate:") }
      #expect(candidates.count == 3 * components * sections)
      #expect(Set(candidates.map { $0.split(separator: " ")[4] }) == ["192.0.2.7", "2001:db8::7", "127.0.0.1"])
    }
    #expect(didOffer(peerFactory: Reachable()).contains("c=IN IP4 192.0.2.7"))
    #expect(!didOffer().contains("a=ice-lite"))
  }

  @Test func autoOffersBothCodecsAndTheirRetransmissions() {
    #expect(DIDCompatibility.on.codecs == [.vp8])
    #expect(DIDCompatibility.off.codecs == [.h264])
    let offer = didOffer(DIDCompatibility.auto.codecs)
    #expect(offer.contains("m=video 9 UDP/TLS/RTP/SAVPF 102 103 100 101"))
    for line in ["a=rtpmap:102 H264/90000", "a=rtpmap:100 VP8/90000", "a=fmtp:103 apt=102", "a=fmtp:101 apt=100"] {
      #expect(offer.contains(line), "\(line)")
    }
    #expect(!offer.contains { $0.hasPrefix("a=fmtp:100 ") })
  }

  @Test(arguments: [PeerVideoCodec.vp8, .h264])
  func whatThePeerSendsIsWhatTheOfferSays(codec: PeerVideoCodec) {
    var identifiers = VendorIdentifiers(seed: 1)
    let terms = SignallingPeerFactory().terms(fragmentLength: 16, passwordLength: 32, from: &identifiers)
    let did = DIDOffer(codecs: [codec], terms: terms, unixTime: 0, from: &identifiers)
    let heyGen = HeyGenOffer(codec: codec, terms: terms, unixTime: 0, from: &identifiers)
    for (sdp, peer) in [(did.sdp, did.description), (heyGen.sdp, heyGen.description)] {
      let offer = lines(sdp)
      for mid in [peer.audio?.mid, peer.video?.mid, peer.dataMid] { #expect(offer.contains("a=mid:\(mid ?? "?")")) }
      for source in [peer.audio?.ssrc, peer.video?.ssrc, peer.video?.retransmissionSSRC].compactMap({ $0 }) {
        #expect(offer.contains("a=ssrc:\(source) cname:\(peer.cname)"))
      }
      let format = peer.video?.formats.first
      #expect(offer.contains("a=rtpmap:\(format?.payloadType ?? 0) \(codec.rawValue)/90000"))
      #expect(offer.contains("a=rtpmap:\(peer.audio?.payloadType ?? 0) opus/48000/2"))
      #expect(offer.contains("a=ice-ufrag:\(peer.credentials.usernameFragment)"))
      #expect(offer.contains("a=ice-pwd:\(peer.credentials.password)"))
      let mid = peer.video?.extensions.mid
      #expect(offer.contains("a=extmap:\(mid ?? 0) urn:ietf:params:rtp-hdrext:sdes:mid") == (mid != nil))
    }
  }

  @Test func didOffersAudioVideoDataUnderItsMids() {
    let offer = didOffer()
    #expect(offer.filter { $0.hasPrefix("m=") }.map { $0.prefix(7) } == ["m=audio", "m=video", "m=appli"])
    #expect(offer.filter { $0.hasPrefix("a=mid:") } == ["a=mid:a", "a=mid:v", "a=mid:d"])
    #expect(offer.contains("a=group:BUNDLE a v d"))
    #expect(offer.contains { $0.hasPrefix("s=Mountpoint ") && $0.count == 29 })
    #expect(offer.count { $0 == "a=sendonly" } == 2)
    #expect(offer.count { $0 == "a=end-of-candidates" } == 3)
    #expect(offer.first { $0.hasPrefix("a=ice-ufrag:") }?.count == 12 + 4)
    #expect(offer.first { $0.hasPrefix("a=ice-pwd:") }?.count == 10 + 22)
  }

  @Test func heyGenOffersVideoAudioDataUnderNumbers() {
    let offer = heyGenOffer()
    #expect(offer.filter { $0.hasPrefix("m=") }.map { $0.prefix(7) } == ["m=video", "m=audio", "m=appli"])
    #expect(offer.filter { $0.hasPrefix("a=mid:") } == ["a=mid:0", "a=mid:1", "a=mid:2"])
    #expect(offer.contains("a=group:BUNDLE 0 1 2"))
    #expect(offer.count { $0 == "a=sendonly" } == 1)
    #expect(offer.count { $0 == "a=sendrecv" } == 2)
    // Candidates for both components, in the first section only.
    #expect(offer.filter { $0.hasPrefix("a=candidate:") }.count == 2)
    #expect(offer.count { $0 == "a=end-of-candidates" } == 1)
    #expect(offer.first { $0.hasPrefix("a=ice-ufrag:") }?.count == 12 + 16)
    #expect(offer.first { $0.hasPrefix("a=ice-pwd:") }?.count == 10 + 32)
  }

  @Test(arguments: PeerVideoCodec.allCases)
  func whatEveryBrowserNeedsIsThere(codec: PeerVideoCodec) {
    for offer in [didOffer([codec]), heyGenOffer(codec)] {
      #expect(offer.prefix(1) == ["v=0"])
      #expect(offer.filter { $0 == "a=setup:actpass" }.count == 3)
      #expect(offer.filter { $0 == "a=rtcp-mux" }.count == 2)
      #expect(offer.contains("a=sctp-port:5000"))
      #expect(offer.contains { $0.hasSuffix(" \(codec.rawValue)/90000") })
      let fingerprint = offer.first { $0.hasPrefix("a=fingerprint:sha-256 ") } ?? ""
      let pairs = fingerprint.dropFirst(22).split(separator: ":")
      #expect(pairs.count == 32 && pairs.allSatisfy { UInt8($0, radix: 16) != nil })
      for candidate in offer where candidate.hasPrefix("a=candidate:") {
        let parts = candidate.split(separator: " ")
        #expect(parts[4] == "127.0.0.1")
        // Below 1024 Chromium ignores the candidate.
        #expect((Int(parts[5]) ?? 0) > 1024)
      }
      #expect(Set(offer.filter { $0.hasPrefix("a=ice-ufrag:") }).count == 1)
    }
  }

  @Test func credentialsAreNewForEachSessionAndFollowFromTheSeed() async throws {
    try await MockFixture.run { mock in
      let first = try await DIDStream.create(mock)
      let second = try await DIDStream.create(mock)
      #expect(first.offer != second.offer)
      #expect(first.sessionID != second.sessionID)
    }
    #expect(didOffer(seed: 3) == didOffer(seed: 3))
    #expect(didOffer(seed: 3) != didOffer(seed: 4))
    var one = VendorIdentifiers(seed: 9)
    var other = VendorIdentifiers(seed: 9)
    #expect((0..<5).map { _ in one.streamID() } == (0..<5).map { _ in other.streamID() })
  }

  @Test func equalSeedsGiveEqualReplies() async throws {
    var texts: [String] = []
    for _ in 0..<2 {
      try await MockFixture.run { mock in
        let did = await mock.post("/talks/streams", ["source_url": "https://example.com/a.jpg"])
        let heyGen = await mock.post("/v1/streaming.new", [:])
        texts.append((did.json?.text ?? "") + (heyGen.json?.text ?? ""))
      }
    }
    #expect(texts[0] == texts[1])
  }
}
