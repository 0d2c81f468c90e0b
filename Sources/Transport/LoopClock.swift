// The clock of an event loop.
import Timekeeping

/// The monotonic clock of an ``EventLoop``. A task that sleeps by it costs a place in a heap and no thread.
public struct LoopClock: MonotonicClock {
  package let loop: EventLoop

  public var now: MonotonicInstant { MonotonicInstant(sinceStart: EventLoop.uptime) }
  public var minimumResolution: Duration { .milliseconds(1) }

  public func sleep(until deadline: MonotonicInstant, tolerance: Duration? = nil) async throws {
    let sleeper = Sleeper(deadline: deadline.sinceStart)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        loop.execute { [loop] in
          if sleeper.wait(continuation) { loop.add(sleeper) }
        }
      }
    } onCancel: {
      loop.execute { [loop] in
        sleeper.cancel()
        loop.forgetCancelledSleepers()
      }
    }
  }
}
