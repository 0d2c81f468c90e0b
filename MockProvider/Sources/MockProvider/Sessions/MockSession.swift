// One session of either vendor, from its offer to its end.
import StrictJSON
import Timekeeping

/// A session; what only one vendor knows is in its `details`.
struct MockSession<Details> {
  /// Whether it lives.
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
    isOpen ? limits.deadline(created: created, lastActivity: lastActivity) : nil
  }

  /// Ends the session if one of its limits has passed.
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
    peer.play(talk, speech)
    return talk
  }

  mutating func interrupt(at now: MonotonicInstant) {
    talks.interrupt(at: now)
    peer.interrupt()
  }
}
