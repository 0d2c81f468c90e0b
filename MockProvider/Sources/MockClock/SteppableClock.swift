// Lets time be moved by hand: by the mock's control surface, and by tests.
import Basics
import Synchronization
import Transport

/// A clock that stands still, or runs with another clock, and jumps forward when told to. One that runs can be stopped, and
/// goes on from where it was.
///
/// ``advance(by:)`` wakes the sleepers whose deadline it passes, earliest first.
public final class SteppableClock: MonotonicClock {
  private struct State {
    var offset: Duration = .zero
    /// The base's time when this clock was stopped; nil while it runs.
    var stoppedAt: Duration?
    var sleepers = SleeperQueue()
    /// Who waits for a stopped clock to go on.
    var halted: [Sleeper] = []
    var watchers: [Watcher] = []
  }
  /// Who waits for a number of sleepers.
  private struct Watcher {
    let count: Int
    let continuation: CheckedContinuation<Void, Never>
  }
  private let base: LoopClock?
  private let state = Mutex(State())

  /// Makes a clock.
  /// - Parameter base: the clock whose time goes on between the jumps; nil for one that stands still.
  public init(runningWith base: LoopClock? = nil) { self.base = base }

  public var now: MonotonicInstant { MonotonicInstant(sinceStart: state.withLock { time($0) }) }

  private var baseTime: Duration { base?.now.sinceStart ?? .zero }

  private func time(_ state: State) -> Duration { (state.stoppedAt ?? baseTime) + state.offset }

  /// Another clock with the same base, which has not been moved.
  public func sibling() -> SteppableClock { SteppableClock(runningWith: base) }
  public var minimumResolution: Duration { .milliseconds(1) }

  /// How many tasks sleep by this clock now.
  public var sleeperCount: Int { state.withLock { $0.sleepers.waitingCount } }

  /// Returns once at least that many tasks sleep by this clock; then a test can move the time.
  public func waitForSleepers(_ count: Int) async {
    await withCheckedContinuation { continuation in
      state.withLock { $0.watchers.append(Watcher(count: count, continuation: continuation)) }
      tellWatchers()
    }
  }

  private func tellWatchers() {
    let told = state.withLock { state in
      let sleeping = state.sleepers.waitingCount
      let told = state.watchers.filter { $0.count <= sleeping }
      state.watchers.removeAll { $0.count <= sleeping }
      return told
    }
    for watcher in told { watcher.continuation.resume() }
  }

  /// Whether time goes on by itself, as far as the base's does.
  public var isRunning: Bool { state.withLock { $0.stoppedAt == nil } }

  /// Stops the time; it can still be moved.
  public func stop() { state.withLock { $0.stoppedAt = $0.stoppedAt ?? baseTime } }

  /// Lets the time go on from where it was stopped.
  public func goOn() {
    state.withLock { state in
      guard let stoppedAt = state.stoppedAt else { return }
      state.offset -= baseTime - stoppedAt
      state.stoppedAt = nil
      for sleeper in state.halted { sleeper.wake() }
      state.halted = []
    }
  }

  /// Moves the time forward.
  public func advance(by duration: Duration) {
    precondition(duration >= .zero)
    state.withLock { $0.offset += duration }
    wakeDue()
  }

  public func sleep(until deadline: MonotonicInstant, tolerance: Duration? = nil) async throws {
    let sleeper = Sleeper(deadline: deadline.sinceStart)
    let ticker = base.map { base in
      // With a running base the deadline also passes by itself; a base whose loop has ended wakes nobody any more.
      Task(executorPreference: base.loop) { [self] in
        do {
          while now < deadline {
            if isRunning { try await base.sleep(for: now.duration(to: deadline)) } else { try await untilRunning() }
          }
          wakeDue()
        } catch {
          state.withLock { _ in sleeper.cancel() }
        }
      }
    }
    defer { ticker?.cancel() }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        state.withLock { state in
          if sleeper.wait(continuation) { state.sleepers.insert(sleeper) }
        }
        tellWatchers()
        wakeDue()
      }
    } onCancel: {
      state.withLock { state in
        sleeper.cancel()
        state.sleepers.removeCancelledIfMany()
      }
    }
  }

  private func untilRunning() async throws {
    let sleeper = Sleeper(deadline: .zero)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        state.withLock { state in
          guard sleeper.wait(continuation) else { return }
          if state.stoppedAt == nil { sleeper.wake() } else { state.halted.append(sleeper) }
        }
      }
    } onCancel: {
      state.withLock { state in
        sleeper.cancel()
        state.halted.removeAll { $0 === sleeper }
      }
    }
  }

  private func wakeDue() {
    state.withLock { state in
      let now = time(state)
      while let sleeper = state.sleepers.popDue(at: now) { sleeper.wake() }
    }
  }
}
