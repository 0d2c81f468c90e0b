// Shows an operator what the relay does, and ends sessions or keeps new ones out for one.
import AvatarProvider
import Basics
import Logging
import Signaling

extension SessionRegistry {
  /// All sessions that are not over, the oldest first.
  public func summaries() -> [SessionSummary] {
    let now = clock.now
    return oldestFirst.map { id, entry in
      SessionSummary(
        session: id, provider: entry.provider.id, subject: entry.subject, state: entry.visibleState,
        age: entry.since.duration(to: now), talks: entry.machine.talks.acceptedCount, connection: entry.connection)
    }
  }

  /// The providers that sessions may be opened at, in the order of their names.
  public var providerIDs: [ProviderID] { providers.values.map(\.id).sorted { $0.rawValue < $1.rawValue } }

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
  public var connectionCount: Int { allConnections.count }

  /// How many sessions are open at a provider, those that are being closed included.
  public var openSessionCount: Int { counts.open }

  /// The latest round-trip times of the connections that have been measured.
  public var roundTripTimes: [Duration] { allConnections.compactMap(\.connection.roundTripTime) }

  /// True from the moment at which ``drain(within:)`` was called.
  public var isDraining: Bool { service.isDraining }

  /// Until when a session's avatar speaks, as far as that is known; nil where nothing is said.
  public func speaksUntil(_ session: SessionID) -> MonotonicInstant? {
    self.session(session)?.machine.talks.lastsUntil
  }

  /// A message was refused before it was read.
  public func refused(_ error: SignalingError) { count { $0.count(error) } }

  /// Ends one session with reason `operator`.
  /// - Returns: false when there is no such session, or it is over.
  public func endByOperator(_ session: SessionID) -> Bool {
    guard self.session(session)?.holdsPlace ?? false else { return false }
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

  /// From now on another reads the tokens that come; permits that were given stay good.
  public func replace(gate: any AccessGate) { access.replace(gate) }

  // MARK: Budgets that are used up

  /// Whether there is a session that goes on, or somebody who waits for one.
  var hasWhatToEnd: Bool { waiting.room.count > 0 || counts.unended > 0 }

  /// The day's seconds are used up: every session ends, and nobody waits for one any more.
  func endDay(_ refusal: SignalingError) {
    waiting.refuse(refusal, of: self)
    let all = oldestFirst.map(\.session)
    if !all.isEmpty { logger.warning("the day's seconds are used up", metadata: ["sessions": "\(all.count)"]) }
    for session in all { step(session) { machine, _ in machine.end(.budget, answering: refusal) } }
  }

  /// Ends sessions, the oldest first.
  func end(_ ended: Set<SessionID>, _ reason: CloseReason) {
    for id in ended.sorted(by: { (session($0)?.ordinal ?? 0) < (session($1)?.ordinal ?? 0) }) {
      step(id) { machine, _ in machine.end(reason) }
    }
  }
}

/// A session in a list: who has it, where, and since when. No secret, no text and no address of media is in it.
public struct SessionSummary: Sendable, Hashable {
  /// Its id.
  public let session: SessionID
  /// Where it is open.
  public let provider: ProviderID
  /// The token's subject, or the connection's address where no tokens are in use.
  public let subject: Subject
  /// The state as its client sees it.
  public let state: SessionState
  /// Since it was asked for.
  public let age: Duration
  /// Talks that the provider accepted.
  public let talks: Int
  /// Nil while none has it.
  public let connection: ConnectionID?
}
