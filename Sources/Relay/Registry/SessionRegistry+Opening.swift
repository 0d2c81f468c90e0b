// Decides who may open a session, at once or after some waiting, and has its provider open it.
import AvatarProvider
import Basics
import Ledger
import Logging
import SessionValues
import Signaling

extension SessionRegistry {
  /// `session.open`: begins, waits for a place, or says why not.
  func open(_ name: String, _ wanted: OpenRequest, _ request: RequestID, on connection: ConnectionID) {
    do throws(SignalingError) {
      try checkService()
      try access.check(provider: name, on: connection)
      guard let provider = providers[name] else {
        let known = providers.keys.sorted().joined(separator: ", ")
        throw SignalingError(.providerNotConfigured, "no such provider; configured: \(known)")
      }
      let subject = subject(of: connection)
      try checkNumbers(of: subject, on: connection)
      let plan: SessionPlan
      do { plan = try provider.plan(wanted) } catch { throw SignalingError(error) }
      try checkPermit(for: plan.avatar, on: connection)
      // Who waits for a session has a claim on one.
      guard sessionCount + orphans.table.count + waiting.room.count < limits.maximumSessions else {
        throw limitError(.sessions, "this server has as many sessions as it may")
      }
      let open = WaitingOpen(
        ticket: nextTicket(), request: request, connection: connection, subject: subject, provider: provider,
        plan: plan, deadline: clock.now.advanced(by: limits.waitingTime))
      let begins = !waiting.room.isBusy(provider.id) && hasPlace(at: provider.id)
      if !begins { try waiting.check(open) }
      try quotas.open(for: subject)
      if begins { begin(open) } else { waiting.join(open, on: self) }
    } catch { answer(request, .failure(error), on: connection) }
  }

  /// The provider is asked.
  func begin(_ open: WaitingOpen) {
    let session = makeSession(for: open)
    log(session, "session is being opened")
    start { await $0.callOpen(open, for: session) }
  }

  /// What was true when a request began to wait may be so no more.
  func checkAgain(_ open: WaitingOpen) throws(SignalingError) {
    try checkService()
    if let error = access.refusal(
      of: .open(provider: open.provider.id.rawValue, avatar: nil, options: [:]), on: open.connection)
    {
      throw error
    }
    try access.check(provider: open.provider.id.rawValue, on: open.connection)
    try checkNumbers(of: open.subject, on: open.connection)
    try checkPermit(for: open.plan.avatar, on: open.connection)
  }

  /// Whether a call at a provider may be made that belongs to no session. One that is billed counts as a talk of which nobody
  /// knows how long it is.
  public func admitCall(
    at provider: ProviderID, avatar: String?, isBilled: Bool, permit: Permit?, _ subject: Subject
  ) throws(SignalingError) {
    if let permit {
      guard permit.allows(provider: provider.rawValue) else {
        throw SignalingError(.accessForbidden, "the token does not allow this provider")
      }
      guard avatar == nil || permit.allows(avatar: avatar) else {
        throw SignalingError(.accessForbidden, "the token does not allow this avatar")
      }
    }
    guard isBilled else { return }
    try checkService()
    try quotas.speak(limits.charactersPerRecording, isTalk: true, for: subject)
    count { $0.countSpeech(of: limits.charactersPerRecording, isTalk: true) }
  }

  private func checkPermit(for avatar: String?, on connection: ConnectionID) throws(SignalingError) {
    try access.check(avatar: avatar, on: connection)
    if let permit = access.permit(of: connection) { try quotas.check(permit) }
  }

  private func checkService() throws(SignalingError) {
    try service.check()
    try quotas.checkDay()
  }

  /// The limits by connection and by subject, for an open that does not wait at this moment; one that waits counts as a
  /// session does.
  private func checkNumbers(of subject: Subject, on connection: ConnectionID) throws(SignalingError) {
    let own = counts.holdingPlaceOn[connection] + waiting.room.countOn[connection]
    guard own < limits.maximumSessionsPerConnection else {
      throw limitError(.sessionsPerConnection, "this connection has \(own) sessions, as many as it may")
    }
    guard let most = limits.maximumSessionsPerSubject else { return }
    let held = counts.holdingPlaceFor[subject] + waiting.room.countFor[subject]
    guard held < most else {
      let whose = if case .token = subject { "this subject has" } else { "this address has" }
      throw limitError(.sessionsPerSubject, "\(whose) \(held) sessions, as many as it may")
    }
  }

  /// Whether a session at the provider could begin now, as far as our own limits go. What may have been left open there
  /// counts.
  func hasPlace(at provider: ProviderID) -> Bool {
    guard sessionCount + orphans.table.count < limits.maximumSessions else { return false }
    guard let most = limits.maximumSessionsPerProvider[provider.rawValue] else { return true }
    return counts.holdingPlaceAt[provider] + orphans.table.countAt[provider] < most
  }

  /// Whom a connection's sessions are counted for.
  func subject(of connection: ConnectionID) -> Subject {
    access.subject(of: connection).map { .token($0) } ?? .address(self.connection(connection)?.address ?? "unknown")
  }

  private func limitError(_ limit: LimitName, _ message: String) -> SignalingError {
    // When one of them ends is for their clients to say.
    SignalingError(.sessionLimit, message, limit: limit)
  }

  // MARK: Asking the provider

