// A media session sends what the vendor sends, when the vendor sends it.
import Basics
import Testing

@testable import MockPeer
@testable import MockProvider

@Suite struct MediaSessionTests {
  private static let did = ChannelDialect.did(namesTalks: false, canInterrupt: false)
  private static let fluent = ChannelDialect.did(namesTalks: true, canInterrupt: true)

  @Test func aLegacyStreamIsSilentUntilATalkAndAfterIt() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did)) { fixture in
      try await fixture.connect()
      await fixture.pass(.seconds(3))
      #expect(fixture.transport.sent.isEmpty)
      await fixture.speak("t1", for: .seconds(1))
      await fixture.pass(.seconds(5))
      #expect(fixture.messages == ["stream/started", "stream/done"])
      #expect(fixture.frames.count == 30)
      #expect(fixture.packets.count == 60)
      guard case .message(.text("stream/started"), _) = fixture.transport.sent.first else {
        Issue.record("the event comes before the first picture")
        return
      }
    }
  }

  @Test func packetsLieOnTheirGrid() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did)) { fixture in
      try await fixture.connect()
      await fixture.speak("t1", for: .seconds(2), after: .milliseconds(40))
      await fixture.pass(.seconds(3), step: .milliseconds(7))
      let steps = zip(fixture.packets, fixture.packets.dropFirst()).map { $1 - $0 }
      #expect(Set(steps) == [.milliseconds(20)])
      #expect(Set(zip(fixture.frames, fixture.frames.dropFirst()).map { $1 - $0 }) == [.milliseconds(40)])
      #expect(fixture.frames.first == fixture.packets.first)
    }
  }

  @Test func theFirstPictureOfATalkNeedsNoneBefore() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did)) { fixture in
      try await fixture.connect()
      for talk in ["t1", "t2"] {
        let before = fixture.transport.sent.count
        await fixture.speak(talk, for: .milliseconds(400))
        await fixture.pass(.seconds(2))
        let pictures = fixture.transport.sent.dropFirst(before).compactMap {
          if case .video(let isKeyFrame, _, _) = $0 { isKeyFrame } else { nil }
        }
        #expect(pictures.first == true)
        #expect(pictures.dropFirst().allSatisfy { !$0 })
      }
    }
  }

  @Test func aBrowserThatLostAPictureGetsAWholeOne() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.fluent, isContinuous: true)) { fixture in
      try await fixture.connect()
      await fixture.pass(.seconds(1))
      await fixture.mediaSession.handle(.keyFrameRequested)
      let before = fixture.transport.sent.count
      await fixture.pass(.milliseconds(200))
      guard case .video(isKeyFrame: true, _, _) = fixture.transport.sent.dropFirst(before).first else {
        Issue.record("a key frame expected")
        return
      }
    }
  }

  @Test func whoCannotAskGetsKeyFramesAnyway() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(.heyGen, isContinuous: true)) { fixture in
      try await fixture.connect(channel: nil)
      await fixture.pass(Camera.idleKeyFrameInterval * 2 + .seconds(1))
      #expect(fixture.keyFrames.count == 3)
      await fixture.speak("t1", for: .seconds(5))
      await fixture.pass(.seconds(5))
      #expect((5...6).contains(fixture.keyFrames.count))
    }
  }

  @Test func readyComesTwoSecondsAfterConnectingAndOnlyIfAskedFor() async throws {
    for warmsUp in [true, false] {
      try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did, warmsUp: warmsUp)) { fixture in
        try await fixture.connect()
        await fixture.pass(.milliseconds(1980))
        #expect(fixture.messages.isEmpty)
        #expect(fixture.frames.isEmpty == !warmsUp)
        await fixture.pass(.milliseconds(20))
        #expect(fixture.messages == (warmsUp ? ["stream/ready"] : []))
        let frames = fixture.frames.count
        await fixture.pass(.seconds(5))
        #expect(fixture.frames.count == frames)
        #expect(fixture.packets.isEmpty)
      }
    }
  }

  @Test func heyGenOpensItsChannelAndSpeaksBytes() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(.heyGen, isContinuous: true)) { fixture in
      try await fixture.connect(channel: nil)
      #expect(fixture.transport.sent.contains(.channel("data")))
      // A channel of the page's own is not the one.
      await fixture.open("mine", number: 2)
      await fixture.speak("t1", for: .milliseconds(500))
      await fixture.pass(.milliseconds(100))
      #expect(fixture.messages.isEmpty)
      await fixture.open("data", isTheirs: false, number: 1)
      await fixture.pass(.seconds(1))
      #expect(fixture.messages.count == 2)
      #expect(fixture.messages.first == #"{"type":"avatar_start_talking","task_id":"t1"}"#)
      #expect(
        fixture.transport.sent.allSatisfy {
          if case .message(let message, let channel) = $0 { message.isBytes && channel.number == 1 } else { true }
        })
    }
  }

  @Test func eventsWaitForTheChannelAndAreBounded() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.fluent), video: nil, audio: false) { fixture in
      try await fixture.connect(channel: nil)
      for number in 0..<60 {
        await fixture.speak("t\(number)", for: .milliseconds(10), after: .milliseconds(20 * number))
      }
      await fixture.pass(.seconds(3))
      #expect(fixture.messages.isEmpty)
      await fixture.open(MediaSession.janusChannel)
      #expect(fixture.messages.count == MediaSession.waitingEvents)
      #expect(fixture.messages.last == #"stream/done:{"metadata":{"videoId":"t59"}}"#)
    }
  }

  @Test func aRefusedSectionStopsNothingElse() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did), video: nil) { fixture in
      try await fixture.connect()
      await fixture.speak("t1", for: .milliseconds(400))
      await fixture.pass(.seconds(2))
      #expect(fixture.frames.isEmpty)
      #expect(fixture.packets.count == 30)
      #expect(fixture.messages.count == 2)
    }
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did), audio: false, channels: false) { fixture in
      try await fixture.connect(channel: nil)
      await fixture.speak("t1", for: .milliseconds(400))
      await fixture.pass(.seconds(2))
      #expect(fixture.frames.count == 15)
      #expect(fixture.packets.isEmpty)
    }
  }

  @Test func anInterruptionEndsTheTalkAtOnce() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(.heyGen, isContinuous: true)) { fixture in
      try await fixture.connect(channel: nil)
      await fixture.open("data", isTheirs: false)
      await fixture.speak("t1", for: .seconds(60))
      await fixture.pass(.seconds(1))
      await fixture.mediaSession.interrupt()
      #expect(fixture.messages.count == 2)
      #expect(fixture.messages.last?.contains(#""duration_ms":1000"#) == true)
      let packets = fixture.packets.count
      await fixture.pass(.seconds(3))
      #expect(fixture.packets.count - packets <= 10, "silence, until the browser's buffers are empty")
      #expect(fixture.messages.count == 2)
    }
  }

  @Test func onlyTheTalkThatIsSaidIsInterruptedByTheBrowser() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.fluent, isContinuous: true)) { fixture in
      try await fixture.connect()
      await fixture.speak("t1", for: .seconds(5))
      await fixture.pass(.milliseconds(100))
      for talk in ["t0", "t1"] {
        let text = #"{"type":"stream/interrupt","videoId":"\#(talk)","timestamp":1}"#
        await fixture.mediaSession.handle(.channelMessage(ChannelID(number: 1), .text(text)))
      }
      #expect(fixture.reports.all == [MediaReport(session: "session-1", event: .interrupted(talk: "t1"))])
    }
  }

  @Test func aSilentBrowserIsReportedAndEverythingEnds() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(.heyGen, isContinuous: true)) { fixture in
      try await fixture.connect(channel: nil)
      await fixture.pass(.seconds(1))
      await fixture.mediaSession.handle(.failed(.consentExpired))
      #expect(fixture.reports.all == [MediaReport(session: "session-1", event: .lost)])
      #expect(fixture.transport.sent.last == .close)
      let sent = fixture.transport.sent.count
      await fixture.mediaSession.handle(.connected)
      await fixture.speak("t1", for: .seconds(1))
      await fixture.pass(.seconds(2))
      #expect(fixture.transport.sent.count == sent)
      #expect(await fixture.mediaSession.snapshot.state == .failed)
    }
  }

  @Test func aBrowserThatSaysGoodbyeIsNotReported() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did)) { fixture in
      try await fixture.connect()
      await fixture.mediaSession.handle(.closed)
      #expect(fixture.reports.all.isEmpty)
      #expect(await fixture.mediaSession.snapshot.state == .closed)
    }
  }

  @Test func whoSpeaksBeforeTheAnswerDoesNotWait() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did)) { fixture in
      await fixture.mediaSession.settled()
      #expect(await fixture.mediaSession.state == .offered)
    }
  }

  @Test(arguments: [false, true])
  func whoSpeaksFromTheAnswerOnWaitsUntilMediaConnects(isSecuring: Bool) async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did)) { fixture in
      try await fixture.mediaSession.accept(answer: "v=0")
      if isSecuring { await fixture.mediaSession.handle(.iceConnected(remote: "127.0.0.1:1")) }
      let waiting = waitToSettle(fixture)
      if !isSecuring { await fixture.mediaSession.handle(.iceConnected(remote: "127.0.0.1:1")) }
      await fixture.mediaSession.handle(.connected)
      #expect(await waiting.value == .connected)
    }
  }

  @Test func whoWaitsIsToldThatTheSessionIsOver() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did)) { fixture in
      try await fixture.mediaSession.accept(answer: "v=0")
      let waiting = waitToSettle(fixture)
      await fixture.mediaSession.close()
      #expect(await waiting.value == .closed)
    }
  }

  /// The time counts from the answer, and anew from when ICE has found a way.
  @Test func nobodyWaitsForEver() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did)) { fixture in
      try await fixture.mediaSession.accept(answer: "v=0")
      let unreached = waitToSettle(fixture)
      await fixture.clock.waitForSleepers(1)
      fixture.clock.advance(by: MediaSession.connectingPatience)
      #expect(await unreached.value == .answered)
      // Nor does whoever comes later.
      await fixture.mediaSession.settled()

      await fixture.mediaSession.handle(.iceConnected(remote: "127.0.0.1:1"))
      let unsecured = waitToSettle(fixture)
      await fixture.clock.waitForSleepers(1)
      fixture.clock.advance(by: MediaSession.connectingPatience)
      #expect(await unsecured.value == .securing)
    }
  }

  @Test func aWayThatIsFoundLateStillLeavesTimeForEncryption() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did)) { fixture in
      try await fixture.mediaSession.accept(answer: "v=0")
      let waiting = waitToSettle(fixture)
      await fixture.clock.waitForSleepers(1)
      fixture.clock.advance(by: MediaSession.connectingPatience - .milliseconds(1))
      await fixture.mediaSession.handle(.iceConnected(remote: "127.0.0.1:1"))
      await fixture.clock.waitForSleepers(2)
      fixture.clock.advance(by: .seconds(1))
      // The first time is over and has woken nobody for good.
      await fixture.clock.waitForSleepers(1)
      await fixture.mediaSession.handle(.connected)
      #expect(await waiting.value == .connected)
    }
  }

  private func waitToSettle(_ fixture: MediaSessionFixture) -> Task<MediaSnapshot.State, Never> {
    let mediaSession = fixture.mediaSession
    return Task {
      await mediaSession.settled()
      return await mediaSession.state
    }
  }

  @Test func aChannelThatIsFullLosesAnEventAndNothingElse() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did)) { fixture in
      try await fixture.connect()
      fixture.transport.fill()
      await fixture.speak("t1", for: .milliseconds(200))
      await fixture.pass(.seconds(1))
      #expect(fixture.messages.isEmpty)
      #expect(fixture.frames.count == 10)
    }
  }

  @Test func anEstimateOfThePathLowersTheRate() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(.heyGen, isContinuous: true)) { fixture in
      try await fixture.connect(channel: nil)
      #expect(await fixture.mediaSession.snapshot.bitrate == 200_000)
      await fixture.mediaSession.handle(.bandwidth(bitsPerSecond: 100_000))
      #expect(await fixture.mediaSession.snapshot.bitrate == 80_000)
      await fixture.mediaSession.handle(.bandwidth(bitsPerSecond: 1))
      #expect(await fixture.mediaSession.snapshot.bitrate > 0)
      await fixture.mediaSession.handle(.bandwidth(bitsPerSecond: 1_000_000_000))
      #expect(await fixture.mediaSession.snapshot.bitrate == 200_000)
    }
  }

  @Test func aRefusedAnswerCanBeFollowedByABetterOne() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did)) { fixture in
      let transport = ScriptedTransport(
        PeerNegotiation(videoCodec: nil, hasAudio: true, hasDataChannels: true, hasRetransmission: false),
        refusing: .notSDP)
      await fixture.mediaSession.attach(transport)
      await #expect(throws: AnswerError.notSDP) { try await fixture.mediaSession.accept(answer: "hello") }
      #expect(await fixture.mediaSession.state == .offered)
    }
  }

  /// A public URL is never loaded: the fixture's client records an issue when it is asked.
  @Test(arguments: [nil, "https://example.com/a.jpg", "s3://bucket/a.jpg", "http://10.0.0.1/a.jpg"] as [String?])
  func publicPicturesAreNeverFetched(url: String?) async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(Self.did, picture: url)) { fixture in
      try await fixture.connect()
      await fixture.speak("t1", for: .milliseconds(100))
      await fixture.pass(.seconds(1))
      #expect(fixture.frames.count == 8)
    }
  }
}

extension ChannelMessage {
  fileprivate var isBytes: Bool { if case .bytes = self { true } else { false } }
}
