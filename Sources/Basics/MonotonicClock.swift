// Says what a clock of this program is, so that tests can move the time of everything that has a deadline.

/// A clock with ``MonotonicInstant`` instants. The programs run on Transport's `LoopClock`; tests and the mock's control
/// surface use MockClock's `SteppableClock`.
public protocol MonotonicClock: Clock, Sendable where Duration == Swift.Duration, Instant == MonotonicInstant {}

extension MonotonicClock {
  /// Sleeps for a duration from now.
  /// - Throws: `CancellationError` when the task is cancelled.
  public func sleep(for duration: Duration) async throws {
    try await sleep(until: now.advanced(by: duration), tolerance: nil)
  }
}

/// Time since an arbitrary start that is the clock's own; only differences mean something.
public struct MonotonicInstant: InstantProtocol, Sendable, Hashable, CustomStringConvertible {
  /// Time since the clock's start.
  public let sinceStart: Duration

  public init(sinceStart: Duration) { self.sinceStart = sinceStart }

  public func advanced(by duration: Duration) -> MonotonicInstant { .init(sinceStart: sinceStart + duration) }
  public func duration(to other: MonotonicInstant) -> Duration { other.sinceStart - sinceStart }
  public static func < (left: Self, right: Self) -> Bool { left.sinceStart < right.sinceStart }
  public var description: String { "+\(sinceStart)" }
}

extension Duration {
  /// Whole milliseconds, rounded to the nearest.
  public var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + (attoseconds + 500_000_000_000_000) / 1_000_000_000_000_000
  }

  /// Whole milliseconds, never less than the duration, so that whoever waits so long does not come too early.
  public var millisecondsRoundedUp: Int64 {
    let rounded = milliseconds
    return Duration.milliseconds(rounded) < self ? rounded + 1 : rounded
  }

  /// Seconds as a floating-point number.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
