// Keeps the sessions of one vendor: how many there may be, and which are remembered after their end.
import Basics
import MockPeer

/// All sessions of a vendor. Every access names the time, and brings the sessions up to it first.
struct MockSessions<Details> {
  /// Thrown when the account has as many sessions as it is allowed.
  struct Full: Error {}

  /// Most ended sessions that are remembered; the oldest are forgotten first.
  static var endedLimit: Int { 256 }

  private let maximumOpen: Int
  private let slotReleaseDelay: Duration
  private var byID: [String: MockSession<Details>] = [:]
  /// Ids in the order of creation.
  private var order: [String] = []
  /// How many are open, as they were when they were last looked at.
  private var openCount = 0
  /// When the slots of ended sessions will be free that were not yet when they were last looked at.
  private var releases: [MonotonicInstant] = []
  /// No session reaches one of its limits before; nil where none ever does. Until then nobody has to look at all of them.
  private var nextEnd: MonotonicInstant?

  init(maximumOpen: Int, slotReleaseDelay: Duration) {
    self.maximumOpen = maximumOpen
    self.slotReleaseDelay = slotReleaseDelay
  }

  /// How many sessions take up a slot of the account, ended ones whose slot is not free yet included.
  func slotsTaken(at now: MonotonicInstant) -> Int { openCount + releases.count { now < $0 } }

  func holdsSlot(_ session: MockSession<Details>, at now: MonotonicInstant) -> Bool {
    switch session.state {
    case .open: true
    case .ended(_, let end): end.duration(to: now) < slotReleaseDelay
    }
  }

  /// Refuses when no slot is free.
  mutating func checkSlot(at now: MonotonicInstant) throws(Full) {
    settle(at: now)
    guard slotsTaken(at: now) < maximumOpen else { throw Full() }
  }

  mutating func add(_ session: MockSession<Details>) {
    byID[session.id] = session
    order.append(session.id)
    note(session, wasOpen: false)
  }

  /// The session of that id as it is now, ended or not; nil if there is none or it is forgotten.
  mutating func session(_ id: String, at now: MonotonicInstant) -> MockSession<Details>? {
    change(id) { $0.settle(at: now) }
    return byID[id]
  }

  /// Any session for which something holds, as it was when it was last looked at.
  func first(where holds: (MockSession<Details>) -> Bool) -> MockSession<Details>? { byID.values.first(where: holds) }

  /// Writes a session back.
  mutating func update(_ session: MockSession<Details>) {
    change(session.id) { $0 = session }
  }

  private mutating func change(_ id: String, _ body: (inout MockSession<Details>) -> Void) {
    guard let index = byID.index(forKey: id) else { return }
    let wasOpen = byID.values[index].isOpen
    body(&byID.values[index])
    note(byID.values[index], wasOpen: wasOpen)
  }

  private mutating func note(_ session: MockSession<Details>, wasOpen: Bool) {
    if let deadline = session.deadline?.at { nextEnd = min(nextEnd ?? deadline, deadline) }
    guard session.isOpen != wasOpen else { return }
    openCount += session.isOpen ? 1 : -1
    if case .ended(_, let end) = session.state { releases.append(end.advanced(by: slotReleaseDelay)) }
  }

  /// All sessions as they are now, oldest first.
  mutating func all(at now: MonotonicInstant) -> [MockSession<Details>] {
    settle(at: now)
    return order.compactMap { byID[$0] }
  }

  /// Ends and forgets everything.
  mutating func reset(at now: MonotonicInstant) {
    for id in order { byID[id]?.end(.closed, at: now) }
    self = MockSessions(maximumOpen: maximumOpen, slotReleaseDelay: slotReleaseDelay)
  }

  /// When the next session reaches one of its limits; nil when none ever does.
  var earliestDeadline: MonotonicInstant? { byID.values.compactMap { $0.deadline?.at }.min() }

  /// Ends an open session without a call of its client's.
  mutating func end(_ id: String, _ cause: SessionEnd, at now: MonotonicInstant) {
    change(id) {
      $0.settle(at: now)
      $0.end(cause, at: now)
    }
  }

  /// Cuts off what an open session says, if it is this talk.
  mutating func interrupt(_ id: String, talk: String, at now: MonotonicInstant) {
    guard let session = session(id, at: now), session.isOpen, session.talks.isSpeaking(talk, at: now) else { return }
    change(id) { $0.interrupt(at: now) }
  }

  /// How long everything that is still to be said will last.
  func waitingSpeech(at now: MonotonicInstant) -> Duration {
    byID.values.filter(\.isOpen).reduce(.zero) { $0 + $1.talks.remaining(at: now) }
  }

  /// Makes the path of a session misbehave.
  /// - Returns: false when no session of that id is open.
  func apply(_ impairment: Impairment, to id: String) -> Bool {
    guard let session = byID[id], session.isOpen else { return false }
    session.peer.apply(impairment)
    return true
  }

  /// Ends every session whose limit has passed, and forgets the oldest of too many.
  mutating func settle(at now: MonotonicInstant) {
    if let end = nextEnd, end <= now {
      nextEnd = nil
      for id in order { change(id) { $0.settle(at: now) } }
    }
    releases.removeAll { $0 <= now }
    // One that still holds a slot counts until it lets go of it, so it is not forgotten before.
    guard byID.count - openCount - releases.count > Self.endedLimit else { return }
    let gone = order.filter { id in byID[id].map { !holdsSlot($0, at: now) } ?? true }
    let forgotten = Set(gone.prefix(gone.count - Self.endedLimit))
    for id in forgotten { byID[id] = nil }
    order.removeAll { forgotten.contains($0) }
  }
}
