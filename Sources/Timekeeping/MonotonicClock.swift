// The clock that everything with a deadline is given, so that tests can move time.

/// A clock with ``MonotonicInstant`` instants. The program runs on Transport's `LoopClock`; tests and the mock's
/// control surface use its `SteppableClock`.
public protocol MonotonicClock: Clock, Sendable where Duration == Swift.Duration, Instant == MonotonicInstant {}

extension MonotonicClock {
  /// Sleeps for a duration from now.
  /// - Throws: `CancellationError` when the task is cancelled.
  public func sleep(for duration: Duration) async throws {
    try await sleep(until: now.advanced(by: duration), tolerance: nil)
  }
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
