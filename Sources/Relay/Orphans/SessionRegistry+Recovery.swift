// Hands what another life of the relay left behind back to clients that come in time, or ends it, and keeps the leases on
// what it has.
import AvatarProvider
import Basics
import Ledger
import Logging
import SessionValues
import Signaling

extension SessionRegistry {
  /// Takes over the sessions that the ledger knows and that no living relay owns. Those that are open wait for their
  /// clients for the grace time; all others are ended at their providers in the background. Call it before connections
  /// come.
  /// - Throws: ``LedgerFailure`` when the ledger cannot be read or written; then nothing may be served.
  public func recover() async throws(LedgerFailure) {
    if let charge = quotas.firstCharge() {
      quotas.charged(total: try await ledger.store.charge(charge.milliseconds, to: charge.day))
    }
    for record in try await ledger.store.orphans(for: ledger.relay) where !isHere(record) {
      guard let provider = providers[record.intent.provider] else {
        logger.error(
          "a session of an earlier life cannot be closed: its provider has no key any more",
          metadata: ["session": "\(record.intent.session)", "provider": "\(record.intent.provider)"])
        continue
      }
      let claim: Claim
      let asked = clock.now
      do throws(LedgerFailure) {
        claim = try await ledger.store.claim(record.intent.session, by: ledger.relay, .ifOrphaned)
      } catch  where error.isLoss { continue }
      leases.hold(claim.lease, on: SessionID(rawValue: record.intent.session), since: asked)
      takeUp(claim, provider)
    }
  }

  /// Whether this relay has a session, although its lease may have run out. A client may bring one while those that were
  /// found before it are claimed.
  private func isHere(_ record: SessionRecord) -> Bool {
    let session = SessionID(rawValue: record.intent.session)
    return self.session(session)?.holdsPlace ?? false || orphans.table[session] != nil
  }

  private func takeUp(_ claim: Claim, _ provider: any AvatarProvider) {
    let (record, now) = (claim.record, ledger.wallTime)
    let session = SessionID(rawValue: record.intent.session)
    if let snapshot = SessionSnapshot(record, limits: limits, at: now), restore(snapshot) {
      self.session(session)?.lease = claim.lease
    } else if let handle = record.handle {
      // Counted from now: the clock may have leapt forward over the restart, and one failed attempt proves nothing.
      let limit = record.terms?.idleLimitMs.map { Duration.milliseconds($0) }
      orphans.keepClosing(session, handle, at: provider, under: claim.lease, for: limit, after: .zero, on: self)
    } else {
      note(.unseen, of: session, under: claim.lease)
      let limit = record.intent.idleLimitMs.map { .milliseconds($0) } ?? limits.orphanTime
      // Whatever the clock says, which may have leapt forward over the restart, there is time to look for it.
      orphans.waitOut(
        session, at: provider, since: record.intent.at, under: claim.lease,
        for: limits.openingTime + max(.zero, limit - record.intent.at.age(at: now)), on: self)
    }
  }

  // MARK: Taking sessions up

  /// Takes a session up that another life of the relay had. It waits for its client for the grace time and is then
  /// closed at its provider.
  /// - Returns: false where its provider is not configured, or the session is here already, or the relay is leaving.
  func restore(_ snapshot: SessionSnapshot) -> Bool {
    guard !service.isDraining, session(snapshot.session) == nil, let provider = providers[snapshot.provider.rawValue]
    else { return false }
    let machine = SessionMachine(restoring: snapshot, traits: provider.traits, limits: limits, at: clock.now)
    let memory = AnswerMemory(
      maximumCount: limits.answersRemembered, maximumBytes: limits.answerBytesRemembered,
      inheriting: snapshot.speaks, highest: snapshot.highestRequest)
    let entry = SessionEntry(
      machine: machine, provider: provider, memory: memory, ordinal: nextTicket(),
      subject: snapshot.subject.map { .token($0) } ?? .address("restored"), since: clock.now, owner: snapshot.subject)
    insert(snapshot.session, entry)
    setAlarm(for: snapshot.session)
    log(snapshot.session, "session is restored")
    return true
  }

  // MARK: Leases

  /// Renews leases and looks for sessions of relays that died, until the relay leaves. Nothing happens where the ledger
  /// serves one relay.
  public func watchLedger() { leases.watch(on: self) }

  /// The leases on all sessions that are not over, with or without a client.
  var heldLeases: [String: Lease] {
    let ids = allSessions.map(\.key) + orphans.table.all.map(\.key)
    // One may be both, for the moment in which its end is not confirmed.
    return Dictionary(ids.compactMap { id in heldLease(id).map { (id.rawValue, $0) } }) { first, _ in first }
  }

  func heldLease(_ session: SessionID) -> Lease? {
    if let entry = self.session(session), entry.holdsPlace { return entry.lease }
    return orphans.table[session]?.lease
  }

  /// The session is another relay's.
  func giveUp(_ session: SessionID) {
    log(session, "another relay has the session")
    leases.giveUp(session)
    step(session) { machine, _ in machine.lost() }
    orphans.forget(session, on: self)
  }
}
