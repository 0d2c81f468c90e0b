// A stage whose wire is scripted and whose time only the test moves.
import Logging
import TalkingAvatar
import Testing
import Timekeeping
import Transport

@testable import MockPeer
@testable import MockProvider

/// Drives one stage as its session and its peer would.
struct StageFixture: Sendable {
  let loop: EventLoop
  let clock: SteppableClock
  let stage: MediaStage
  let wire: ScriptedWire
  let reports: StageReports

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
    _ body: (StageFixture) async throws -> Void
  ) async throws {
    let loop = try EventLoop()
    let clock = SteppableClock()
    let reports = StageReports()
    var logger = Logger(label: "stage-test")
    logger.logLevel = .critical
    let settings = StageSettings(
      loop: loop, clock: clock, packetClock: clock, wallClock: { 1_700_000_000_000 }, framesPerSecond: 25,
      crowd: StreamCrowd(on: loop), library: MediaLibrary(folders: [], client: UnusedClient()), logger: logger,
      report: { reports.append($0) })
    let stage = MediaStage(plan, settings)
    let wire = ScriptedWire(
      PeerNegotiation(
        videoCodec: video, hasAudio: audio, hasDataChannels: channels, hasRetransmission: false))
    await stage.attach(wire)
    try await body(StageFixture(loop: loop, clock: clock, stage: stage, wire: wire, reports: reports))
    await stage.close()
    await loop.stop()
  }

  /// Answers and connects; with a channel of the browser's if it has a label.
  func connect(channel label: String? = MediaStage.janusChannel) async throws {
    try await stage.accept(answer: "v=0")
    await stage.handle(.iceConnected(remote: "127.0.0.1:1"))
    await stage.preparation?.value
    await stage.handle(.connected)
    if let label { await open(label) }
  }

  func open(_ label: String, isTheirs: Bool = true, number: Int = 1) async {
    await stage.handle(.channelOpened(ChannelID(number: number), label: label, byRemote: isTheirs))
  }

  /// A talk of a tone, from now on.
  func speak(_ id: String, for duration: Duration, after delay: Duration = .zero) async {
    let samples = [Int16](repeating: 1000, count: Int(duration / .seconds(1) * Double(Speech.sampleRate)))
    let talk = MockTalk(id: id, duration: duration, startsAt: clock.now.advanced(by: delay))
    await stage.play(talk, Speech(samples: samples, mouth: [], words: []))
  }

  /// Lets time pass in steps of a millisecond's multiple, as a loop would see it.
  func pass(_ duration: Duration, step: Duration = .milliseconds(20)) async {
    var left = duration
    while left > .zero {
      clock.advance(by: min(step, left))
      left -= step
      await stage.catchUp()
    }
  }

  var messages: [String] {
    wire.sent.compactMap {
      switch $0 {
      case .message(.text(let text), _): text
      case .message(.bytes(let bytes), _): String(decoding: bytes, as: UTF8.self)
      default: nil
      }
    }
  }

  var frames: [Duration] { wire.sent.compactMap { if case .video(_, _, let time) = $0 { time } else { nil } } }
  var keyFrames: [Duration] {
    wire.sent.compactMap { if case .video(isKeyFrame: true, _, let time) = $0 { time } else { nil } }
  }
  var packets: [Duration] { wire.sent.compactMap { if case .audio(_, let time) = $0 { time } else { nil } } }
}
