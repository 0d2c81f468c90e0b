// Carries out `session.resume` of a session that another relay has, or had.
import AvatarProvider
import Basics
import Ledger
import LogLines
import Logging
import Signaling

extension SessionRegistry {
  /// Whether the ledger has to be asked whose a session is: it is not here, or what is known here may be out of date.
  func mayBeElsewhere(_ session: SessionID, _ shown: SecretDigest) -> Bool {
    guard ledger.isShared else { return false }
    if let entry = self.session(session), entry.isResumable, entry.holdsPlace {
      return !entry.machine.secrets.accepts(shown)
    }
    let record = closedSession(session)
    return record == nil || record?.reason == .takenOver
  }

  /// Makes the session this relay's, if its client showed the secret that is written down.
  /// - Throws: why its client does not get it.
  func takeOver(
    _ session: SessionID, _ shown: SecretDigest, _ request: RequestID, on connection: ConnectionID
  ) async throws(SignalingError) {
    let record = try await look(up: session)
    if let entry = self.session(session), entry.lease?.fence == record.fence {
      // Another resume may have brought it here meanwhile.
      if entry.machine.secrets.accepts(shown) { return }
      throw Self.wrongSecret(session, connection, logger)
    }
    if record.state == .closing || record.state == .ended {
      // What is here was another relay's when it ended; nobody has told this one yet.
      if self.session(session)?.holdsPlace ?? false { giveUp(session) }
      recall(record)
      return try resumeClosed(session, shown, request, on: connection)
    }
    try check(record, shown, request, on: connection)
    // A client that gave this connection up while the ledger was asked may have its session at another relay by now.
    guard self.connection(connection) != nil else { throw Self.overtaken }
    let asked = clock.now
    let claim: Claim
    do throws(LedgerFailure) {
      claim = try await ledger.store.claim(session.rawValue, by: ledger.relay, .byClient(request: request.value))
    } catch  where error.code == .unknownSession { throw Self.ended(record) } catch  where error.code == .overtaken {
      throw Self.overtaken
    } catch {
      report(error, of: session)
      throw LedgerWriter.unavailable
    }
    try adopt(claim, as: session, since: asked)
  }

  /// Remembers a session that ended elsewhere or in an earlier life, for as long as one that ended here.
  func recall(_ record: SessionRecord) {
    let session = SessionID(rawValue: record.intent.session)
    guard self.session(session) == nil,
      let past = ClosedSessions.Record(record, limits, at: clock.now, ledger.wallTime)
    else { return }
    remember(session, past)
  }

  /// What the ledger knows of a session.
  func look(up session: SessionID) async throws(SignalingError) -> SessionRecord {
    do throws(LedgerFailure) {
      if let record = try await ledger.store.session(session.rawValue) { return record }
    } catch {
      report(error, of: session)
      throw LedgerWriter.unavailable
    }
    throw SignalingError(.sessionNotFound, "there is no such session")
  }

  private func check(
    _ record: SessionRecord, _ shown: SecretDigest, _ request: RequestID, on connection: ConnectionID
  ) throws(SignalingError) {
    let session = SessionID(rawValue: record.intent.session)
    guard record.state == .open else { throw SignalingError(.sessionNotFound, "there is no such session") }
    guard ResumeSecrets(record.secrets)?.accepts(shown) ?? false else {
      throw Self.wrongSecret(session, connection, logger)
    }
    try checkOwner(record.intent.subject, provider: record.intent.provider, on: connection)
    try checkRoom(for: session, on: connection)
    guard providers[record.intent.provider] != nil else {
      throw SignalingError(.providerNotConfigured, "this server has no key of the session's provider")
    }
    guard !service.isDraining else {
      throw SignalingError(.draining, "the server is leaving; it takes no session over")
    }
  }

  private func adopt(
    _ claim: Claim, as session: SessionID, since asked: MonotonicInstant
  ) throws(SignalingError) {
    if self.session(session)?.holdsPlace ?? false {
      // Two resumes at once: the later claim is the one that counts, of the same relay.
      guard self.session(session)?.lease?.fence != claim.record.fence - 1 else {
        self.session(session)?.lease = claim.lease
        return leases.hold(claim.lease, on: session, since: asked)
      }
      giveUp(session)
    }
    orphans.forget(session, on: self)
    leases.hold(claim.lease, on: session, since: asked)
    guard let snapshot = SessionSnapshot(claim.record, limits: limits, at: ledger.wallTime), restore(snapshot) else {
      // It waits for whoever asks next, or for the end of its lease.
      start { try? await $0.ledger.store.release(session.rawValue, claim.lease) }
      throw LedgerWriter.unavailable
    }
    self.session(session)?.lease = claim.lease
    log(session, "session is taken over from another relay")
  }

  private static func ended(_ record: SessionRecord) -> SignalingError {
    SignalingError(.sessionClosed, "the session is over", end: CloseReason(written: record.reason))
  }

  static func wrongSecret(_ session: SessionID, _ connection: ConnectionID, _ logger: Logger) -> SignalingError {
    logger.ofStrangers.notice("wrong secret", metadata: ["session": "\(session)", "connection": "\(connection)"])
    return SignalingError(.sessionSecretInvalid, "this is not the session's secret, or no longer")
  }
}
