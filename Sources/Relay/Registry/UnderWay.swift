// Lets those go on who wait until nothing is under way any more.

/// Counts what is under way, and who waits for the end of all of it.
struct UnderWay {
  private(set) var count = 0
  private var waiters: [CheckedContinuation<Void, Never>] = []

  mutating func begin() { count += 1 }

  mutating func end() {
    count -= 1
    guard count == 0 else { return }
    let waiting = waiters
    waiters = []
    for waiter in waiting { waiter.resume() }
  }

  /// Resumes a waiter once nothing is under way, at once where nothing is.
  mutating func wait(_ waiter: CheckedContinuation<Void, Never>) {
    if count > 0 { waiters.append(waiter) } else { waiter.resume() }
  }
}
