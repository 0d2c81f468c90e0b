// Writes down what another life of the relay must know. What costs money waits for it; what saves money does not.
import AvatarProvider
import Ledger
import Logging
import SessionValues
import Signaling

extension SessionRegistry {
  static let ledgerUnavailable = SignalingError(
    .ledgerUnavailable, "the server cannot write down what it is about to do, so it does nothing that costs money")

  var wallTime: WallTime { bookkeeping.wallTime() }

  // MARK: Writing

  /// Writes facts down and waits until they are durable.
  /// - Returns: why they are not; nil if they are.
  func write(_ facts: [LedgerFact], of session: SessionID, under lease: Lease?) async -> LedgerFailure? {
    guard let lease else { return nil }
    let facts = takeOutcomes(of: session, under: lease) + facts
    do throws(LedgerFailure) {
      try await bookkeeping.ledger.record(facts, of: session.rawValue, under: lease)
      return nil
    } catch {
      report(error, of: session)
      if error.code == .fenced, heldLease(session) == lease { giveUp(session) }
      return error
    }
  }

  /// Writes facts down while everything else goes on.
  func note(_ facts: LedgerFact..., of session: SessionID, under lease: Lease?) {
    note(facts, of: session, under: lease)
  }

  func note(_ facts: [LedgerFact], of session: SessionID, under lease: Lease?) {
    guard bookkeeping.isKept, lease != nil else { return }
    notes.begin()
    Task(executorPreference: executor) { await self.carry(facts, of: session, under: lease) }
  }

  private func carry(_ facts: [LedgerFact], of session: SessionID, under lease: Lease?) async {
    _ = await write(facts, of: session, under: lease)
    notes.end()
  }

  /// Returns once everything that was noted is written, or was refused.
  func finishNotes() async {
    writeOutcomes()
    // What is waited for may end between a look at it and the wait: a task that does not prefer this executor gives way
    // in between. So the look that counts is the one inside.
    while notes.count > 0 {
      await withCheckedContinuation { waiter in notes.wait(waiter) }
    }
  }

  /// Puts a charge on its day's account while everything else goes on.
  func note(_ charge: DayBudget.Charge) {
    notes.begin()
    Task(executorPreference: executor) { await self.carry(charge) }
  }

  private func carry(_ charge: DayBudget.Charge) async {
    let total: Int64?
    do throws(LedgerFailure) {
      total = try await bookkeeping.ledger.charge(charge.milliseconds, to: charge.day)
    } catch {
      total = nil
      logger.error("the ledger failed", metadata: ["failure": "\(error.code.rawValue)", "reason": "\(error.message)"])
    }
    quotas.charged(total: total, on: self)
    notes.end()
  }

  func report(_ failure: LedgerFailure, of session: SessionID) {
    logger.error(
      "the ledger failed",
      metadata: ["session": "\(session)", "failure": "\(failure.code.rawValue)", "reason": "\(failure.message)"])
  }

  // MARK: Intents

  /// Writes down that a session is about to be created.
  /// - Returns: the lease on it; nil where nothing may be created, and the client was told so.
  func writeIntent(_ session: SessionID, _ plan: SessionPlan, _ provider: any AvatarProvider) async -> Lease? {
    let idleLimit = plan.idleLimit ?? limits.orphanTime
    let intent = SessionIntent(
      session: session.rawValue, provider: provider.id.rawValue, relay: bookkeeping.relay, at: wallTime,
      subject: sessions[session]?.owner, idleLimitMs: idleLimit.milliseconds)
    do throws(LedgerFailure) {
      let asked = clock.now
      let lease = try await bookkeeping.ledger.begin(intent)
      sessions[session]?.lease = lease
      leases.hold(lease, on: session, since: asked)
      return lease
    } catch {
      report(error, of: session)
      step(session) { machine, _ throws(SessionMachineError) in try machine.openRefused(Self.ledgerUnavailable) }
      return nil
    }
  }

