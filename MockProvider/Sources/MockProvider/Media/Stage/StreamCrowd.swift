// What the streams that never pause share, so that many of them cost little more than one.
import Timekeeping
import Transport

/// The continuous streams of a mock: how often each shows a picture while nobody speaks, and whose turn it is to send a
/// key frame. Confined to the event loop.
actor StreamCrowd {
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

  /// Whether a stream may refresh its picture now; who may not asks again with its next one.
  func takesTurn(at now: MonotonicInstant) -> Bool {
    if let latestKeyFrame, latestKeyFrame.duration(to: now) < Self.keyFrameTurn { return false }
    latestKeyFrame = now
    return true
  }
}
