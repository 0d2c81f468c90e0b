// Decides who may open a session, at once or after some waiting.
import AvatarProvider
import Signaling
import Timekeeping

extension SessionRegistry {
  /// `session.open`: begins, waits for a place, or says why not.
  func open(_ name: String, _ wanted: OpenRequest, _ request: RequestID, on connection: ConnectionID) {
    do throws(SignalingError) {
      try checkService()
      try checkProvider(name, on: connection)
      guard let provider = providers[name] else {
        let known = providers.keys.sorted().joined(separator: ", ")
        throw SignalingError(.providerNotConfigured, "no such provider; configured: \(known)")
      }
      let subject = subject(of: connection)
      try checkNumbers(of: subject, on: connection)
      let plan: SessionPlan
      do { plan = try provider.plan(wanted) } catch { throw SignalingError(error) }
      try checkPermit(for: plan.avatar, on: connection)
      guard sessions.count + orphans.table.count < limits.maximumSessions else {
        throw limitError(.sessions, "this server has as many sessions as it may")
      }
      let open = WaitingOpen(
        ticket: nextTicket(), request: request, connection: connection, subject: subject, provider: provider,
        plan: plan, deadline: clock.now.advanced(by: limits.waitingTime))
      if !waiting.room.isBusy(provider.id), hasPlace(at: provider.id) {
        begin(open)
      } else {
        try waiting.enter(open, on: self)
      }
    } catch { answer(request, .failure(error), on: connection) }
  }

  /// The provider is asked.
  func begin(_ open: WaitingOpen) {
    let session = enter(open.provider, openedBy: open.request, on: open.connection, for: open)
    log(session, "session is being opened")
    Task(executorPreference: executor) { await self.callOpen(open.plan, open.provider, for: session) }
  }

  /// What was true when a request began to wait may be so no more.
  func checkAgain(_ open: WaitingOpen) throws(SignalingError) {
    try checkService()
    if let error = refusal(
      of: .open(provider: open.provider.id.rawValue, avatar: nil, options: [:]), on: open.connection)
    {
      throw error
    }
    try checkProvider(open.provider.id.rawValue, on: open.connection)
    try checkNumbers(of: open.subject, on: open.connection)
    try checkPermit(for: open.plan.avatar, on: open.connection)
  }

  private func checkService() throws(SignalingError) {
    try service.check()
    try quotas.checkDay()
  }

  /// The limits by connection and by subject, for an open that does not wait at this moment; one that waits counts as a
  /// session does.
  private func checkNumbers(of subject: Subject, on connection: ConnectionID) throws(SignalingError) {
    let own = sessions.counts.holdingPlaceOn[connection] + waiting.room.countOn[connection]
    guard own < limits.maximumSessionsPerConnection else {
      throw limitError(.sessionsPerConnection, "this connection has \(own) sessions, as many as it may")
    }
    guard let most = limits.maximumSessionsPerSubject else { return }
    let held = sessions.counts.holdingPlaceFor[subject] + waiting.room.countFor[subject]
    guard held < most else {
      let whose = if case .token = subject { "this subject has" } else { "this address has" }
      throw limitError(.sessionsPerSubject, "\(whose) \(held) sessions, as many as it may")
    }
  }

  /// Whether a session at the provider could begin now, as far as our own limits go. What may have been left open there
  /// counts.
  func hasPlace(at provider: ProviderID) -> Bool {
    guard sessions.count + orphans.table.count < limits.maximumSessions else { return false }
    guard let most = limits.maximumSessionsPerProvider[provider.rawValue] else { return true }
    return sessions.counts.holdingPlaceAt[provider] + orphans.table.countAt[provider] < most
  }

  /// Whom a connection's sessions are counted for.
  func subject(of connection: ConnectionID) -> Subject {
    switch connections[connection]?.access {
    case .granted(let permit), .lapsed(let permit, _): .token(permit.subject)
    case .unguarded, .awaited, nil: .address(connections[connection]?.address ?? "unknown")
    }
  }

  private func limitError(_ limit: LimitName, _ message: String) -> SignalingError {
    SignalingError(.sessionLimit, message, retryAfterMs: limits.placePause.milliseconds, limit: limit)
  }
}
