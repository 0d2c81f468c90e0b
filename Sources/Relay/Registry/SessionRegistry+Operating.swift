// Shows an operator what the relay does, and ends sessions or keeps new ones out for one.
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
        session: id, provider: entry.provider.id, subject: entry.subject, state: entry.machine.visibleState,
        age: entry.since.duration(to: now), talks: entry.machine.talks.acceptedCount, connection: entry.connection)
    }
  }

  /// How many requests wait for a place.
  public var waitingCount: Int { waiting.room.count }

  /// How many sessions may be open at their providers although no client has them: they are still being closed or
  /// waited for, or their end was never confirmed.
  public var possiblyLeakedSessionCount: Int { orphans.possiblyLeakedCount }

  /// Seconds of open sessions since the start. One whose end was not confirmed counts as open.
  public var sessionTime: Duration { quotas.sessionTime }

  /// What may be used today and what is left of it; nil where there is no limit.
  public var dayBudgetLeft: (limit: Duration, left: Duration)? { quotas.dayLeft }

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
  public var currentAdmission: Admission { service.admission }

  /// Lets sessions be opened, or not. Those who wait for a place are refused when not.
  public func set(admission: Admission) {
    guard service.admission != admission else { return }
    service.admission = admission
    logger.notice("the operator changed admission", metadata: ["admission": "\(admission.rawValue)"])
    if admission == .paused { waiting.refuse(Service.paused, of: self) }
  }
}

/// A session in a list: who has it, where, and since when. No secret, no text and no address of media is in it.
public struct SessionSummary: Sendable, Hashable {
  public let session: SessionID
  public let provider: ProviderID
  /// The token's subject, or the connection's address where no tokens are in use.
  public let subject: Subject
  public let state: SessionState
  /// Since it was asked for.
  public let age: Duration
  /// Talks that the provider accepted.
  public let talks: Int
  /// Nil while none has it.
  public let connection: ConnectionID?
}
