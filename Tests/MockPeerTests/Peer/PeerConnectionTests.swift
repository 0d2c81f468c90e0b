// A peer and a browser over loopback.
import Basics
import Testing
import Transport

@testable import MockPeer

@Suite("Peer", .timeLimit(.minutes(2)))
struct PeerConnectionTests {
  /// What came in place of what the test goes on with.
  private struct UnexpectedEvent: Error {
    let words: String
    init(_ event: some Sendable) { words = "\(event)" }
  }

  @Test(arguments: [true, false])
  func connectsInBothRoles(isActive: Bool) async throws {
    try await Bench.run(isActive: isActive) { bench in
      await bench.browser.connect()
      try await bench.peerEvents.wait {
        if case .iceConnected(let remote) = $0 { remote.hasPrefix("127.0.0.1:") } else { false }
      }
      try await bench.peerEvents.wait { $0 == .connected }
      let negotiated = try #require(await bench.peer.negotiated)
      #expect(negotiated.videoCodec == .vp8 && negotiated.hasAudio && negotiated.hasDataChannels)
      let profile = await bench.peer.statistics.protectionProfile
      #expect(profile == (SrtpSession.hasGCM ? "SRTP_AEAD_AES_128_GCM" : "SRTP_AES128_CM_SHA1_80"))
    }
  }

  @Test func mediaAndReportsArrive() async throws {
    try await Bench.run { bench in
      try await bench.connect()
      #expect(await bench.peer.sendVideo(frame: [1, 2, 3], isKeyFrame: true, at: .zero))
      #expect(await bench.peer.sendAudio(packet: [7], at: .zero))
      let video = try await bench.browserEvents.wait { if case .rtp = $0 { true } else { false } }
      guard case .rtp(let bytes) = video else { throw UnexpectedEvent(video) }
      #expect(bytes[0] == 0x80 && bytes[1] == 0x80 | 100 && bytes.uint32(at: 8) == 22)
      #expect(Array(bytes.suffix(3)) == [1, 2, 3])
      try await bench.browserEvents.wait {
        if case .rtcp(let bytes) = $0 { bytes[1] == 200 && bytes.uint32(at: 4) == 22 } else { false }
      }
      #expect(await !bench.peer.sendAudio(packet: [UInt8](repeating: 0, count: MediaSender.maximumPayloadBytes + 1), at: .zero))
      #expect(await !bench.peer.sendVideo(frame: [], isKeyFrame: true, at: .zero))
    }
  }

  @Test func nothingIsSentBeforeTheConnectionIsUp() async throws {
    try await Bench.run { bench in
      #expect(await !bench.peer.sendVideo(frame: [1], isKeyFrame: true, at: .zero))
      #expect(await !bench.peer.sendAudio(packet: [1], at: .zero))
      #expect(await bench.host.counters.sentDatagrams == 0)
    }
  }

  @Test func requestsAreTold() async throws {
    try await Bench.run { bench in
      try await bench.connect()
      await bench.peer.sendVideo(frame: [1], isKeyFrame: true, at: .zero)
      let video = try await bench.browserEvents.wait { if case .rtp = $0 { true } else { false } }
      guard case .rtp(let first) = video else { throw UnexpectedEvent(video) }
      let pli = [UInt8](hex: "81ce0002 0000000a 00000016")
      await bench.browser.send(rtcp: pli)
      try await bench.peerEvents.wait { $0 == .keyFrameRequested }
      // REMB comes after two more requests, which are not told until a key frame was sent.
      await bench.browser.send(rtcp: pli)
      await bench.browser.send(rtcp: [UInt8](hex: "8fce0005 0000000a 00000000 52454d42 010bd090 00000016"))
      let next = try await bench.peerEvents.wait { _ in true }
      #expect(next == .bandwidth(bitsPerSecond: 0x3D090 << 2))
      var nack = [UInt8](hex: "81cd0003 0000000a 00000016 00000000")
      nack.setUInt16(first.uint16(at: 2), at: 12)
      await bench.browser.send(rtcp: nack)
      // The same packet again, which the browser's replay check hides; the count tells.
      try await bench.settle()
      let statistics = await bench.peer.statistics
      #expect(statistics.missingPackets == 1 && statistics.video.retransmitted == 1 && statistics.keyFrameRequests == 2)
      #expect(statistics.bandwidth == 0x3D090 << 2)
    }
  }

