// A media session whose transport is scripted and whose time only the test moves.
import Basics
import Logging
import MockClock
import TalkingAvatar
import Testing
import Transport

@testable import MockPeer
@testable import MockProvider

/// Drives one media session as its session and its peer would.
struct MediaSessionFixture: Sendable {
  let loop: EventLoop
  let clock: SteppableClock
  let mediaSession: MediaSession
  let transport: ScriptedTransport
  let reports: MediaReports
  let faults: MessageFaults

  static func plan(
    _ dialect: ChannelDialect, isContinuous: Bool = false, warmsUp: Bool = false, picture: String? = nil
  ) -> MediaPlan {
    MediaPlan(
      session: "session-1", offer: "",
      description: PeerDescription(credentials: PeerCredentials(usernameFragment: "abcd", password: "x"), cname: "c"),
      dialect: dialect, size: .square320, bitrate: 200_000, isContinuous: isContinuous, warmsUp: warmsUp, look: "anna",
      isKeyed: false, picture: picture, checksAnswer: true)
  }

  static func run(
    _ plan: MediaPlan, video: PeerVideoCodec? = .vp8, audio: Bool = true, channels: Bool = true,
    _ body: (MediaSessionFixture) async throws -> Void
  ) async throws {
    let loop = try EventLoop()
    let clock = SteppableClock()
    let reports = MediaReports()
    var logger = Logger(label: "mediaSession-test")
    logger.logLevel = .critical
    let faults = MessageFaults(on: loop)
    let settings = MediaSessionSettings(
      loop: loop, clock: clock, packetClock: clock, wallClock: { 1_700_000_000_000 }, framesPerSecond: 25,
      idleStreams: IdleStreams(on: loop), library: MediaLibrary(folders: [], client: UnusedClient()), logger: logger,
      messageFaults: faults, report: { reports.append($0) })
    let mediaSession = MediaSession(plan, settings)
    let transport = ScriptedTransport(
      PeerNegotiation(
        videoCodec: video, hasAudio: audio, hasDataChannels: channels, hasRetransmission: false))
    await mediaSession.attach(transport)
    try await body(
      MediaSessionFixture(loop: loop, clock: clock, mediaSession: mediaSession, transport: transport, reports: reports, faults: faults))
    await mediaSession.close()
    await loop.stop()
  }

  /// Answers and connects; with a channel of the browser's if it has a label.
  func connect(channel label: String? = MediaSession.janusChannel) async throws {
    try await mediaSession.accept(answer: "v=0")
    await mediaSession.handle(.iceConnected(remote: "127.0.0.1:1"))
    await mediaSession.preparation?.value
    await mediaSession.handle(.connected)
    if let label { await open(label) }
  }

  func open(_ label: String, isTheirs: Bool = true, number: Int = 1) async {
    await mediaSession.handle(.channelOpened(ChannelID(number: number), label: label, byRemote: isTheirs))
  }

  /// A talk of a tone, from now on.
  func speak(_ id: String, for duration: Duration, after delay: Duration = .zero) async {
    let samples = [Int16](repeating: 1000, count: Int(duration / .seconds(1) * Double(Speech.sampleRate)))
    let talk = MockTalk(id: id, duration: duration, startsAt: clock.now.advanced(by: delay))
    await mediaSession.play(talk, Speech(samples: samples, mouth: [], words: []))
  }

  /// Lets time pass in steps of a millisecond's multiple, as a loop would see it.
  func pass(_ duration: Duration, step: Duration = .milliseconds(20)) async {
    var left = duration
    while left > .zero {
      clock.advance(by: min(step, left))
      left -= step
      await mediaSession.catchUp()
    }
  }

  var messages: [String] {
    transport.sent.compactMap {
      switch $0 {
      case .message(.text(let text), _): text
      case .message(.bytes(let bytes), _): String(decoding: bytes, as: UTF8.self)
      default: nil
      }
    }
  }

  var frames: [Duration] { transport.sent.compactMap { if case .video(_, _, let time) = $0 { time } else { nil } } }
  var keyFrames: [Duration] {
    transport.sent.compactMap { if case .video(isKeyFrame: true, _, let time) = $0 { time } else { nil } }
  }
  var packets: [Duration] { transport.sent.compactMap { if case .audio(_, let time) = $0 { time } else { nil } } }
}
