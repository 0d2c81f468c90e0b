// How many streams send pictures while nobody speaks, and how often each may.
import Timekeeping
import Transport

/// Shares a budget of idle pictures among all streams that never pause: one alone moves smoothly, and many together
/// cost no more than a few. Confined to the event loop.
actor IdleCrowd {
  /// Pictures in a second for all idle streams together: at one to two milliseconds each, 4 to 9 % of a core.
  static let picturesPerSecond = 40
  /// What one stream sends at most, and at least however many there are.
  static let framesPerSecond = 2...12

  nonisolated let loop: EventLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  private var count = 0

  init(on loop: EventLoop) { self.loop = loop }

  func join() { count += 1 }
  func leave() { count -= 1 }

  /// From one picture of an idle stream to the next.
  var interval: Duration {
    let share = Self.picturesPerSecond / max(1, count)
    return Duration.seconds(1) / min(max(share, Self.framesPerSecond.lowerBound), Self.framesPerSecond.upperBound)
  }
}
