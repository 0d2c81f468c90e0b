// Keeps the tasks that wait for one event, and lets them go on when it happens.

/// Tasks that wait for the same event. Whoever holds them guards them: an actor, or a lock.
public struct Waiters: Sendable {
  private var continuations: [CheckedContinuation<Void, Never>] = []

  /// Nobody waits.
  public init() {}

  /// One more task waits.
  public mutating func add(_ continuation: CheckedContinuation<Void, Never>) { continuations.append(continuation) }

  /// Everybody goes on, in the order of their coming, and nobody waits any more.
  public mutating func resumeAll() {
    for continuation in take().continuations { continuation.resume() }
  }

  /// Hands over everybody, so that they can be resumed outside of a lock; nobody waits here any more.
  public mutating func take() -> Waiters {
    defer { continuations = [] }
    return self
  }
}