  /// Writes down that a talk is about to be asked for.
  /// - Returns: why it must not be; nil where it may.
  func intend(_ script: Script, _ request: RequestID, of session: SessionID, under lease: Lease?) async
    -> SignalingError?
  {
    if bookkeeping.isKept, lease != nil {
      let fingerprint =
        sessions[session]?.memory.fingerprint(of: request)
        ?? ScriptFingerprint(of: script, session: session.rawValue, request: request.value)
      let fact = LedgerFact.speakIntended(request: request.value, fingerprint, at: wallTime)
      if await write([fact], of: session, under: lease) != nil { return Self.ledgerUnavailable }
    }
    // The session may have ended meanwhile, or the talk may not be wanted any more.
    guard case .open = sessions[session]?.machine.state else {
      note(
        .speakEnded(request: request.value, .refused(kind: ErrorKind.sessionClosed.rawValue)), of: session, under: lease
      )
      return SessionMachine.ended
    }
    if sessions[session]?.machine.calls.wish(for: request) == .cutOff {
      note(
        .speakEnded(request: request.value, .refused(kind: ErrorKind.talkInterrupted.rawValue)), of: session,
        under: lease)
      return SessionMachine.talkInterrupted
    }
    guard leases.mayAct(for: session) else {
      note(
        .speakEnded(request: request.value, .refused(kind: ErrorKind.ledgerUnavailable.rawValue)), of: session,
        under: lease)
      return Self.ledgerUnavailable
    }
    return nil
  }

  // MARK: Outcomes

  /// Notes what an answer says about a talk.
  func noteAnswer(_ result: Result<CallResult, SignalingError>, to request: RequestID, of session: SessionID) {
    guard case .success(.talk(let talk, let durationMs)) = result else { return }
    noteOutcome(.spoken(talk: talk, durationMs: durationMs), of: request, session)
  }

  /// Notes a talk that was refused, or of which nobody knows.
  func noteFailure(_ failure: ProviderFailure, of call: ProviderCall, _ request: RequestID, _ session: SessionID) {
    guard case .speak = call else { return }
    let kind = SignalingError(failure, of: call).kind
    noteOutcome(kind == .talkUnknown ? .unknown : .refused(kind: kind.rawValue), of: request, session)
  }

  /// Writes down what another life could not know otherwise: that the provider has the description, or heard of the
  /// session.
  func writeSuccess(
    _ result: Result<ProviderOutcome, ProviderFailure>, of call: ProviderCall, _ session: SessionID, under lease: Lease?
  ) async {
    guard case .success = result else { return }
    switch call {
    case .describe: _ = await write([.described(at: wallTime)], of: session, under: lease)
    case .extend: note(.active(at: wallTime), of: session, under: lease)
    case .add, .speak, .interrupt, .cut: break
    }
  }

  /// The client has the latest secret: the one before is good no more, in this life and the next.
  func settleSecrets(of session: SessionID) {
    guard let entry = sessions[session], case .rotating = entry.machine.secrets else { return }
    entry.settleSecrets()
    note(.secrets(entry.machine.secrets.hashes), of: session, under: entry.lease)
  }

  /// Notes that the browser is connected.
  func noteState(_ state: SessionState, of session: SessionID) {
    guard state == .live else { return }
    note(.connected(at: wallTime), of: session, under: sessions[session]?.lease)
  }
}

/// Counts what is under way, and who waits for the end of all of it.
struct UnderWay {
  private(set) var count = 0
  private var waiters: [CheckedContinuation<Void, Never>] = []

  mutating func begin() { count += 1 }

  mutating func end() {
    count -= 1
    guard count == 0 else { return }
    let waiting = waiters
    waiters = []
    for waiter in waiting { waiter.resume() }
  }

  /// Resumes a waiter once nothing is under way, at once where nothing is.
  mutating func wait(_ waiter: CheckedContinuation<Void, Never>) {
    if count > 0 { waiters.append(waiter) } else { waiter.resume() }
  }
}
