// Keeps one session of either vendor, from its offer to its end.
import Basics
import MockClock
import StrictJSON
import Transport

/// A session; what only one vendor knows is in its `details`.
struct MockSession<Details> {
  /// Whether it is alive.
  enum State {
    case open
    case ended(SessionEnd, at: MonotonicInstant)
  }

  let id: String
  /// The contract it was opened under, as `talks`, `agents/agt_1` or `v1`.
  let contract: String
  let created: MonotonicInstant
  let limits: SessionLimits
  let peer: any MediaPeer
  /// What it was created with, without secrets.
  let options: JSONValue
  var details: Details
  private(set) var talks = TalkQueue()
  private(set) var state = State.open
  private(set) var lastActivity: MonotonicInstant

  init(
    id: String, contract: String, limits: SessionLimits, peer: any MediaPeer, options: JSONValue, details: Details,
    at now: MonotonicInstant
  ) {
    self.id = id
    self.contract = contract
    self.limits = limits
    self.peer = peer
    self.options = options
    self.details = details
    created = now
    lastActivity = now
  }

  var isOpen: Bool { if case .open = state { true } else { false } }

  var deadline: (at: MonotonicInstant, cause: SessionEnd)? {
    // An avatar that speaks is not idle.
    let lastActivity = max(lastActivity, talks.lastEnd ?? lastActivity)
    return isOpen ? limits.deadline(created: created, lastActivity: lastActivity) : nil
  }

  /// Ends the session if one of its limits has been reached.
  mutating func settle(at now: MonotonicInstant) {
    if let deadline, now >= deadline.at { end(deadline.cause, at: deadline.at) }
  }

  /// A call about the session arrived: its idle time starts anew.
  mutating func touch(at now: MonotonicInstant) { lastActivity = now }

  mutating func end(_ cause: SessionEnd, at now: MonotonicInstant) {
    guard isOpen else { return }
    state = .ended(cause, at: now)
    talks.interrupt(at: now)
    peer.close()
  }

  mutating func talk(
    id: String, duration: Duration, speech: PreparedSpeech? = nil, startDelay: Duration, at now: MonotonicInstant
  ) throws(TalkQueue.Full) -> MockTalk {
    let talk = try talks.add(id: id, duration: duration, startDelay: startDelay, at: now)
    peer.play(talk, speech, at: .zero)
    return talk
  }

  /// Goes on with a talk whose text comes in parts.
  /// - Parameters:
  ///   - duration: how long the new sound is; zero for none.
  ///   - isLast: nothing more will come.
  mutating func extend(
    talk id: String, by duration: Duration, _ speech: PreparedSpeech?, isLast: Bool, startDelay: Duration,
    at now: MonotonicInstant
  ) {
    guard isOpen else { return }
    // Room was there when its first part came; what finds none now is not said.
    let extended = try? talks.extend(id: id, by: duration, isLast: isLast, startDelay: startDelay, at: now)
    if let (talk, position) = extended { peer.play(talk, speech, at: position) }
  }

  mutating func interrupt(at now: MonotonicInstant) {
    talks.interrupt(at: now)
    peer.interrupt()
  }
}

/// The causes of a session's end.
public enum SessionEnd: String, Sendable, Hashable {
  /// The client deleted or stopped it.
  case closed
  /// Nothing was heard for too long.
  case idle
  /// It reached its hard limit.
  case lifetime
  /// The browser gave no sign of life any more (RFC 7675: its consent to be sent media expired).
  case lost
}

/// The time limits of one session.
struct SessionLimits {
  /// After how much silence it ends; nil for never.
  let idle: Duration?
  /// How long it lives in all; nil for no limit.
  let lifetime: Duration?

  /// When the session ends if nothing more is heard, and why; nil for never.
  func deadline(created: MonotonicInstant, lastActivity: MonotonicInstant) -> (at: MonotonicInstant, cause: SessionEnd)?
  {
    let idleEnd = idle.map { (at: lastActivity.advanced(by: $0), cause: SessionEnd.idle) }
    let lifeEnd = lifetime.map { (at: created.advanced(by: $0), cause: SessionEnd.lifetime) }
    switch (idleEnd, lifeEnd) {
    case (let idle?, let life?): return idle.at <= life.at ? idle : life
    case (let only?, nil), (nil, let only?): return only
    case (nil, nil): return nil
    }
  }
}

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
