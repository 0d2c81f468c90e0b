// Opens a session at its provider, which is written down before, and again as soon as it has a name.
import AvatarProvider
import Ledger
import Logging
import SessionValues
import Signaling
import Timekeeping

extension SessionRegistry {
  func callOpen(_ plan: SessionPlan, _ provider: any AvatarProvider, for session: SessionID) async {
    guard let lease = await writeIntent(session, plan, provider) else {
      return waiting.notTried(provider.id, on: self)
    }
    if case .abandoned = sessions[session]?.machine.state {
      // Nobody waits for it any more, and nothing was asked for.
      note(.notOpened, of: session, under: lease)
      waiting.notTried(provider.id, on: self)
      let error = SessionMachine.ended
      return step(session) { machine, _ throws(SessionMachineError) in try machine.openRefused(error) }
    }
    orphans.creations.begin(session, at: provider.id)
    let (asked, start) = (wallTime, clock.now)
    do throws(ProviderFailure) {
      let opened = try await acting(for: session) { () throws(ProviderFailure) in try await provider.open(plan) }
        .get()
      await enter(opened, session, provider, lease, since: start)
    } catch {
      log(error, of: "open", session)
      noteTime(of: .open, at: provider.id, since: start, error)
      switch error.remains {
      case .nothing: note(.notOpened, of: session, under: lease)
      case .unseen: leaveUnseen(session, provider, plan, since: asked, lease)
      case .session(let handle): leaveUnused(session, handle, provider, plan, lease)
      }
      if !waiting.enterAgain(session, after: error, on: self) {
        step(session) { machine, _ throws(SessionMachineError) in try machine.openFailed(error) }
      }
    }
    orphans.creations.end(session)
  }

  private func enter(
    _ opened: ProviderSession, _ session: SessionID, _ provider: any AvatarProvider, _ lease: Lease,
    since asked: MonotonicInstant
  ) async {
    let time = noteTime(of: .open, at: provider.id, since: asked)
    let call = sessions[session]?.opening.flatMap { open in time.map { FinishedCall(request: open.request, time: $0) } }
    counters.sessionsOpened += 1
    orphans.sweeps.opened(opened.handle, at: provider.id)
    sessions[session]?.opening = nil
    waiting.opened(at: provider.id, on: self)
    let upstream = Upstream(opened, traits: provider.traits)
    let terms = SessionTerms(
      negotiation: upstream.negotiation, capabilities: upstream.capabilities,
      idleLimitMs: opened.idleLimit?.milliseconds, lifetimeMs: opened.lifetime?.milliseconds)
    let secrets = sessions[session]?.machine.secrets.hashes ?? []
    let fact = LedgerFact.opened(opened.handle, terms, secrets: secrets, at: wallTime)
    guard await write([fact], of: session, under: lease) == nil else {
      // Were the relay to die now, nobody could close it any more.
      let (error, handle) = (Self.ledgerUnavailable, opened.handle)
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
      .opened(handle, terms, secrets: [], at: wallTime),
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
