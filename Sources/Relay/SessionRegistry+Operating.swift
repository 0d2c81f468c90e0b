// What the operator can see and do while the relay runs.
import AvatarProvider
import Logging
import Signaling
import Timekeeping

extension SessionRegistry {
  /// All sessions that are not over, the oldest first.
  public func summaries() -> [SessionSummary] {
    let now = clock.now
    return sessions.oldestFirst.map { id, entry in
      SessionSummary(
        session: id, provider: entry.provider.id, payer: entry.payer, state: entry.machine.visibleState,
        age: entry.since.duration(to: now), talks: entry.machine.talks.acceptedCount, connection: entry.connection)
    }
  }

  /// How many requests wait for a place.
  public var waitingCount: Int { waitingRoom.count }

  /// How many connections there are.
  public var connectionCount: Int { connections.count }

  /// A message was refused before it was read.
  public func refused(_ error: SignalingError) { counters.count(error) }

  /// Ends one session with reason `operator`.
  /// - Returns: false when there is no such session, or it is over.
  public func endByOperator(_ session: SessionID) -> Bool {
    guard sessions[session]?.holdsPlace ?? false else { return false }
    log(session, level: .notice, "the operator ends the session")
    step(session) { machine, _ in machine.end(.operatorEnded) }
    return true
  }

  /// Ends all sessions with reason `operator`, and lets none be opened until ``set(admission:)`` says so.
  /// - Returns: how many there were.
  public func endAllByOperator() -> Int {
    set(admission: .paused)
    let all = summaries().map(\.session)
    for session in all { _ = endByOperator(session) }
    return all.count
  }

  /// Whether sessions may be opened.
  public var currentAdmission: Admission { admission }

  /// Lets sessions be opened, or not. Those who wait for a place are refused when not.
  public func set(admission: Admission) {
    guard self.admission != admission else { return }
    self.admission = admission
    logger.notice("the operator changed admission", metadata: ["admission": "\(admission.rawValue)"])
    if admission == .paused { refuseWaiting(Self.isPaused) }
  }
}
