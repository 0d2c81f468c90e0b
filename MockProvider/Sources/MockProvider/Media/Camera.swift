// Paints, compresses and counts a session's pictures.
import Basics
import MockPeer
import TalkingAvatar
import Transport

/// Turns moments into video frames. Owned by its media session, made when media connects and gone when it ends.
final class Camera {
  /// How often a key frame is sent to a browser that cannot ask for one, while somebody speaks.
  static let keyFrameInterval = Duration.seconds(2)
  /// How often it is sent while nobody speaks: a key frame costs as much as ten others.
  static let idleKeyFrameInterval = Duration.seconds(10)
  /// The part of the path's estimated bandwidth that video takes; sound and repetitions need some.
  private static let bandwidthShare = 0.8

  private let plan: MediaPlan
  private let picture: Picture
  private let codec: VideoEncoder.Codec
  private let framesPerSecond: Int
  /// Nil while no pictures are sent: an encoder holds some megabytes.
  private var encoder: VideoEncoder?
  /// The bit rate that the video aims at, in bits per second.
  private(set) var bitrate: Int
  private let fullBitrate: Int
  private var frameNumber: UInt32 = 0
  private var wantsKeyFrame = true
  private var latestKeyFrame: Duration?

  init(_ plan: MediaPlan, codec: PeerVideoCodec, framesPerSecond: Int) {
    self.plan = plan
    picture = Picture(size: plan.size)
    fullBitrate = min(max(plan.bitrate, VideoEncoder.bitrates.lowerBound), VideoEncoder.bitrates.upperBound)
    bitrate = fullBitrate
    self.codec = codec == .vp8 ? .vp8 : .h264
    self.framesPerSecond = framesPerSecond
  }

  /// The next frame can be shown without the ones before.
  func askForKeyFrame() { wantsKeyFrame = true }

  /// A browser that cannot ask for a key frame should be sent one; `time` is since the session's media was set up.
  func isStale(isSpeaking: Bool, at time: Duration) -> Bool {
    guard !plan.canAskForKeyFrames, let latestKeyFrame else { return false }
    return time - latestKeyFrame >= (isSpeaking ? Self.keyFrameInterval : Self.idleKeyFrameInterval)
  }

  /// No pictures are sent for a while.
  func rest() { encoder = nil }

  /// The path carries this many bits per second.
  func limit(to bandwidth: Int) throws(EncoderError) {
    let share = Int(Double(bandwidth) * Self.bandwidthShare)
    let bitrate = max(min(fullBitrate, share), VideoEncoder.bitrates.lowerBound)
    // Estimates come a few times a second; a change of a few percent is not worth a new rate.
    guard abs(bitrate - self.bitrate) > self.bitrate / 16 || bitrate == fullBitrate else { return }
    guard bitrate != self.bitrate else { return }
    try encoder?.setBitrate(bitrate)
    self.bitrate = bitrate
  }

  /// Paints and compresses one picture.
  /// - Parameters:
  ///   - painter: another one than before shows another face.
  ///   - position: where in the speech it falls; without a speech the face is at rest.
  ///   - time: since the session's media was set up.
  func shoot(
    _ painter: FacePainter, _ speech: Speech?, position: Duration, at time: Duration, wallClock: UInt64
  ) throws(EncoderError) -> EncodedFrame {
    var moment = FaceMoment(frameNumber: frameNumber, elapsed: time, wallClock: wallClock)
    if let speech {
      moment.mouth = speech.mouth(at: position)
      moment.talk = .speaking(words: speech.words, current: speech.word(at: position))
    }
    frameNumber &+= 1
    painter.paint(moment, into: picture)
    let frame = try startedEncoder().encode(picture, isKeyFrame: wantsKeyFrame)
    if frame.isKeyFrame {
      wantsKeyFrame = false
      latestKeyFrame = time
    }
    return frame
  }

  private func startedEncoder() throws(EncoderError) -> VideoEncoder {
    if let encoder { return encoder }
    let started = try VideoEncoder(codec: codec, size: plan.size, framesPerSecond: framesPerSecond, bitrate: bitrate)
    encoder = started
    return started
  }
}

/// Makes painters on another thread than the caller's.
enum PainterFactory {
  /// A painter for a session's look.
  /// - Parameter photo: shown in place of the drawn face.
  @concurrent static func painter(_ plan: MediaPlan, photo: Photo? = nil) async -> sending FacePainter {
    FacePainter(
      look: FaceLook(seed: plan.look, backdrop: plan.isKeyed ? .green : .studio), photo: photo, size: plan.size,
      session: plan.session)
  }

  /// Has the fonts of the machine found and loaded before the first session needs them.
  @concurrent static func findFonts() async {
    let painter = FacePainter(look: FaceLook(seed: ""), size: .square320, session: "")
    var moment = FaceMoment(frameNumber: 0, elapsed: .zero, wallClock: 0)
    moment.talk = .speaking(words: [Speech.WordCue(start: .zero, text: "a")], current: 0)
    painter.paint(moment, into: Picture(size: .square320))
  }
}

/// When a picture is due, and what is being said then.
struct MediaFrame: Equatable {
  let due: MonotonicInstant
  /// Nil while nobody speaks.
  let talk: String?
  /// Since the talk's beginning; zero without one.
  let position: Duration
}

/// The continuous streams of a mock: how often each shows a picture while nobody speaks, and whose turn it is to send a
/// key frame. Confined to the event loop.
actor IdleStreams {
  /// From one picture of any idle stream to the next of another: at two to four milliseconds each, 4 to 8 % of a core.
  static let share = Duration.seconds(1) / 20
  /// From one picture of a stream to its next, alone and however many there are.
  static let intervals = Duration.seconds(1) / 12...Duration.seconds(1)
  /// From one refreshing key frame to the next of any stream. One takes as long as several other frames, and streams
  /// that began together would all send theirs within the same frame, and be late.
  static let keyFrameTurn = Duration.milliseconds(50)

  nonisolated let loop: EventLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  private var count = 0
  private var latestKeyFrame: MonotonicInstant?

  init(on loop: EventLoop) { self.loop = loop }

  func join() { count += 1 }
  func leave() { count -= 1 }

  /// From one picture of an idle stream to the next.
  var interval: Duration { min(max(Self.share * count, Self.intervals.lowerBound), Self.intervals.upperBound) }

  /// Whether a stream may refresh its picture now; one that may not asks again with its next picture.
  func takesTurn(at now: MonotonicInstant) -> Bool {
    if let latestKeyFrame, latestKeyFrame.duration(to: now) < Self.keyFrameTurn { return false }
    latestKeyFrame = now
    return true
  }
}
