// The offers have the vendors' shape, are new for each session, and point nowhere outside.
import Testing

@testable import MockProvider

@Suite struct OfferTests {
  private func lines(_ sdp: String) -> [String] { sdp.split(separator: "\r\n").map(String.init) }

  private func didOffer(_ codec: VideoCodec = .h264, seed: UInt64 = 1) -> [String] {
    var identifiers = IdentifierSource(seed: seed)
    return lines(DIDOffer(codec: codec, unixTime: VendorTime.epoch, from: &identifiers).sdp)
  }

  private func heyGenOffer(_ codec: VideoCodec = .vp8, seed: UInt64 = 1) -> [String] {
    var identifiers = IdentifierSource(seed: seed)
    return lines(HeyGenOffer(codec: codec, unixTime: VendorTime.epoch, from: &identifiers).sdp)
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

  @Test(arguments: VideoCodec.allCases)
  func whatEveryBrowserNeedsIsThere(codec: VideoCodec) {
    for offer in [didOffer(codec), heyGenOffer(codec)] {
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
    var one = IdentifierSource(seed: 9)
    var other = IdentifierSource(seed: 9)
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
