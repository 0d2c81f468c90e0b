// A one-time event that callers can wait for.
import Synchronization

/// Says once that something has happened.
final class LoopEnd: Sendable {
  private struct State {
    var isSignalled = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }
  private let state = Mutex(State())

  var isSignalled: Bool { state.withLock { $0.isSignalled } }

  func signal() {
    let waiters = state.withLock { state in
      state.isSignalled = true
      let waiters = state.waiters
      state.waiters = []
      return waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isSignalled = state.withLock { state in
        if !state.isSignalled { state.waiters.append(continuation) }
        return state.isSignalled
      }
      if isSignalled { continuation.resume() }
    }
  }
}
