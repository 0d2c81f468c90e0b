// What the streams that never pause share, so that many of them cost little more than one.
import Timekeeping
import Transport

/// The continuous streams of a mock: how often each shows a picture while nobody speaks, and whose turn it is to send a
/// key frame. Confined to the event loop.
actor StreamCrowd {
  /// Pictures in a second for all idle streams together: at one to two milliseconds each, 4 to 9 % of a core.
  static let picturesPerSecond = 40
  /// What one stream sends at most, and at least however many there are.
  static let framesPerSecond = 2...12
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
  var interval: Duration {
    let share = Self.picturesPerSecond / max(1, count)
    return Duration.seconds(1) / min(max(share, Self.framesPerSecond.lowerBound), Self.framesPerSecond.upperBound)
  }

  /// Whether a stream may refresh its picture now; who may not asks again with its next one.
  func takesTurn(at now: MonotonicInstant) -> Bool {
    if let latestKeyFrame, latestKeyFrame.duration(to: now) < Self.keyFrameTurn { return false }
    latestKeyFrame = now
    return true
  }
}
