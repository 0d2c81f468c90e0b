// Tells the time of an event loop and wakes the tasks that wait for a point in it.
import Basics

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

/// A binary heap of sleepers by deadline, then by order. Cancelled ones are dropped when they are met, or all at once
/// when they are the larger part, so that it stays proportional to what really waits.
package struct SleeperQueue {
  private var heap: [Sleeper] = []
  private var nextOrder: UInt64 = 0
  private var cancelled = 0

  package init() {}

  var earliestDeadline: Duration? { heap.first?.deadline }

  /// How many wait and were not cancelled.
  package var waitingCount: Int { heap.count { !$0.isDone } }

  package mutating func insert(_ sleeper: Sleeper) {
    sleeper.order = nextOrder
    nextOrder += 1
    heap.append(sleeper)
    siftUp(heap.count - 1)
  }

  package mutating func popDue(at now: Duration) -> Sleeper? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    return popAny()
  }

  mutating func popAny() -> Sleeper? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      siftDown(0)
    }
    return first
  }

  package mutating func removeCancelledIfMany() {
    cancelled += 1
    guard cancelled > 32, cancelled > heap.count / 2 else { return }
    cancelled = 0
    heap.removeAll(where: \.isDone)
    heap.sort(by: Self.isEarlier)
  }

  private static func isEarlier(_ left: Sleeper, _ right: Sleeper) -> Bool {
    (left.deadline, left.order) < (right.deadline, right.order)
  }

  private mutating func siftUp(_ start: Int) {
    var index = start
    while index > 0, Self.isEarlier(heap[index], heap[(index - 1) / 2]) {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func siftDown(_ start: Int) {
    var index = start
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count && Self.isEarlier(heap[child], heap[least]) {
        least = child
      }
      if least == index { return }
      heap.swapAt(index, least)
      index = least
    }
  }
}
