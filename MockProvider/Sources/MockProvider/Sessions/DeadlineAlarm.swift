// Wakes somebody at the earliest deadline that it was given.
import Timekeeping
import Transport

/// One task waits at most; a deadline that is later than the one it waits for is dropped, so whoever is woken sets the
/// next.
struct DeadlineAlarm {
  private var pending: (deadline: MonotonicInstant, task: Task<Void, Never>)?

  /// - Parameter wake: is called with the deadline when it has come; it asks ``rings(for:)`` first.
  mutating func set(
    for deadline: MonotonicInstant, on clock: SteppableClock, executor: any TaskExecutor,
    wake: @escaping @Sendable (MonotonicInstant) async -> Void
  ) {
    if let pending, pending.deadline <= deadline { return }
    pending?.task.cancel()
    let task = Task(executorPreference: executor) {
      do { try await clock.sleep(until: deadline, tolerance: nil) } catch { return }
      await wake(deadline)
    }
    pending = (deadline, task)
  }

  /// Whether this is the deadline that is waited for, which it is no more afterwards.
  mutating func rings(for deadline: MonotonicInstant) -> Bool {
    guard pending?.deadline == deadline else { return false }
    pending = nil
    return true
  }

  func cancel() { pending?.task.cancel() }
}