  @Test func channelsOpenFromBothSidesAndCarryBothKinds() async throws {
    try await Bench.run { bench in
      try await bench.connect()
      let own = try await bench.peer.openChannel(label: "events")
      try await bench.peer.send("before it is open", on: own)
      let theirs = try await bench.browser.openChannel("JanusDataChannel")
      try await bench.browserEvents.wait {
        if case .channel(.channelOpened(_, "events", true)) = $0 { true } else { false }
      }
      try await bench.browserEvents.wait {
        if case .channel(.channelMessage(_, .text("before it is open"))) = $0 { true } else { false }
      }
      let opened = try await bench.peerEvents.wait {
        if case .channelOpened(_, "JanusDataChannel", true) = $0 { true } else { false }
      }
      guard case .channelOpened(let id, _, _) = opened else { throw UnexpectedEvent(opened) }
      let long = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
      // The answer names no size, so RFC 8841's 64 KiB hold for what the browser takes.
      await #expect(throws: ChannelError.tooLong) { try await bench.peer.send(long, on: id) }
      try await bench.browser.send(.bytes(long), on: theirs)
      try await bench.peerEvents.wait { $0 == .channelMessage(id, .bytes(long)) }
      try await bench.peer.send([UInt8](long[..<60_000]), on: id)
      try await bench.browserEvents.wait {
        if case .channel(.channelMessage(_, .bytes(let bytes))) = $0 { bytes == Array(long[..<60_000]) } else { false }
      }
    }
  }

  /// Loss and reordering of 5 % on both ways: every message arrives once and in order.
  @Test(arguments: [1, 2, 3])
  func lossAndReorderingAreSurvived(seed: UInt64) async throws {
    let impairment = Impairment(loss: 0.05, jitter: .milliseconds(2), reordering: 0.05, seed: seed)
    try await Bench.run(impairment: impairment) { bench in
      try await bench.connect()
      let id = try await bench.peer.openChannel(label: "events")
      let body = String(repeating: "x", count: 2_000)
      for number in 0..<60 { try await bench.peer.send("\(number) \(body)", on: id) }
      for number in 0..<60 {
        let event = try await bench.browserEvents.wait {
          if case .channel(.channelMessage) = $0 { true } else { false }
        }
        guard case .channel(.channelMessage(let theirs, .text(let text))) = event else { throw UnexpectedEvent(event) }
        #expect(text == "\(number) \(body)")
        try await bench.browser.send(.text(text), on: theirs)
      }
      for number in 0..<60 {
        let event = try await bench.peerEvents.wait { if case .channelMessage = $0 { true } else { false } }
        #expect(event == .channelMessage(id, .text("\(number) \(body)")))
      }
      #expect(await bench.peer.statistics.impairedDatagrams > 0)
    }
  }

  @Test func closingSaysGoodbyeAndThenNothing() async throws {
    try await Bench.run { bench in
      try await bench.connect()
      _ = try await bench.browser.openChannel("x")
      try await bench.peerEvents.wait { if case .channelOpened = $0 { true } else { false } }
      await bench.peer.sendAudio(packet: [1], at: .zero)
      await bench.peer.close()
      await bench.peer.close()
      try await bench.browserEvents.wait {
        if case .rtcp(let bytes) = $0 {
          bytes.count > 20 && bytes[1] == 201 && bytes[bytes.count - 7] == 203
        } else {
          false
        }
      }
      try await bench.browserEvents.wait { if case .channel(.channelClosed) = $0 { true } else { false } }
      try await bench.browserEvents.wait { $0 == .closed }
      let sent = await bench.host.counters.sentDatagrams
      #expect(await !bench.peer.sendAudio(packet: [1], at: .zero))
      await #expect(throws: ChannelError.closed) { _ = try await bench.peer.openChannel(label: "y") }
      await #expect(throws: AnswerError.closed) { try await bench.peer.accept(answer: "") }
      #expect(await bench.host.counters.sentDatagrams == sent)
      #expect(await bench.host.peerCount == 0)
      #expect(await bench.peer.statistics.audio.packets == 1)
    }
  }

  @Test func theBrowsersGoodbyeIsTold() async throws {
    try await Bench.run { bench in
      try await bench.connect()
      let id = try await bench.peer.openChannel(label: "events")
      try await bench.peerEvents.wait { $0 == .channelOpened(id, label: "events", byRemote: false) }
      await bench.browser.close()
      try await bench.peerEvents.wait { $0 == .channelClosed(id) }
      try await bench.peerEvents.wait { $0 == .closed }
      await #expect(throws: ChannelError.closed) { try await bench.peer.send("x", on: id) }
    }
  }

  @Test func theAnswerIsTakenOnce() async throws {
    try await Bench.run { bench in
      try await bench.peer.accept(answer: bench.browser.answer())
      let other = String(repeating: "AB:", count: 31) + "AB"
      await #expect(throws: AnswerError.answeredBefore) {
        try await bench.peer.accept(answer: bench.browser.answer(fingerprint: "sha-256 " + other))
      }
    }
  }

  @Test func channelsThatWereRefusedAreUnavailable() async throws {
    let loop = try EventLoop()
    let host = try await Bench.host(on: loop)
    let peer = try await host.open(PeerAnswerTests.description) { _ in }
    await #expect(throws: ChannelError.unavailable) { _ = try await peer.openChannel(label: "x") }
    try await peer.accept(answer: AnswerSamples.chromium.replacing("m=application 9", with: "m=application 0"))
    await #expect(throws: ChannelError.unavailable) { _ = try await peer.openChannel(label: "x") }
    #expect(await peer.negotiated?.hasDataChannels == false)
    await host.stop()
    await loop.stop()
  }
}