  /// Has the provider open a session, which is written down before, and again as soon as it has a name.
  private func callOpen(_ open: WaitingOpen, for session: SessionID) async {
    let (plan, provider) = (open.plan, open.provider)
    guard let lease = await writeIntent(session, plan, provider) else { return waiting.notTried(open, on: self) }
    if case .abandoned = self.session(session)?.machine.state {
      // Nobody waits for it any more, and nothing was asked for.
      note(.notOpened, of: session, under: lease)
      waiting.notTried(open, on: self)
      let error = SessionMachine.ended
      return step(session) { machine, _ throws(SessionMachineError) in try machine.openRefused(error) }
    }
    orphans.creations.begin(session, at: provider.id)
    let (asked, start) = (ledger.wallTime, clock.now)
    let words = self.session(session)?.opening.flatMap { verbatimCall(of: $0.request, on: $0.connection) }
    do throws(ProviderFailure) {
      let opened = try await acting(for: session, in: words) { () throws(ProviderFailure) in
        try await provider.open(plan)
      }.get()
      await adopt(opened, session, open, lease, since: start)
    } catch {
      log(error, of: "open", session)
      noteTime(of: .open, at: provider.id, since: start, error)
      switch error.remains {
      case .nothing: note(.notOpened, of: session, under: lease)
      case .unseen: leaveUnseen(session, provider, plan, since: asked, lease)
      case .session(let handle): leaveUnused(session, handle, provider, plan, lease)
      }
      if !waiting.rejoin(open, session, after: error, on: self) {
        step(session) { machine, _ throws(SessionMachineError) in try machine.openFailed(error) }
      }
    }
    orphans.creations.end(session)
  }

  /// Writes down that a session is about to be created.
  /// - Returns: the lease on it; nil where nothing may be created, and the client was told so.
  private func writeIntent(_ session: SessionID, _ plan: SessionPlan, _ provider: any AvatarProvider) async -> Lease? {
    let idleLimit = plan.idleLimit ?? limits.orphanTime
    let intent = SessionIntent(
      session: session.rawValue, provider: provider.id.rawValue, relay: ledger.relay, at: ledger.wallTime,
      subject: self.session(session)?.owner, idleLimitMs: idleLimit.milliseconds)
    do throws(LedgerFailure) {
      let asked = clock.now
      let lease = try await ledger.store.begin(intent)
      self.session(session)?.lease = lease
      leases.hold(lease, on: session, since: asked)
      return lease
    } catch {
      report(error, of: session)
      step(session) { machine, _ throws(SessionMachineError) in try machine.openRefused(LedgerWriter.unavailable) }
      return nil
    }
  }

  private func adopt(
    _ opened: ProviderSession, _ session: SessionID, _ open: WaitingOpen, _ lease: Lease,
    since asked: MonotonicInstant
  ) async {
    let provider = open.provider
    let time = noteTime(of: .open, at: provider.id, since: asked)
    let call = self.session(session)?.opening.flatMap { open in
      time.map { FinishedCall(request: open.request, time: $0) }
    }
    count { $0.sessionsOpened += 1 }
    orphans.sweeps.opened(opened.handle, at: provider.id)
    self.session(session)?.opening = nil
    self.session(session)?.openedAt = clock.now
    waiting.opened(open, on: self)
    let upstream = Upstream(opened, traits: provider.traits)
    let terms = SessionTerms(
      negotiation: upstream.negotiation, capabilities: upstream.capabilities,
      idleLimitMs: opened.idleLimit?.milliseconds, lifetimeMs: opened.lifetime?.milliseconds)
    let secrets = self.session(session)?.machine.secrets.hashes ?? []
    let fact = LedgerFact.opened(opened.handle, terms, secrets: secrets, at: ledger.wallTime)
    guard await write([fact], of: session, under: lease) == nil else {
      // Were the relay to die now, nobody could close it any more.
      let (error, handle) = (LedgerWriter.unavailable, opened.handle)
      return step(session) { machine, _ throws(SessionMachineError) in try machine.openRefused(error, closing: handle) }
    }
    step(session, after: call) { machine, now throws(SessionMachineError) in try machine.opened(opened, at: now) }
    if let events = opened.events { listen(to: events, of: session) }
  }

  /// The provider opened a session that cannot be used, and did not end it when it was asked to.
  private func leaveUnused(
    _ session: SessionID, _ handle: SessionHandle, _ provider: any AvatarProvider, _ plan: SessionPlan,
    _ lease: Lease
  ) {
    let limit = plan.idleLimit ?? limits.orphanTime
    // No client ever gets it: only its end matters.
    let terms = SessionTerms(
      negotiation: provider.traits.negotiation, capabilities: provider.traits.capabilities,
      idleLimitMs: limit.milliseconds, lifetimeMs: nil)
    note(
      .opened(handle, terms, secrets: [], at: ledger.wallTime),
      .closing(reason: CloseReason.openFailed.rawValue), .closeFailed, of: session, under: lease)
    orphans.keepClosing(
      session, handle, at: provider, under: lease, for: limit, after: limits.orphanFirstPause, on: self)
  }

  /// The reply was never seen: the provider may have opened a session at any time since it was asked.
  private func leaveUnseen(
    _ session: SessionID, _ provider: any AvatarProvider, _ plan: SessionPlan, since asked: WallTime, _ lease: Lease
  ) {
    note(.unseen, of: session, under: lease)
    let limit = plan.idleLimit ?? limits.orphanTime
    orphans.waitOut(session, at: provider, since: asked, under: lease, for: limit, on: self)
  }
}
