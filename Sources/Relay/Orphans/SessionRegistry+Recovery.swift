// Hands what an earlier life of the relay left behind back to clients that come in time, or ends it.
import AvatarProvider
import Ledger
import Logging
import SessionValues
import Signaling
import Timekeeping

extension SessionRegistry {
  /// Takes over the sessions that the ledger knows and that no living relay owns. Those that are open wait for their
  /// clients for the grace time; all others are ended at their providers in the background. Call it before connections
  /// come.
  /// - Throws: ``LedgerFailure`` when the ledger cannot be read or written; then nothing may be served.
  public func recover() async throws(LedgerFailure) {
    if let charge = quotas.firstCharge() {
      quotas.charged(total: try await bookkeeping.ledger.charge(charge.milliseconds, to: charge.day))
    }
    for record in try await bookkeeping.ledger.orphans(for: bookkeeping.relay) {
      guard let provider = providers[record.intent.provider] else {
        logger.error(
          "a session of an earlier life cannot be closed: its provider has no key any more",
          metadata: ["session": "\(record.intent.session)", "provider": "\(record.intent.provider)"])
        continue
      }
      let claim: Claim
      let asked = clock.now
      do throws(LedgerFailure) {
        claim = try await bookkeeping.ledger.claim(record.intent.session, by: bookkeeping.relay, .ifOrphaned)
      } catch  where error.isLoss { continue }
      leases.hold(claim.lease, on: SessionID(rawValue: record.intent.session), since: asked)
      takeUp(claim, provider)
    }
  }

  private func takeUp(_ claim: Claim, _ provider: any AvatarProvider) {
    let (record, now) = (claim.record, wallTime)
    let session = SessionID(rawValue: record.intent.session)
    if let memento = SessionMemento(record, limits: limits, at: now), restore(memento) {
      sessions[session]?.lease = claim.lease
    } else if let handle = record.handle {
      let limit = record.terms?.idleLimitMs.map { Duration.milliseconds($0) - record.lastActiveAt.age(at: now) }
      orphans.keepClosing(session, handle, at: provider, under: claim.lease, for: limit, after: .zero, on: self)
    } else {
      note(.unseen, of: session, under: claim.lease)
      let limit = record.intent.idleLimitMs.map { .milliseconds($0) } ?? limits.orphanTime
      orphans.waitOut(
        session, at: provider, since: record.intent.at, under: claim.lease,
        for: max(.zero, limits.openingTime + limit - record.intent.at.age(at: now)), on: self)
    }
  }
}
