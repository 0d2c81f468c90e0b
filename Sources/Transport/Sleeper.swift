// A task that waits for a point in time.

/// One sleeping task; all its methods are called on the loop's thread (or under a steppable clock's lock).
package final class Sleeper: @unchecked Sendable {
  private enum State {
    case new
    case waiting(CheckedContinuation<Void, any Error>)
    case done
  }
  private var state = State.new
  package let deadline: Duration
  /// Keeps sleepers of the same deadline in the order in which they began to sleep.
  var order: UInt64 = 0

  package init(deadline: Duration) { self.deadline = deadline }

  var isDone: Bool { if case .done = state { true } else { false } }

  /// Hands the continuation over; it resumes at once when the sleeper was cancelled before.
  /// - Returns: true when it now waits.
  package func wait(_ continuation: CheckedContinuation<Void, any Error>) -> Bool {
    if case .done = state {
      continuation.resume(throwing: CancellationError())
      return false
    }
    state = .waiting(continuation)
    return true
  }

  package func wake() {
    if case .waiting(let continuation) = state { continuation.resume() }
    state = .done
  }

  package func cancel() {
    if case .waiting(let continuation) = state { continuation.resume(throwing: CancellationError()) }
    state = .done
  }
}
