// Carries out `session.resume`: a session moves to another connection.
import Basics
import Ledger
import Logging
import Signaling

extension SessionRegistry {
  /// Takes a session over, if the secret is one of its own.
  func resume(
    _ session: SessionID, _ secret: ResumeSecret, lastSeq: Int64, _ request: RequestID, on connection: ConnectionID
  ) {
    let shown = SecretDigest(of: secret)
    if let error = refusal(ofResuming: session, shown, by: request) {
      return answer(request, .failure(error), on: connection)
    }
    if mayBeElsewhere(session, shown) {
      start { await $0.takeOver(session, secret, lastSeq: lastSeq, request, on: connection) }
      return
    }
    if ledger.isKept, self.session(session) == nil, closedSession(session) == nil {
      start { await $0.resumeWritten(session, shown, lastSeq: lastSeq, request, on: connection) }
      return
    }
    guard ledger.isKept, let entry = self.session(session), entry.machine.secrets.accepts(shown),
      entry.machine.obstacle(toResumingFrom: lastSeq) == nil
    else {
      return resume(session, shown, to: nil, lastSeq: lastSeq, request, on: connection)
    }
    // A request that is still on its way on the old connection must not settle it after what is written now.
    entry.settleSecrets(by: shown)
    let (fresh, lease) = (makeSecret(), entry.lease)
    let hashes = ResumeSecrets.rotating(old: shown, new: SecretDigest(of: fresh)).hashes
    start { registry in
      // A client that has the next secret finds it in another life too. It gets its session in any case, unless that is
      // another relay's by now.
      let facts: [LedgerFact] = [.secrets(hashes), .resumed(request: request.value)]
      let failure = await registry.write(facts, of: session, under: lease)
      if failure?.code == .fenced {
        await registry.takeOver(session, secret, lastSeq: lastSeq, request, on: connection)
      } else {
        registry.resume(session, shown, to: fresh, lastSeq: lastSeq, request, on: connection)
      }
    }
  }

  /// A session that is not known here may have ended in an earlier life.
  private func resumeWritten(
    _ session: SessionID, _ shown: SecretDigest, lastSeq: Int64, _ request: RequestID, on connection: ConnectionID
  ) async {
    do throws(SignalingError) { recall(try await look(up: session)) } catch {
      return refuseResume(error, request, on: connection)
    }
    resume(session, shown, to: nil, lastSeq: lastSeq, request, on: connection)
  }

  private func takeOver(
    _ session: SessionID, _ secret: ResumeSecret, lastSeq: Int64, _ request: RequestID, on connection: ConnectionID
  ) async {
    let shown = SecretDigest(of: secret)
    do throws(SignalingError) {
      try await takeOver(session, shown, request, on: connection)
      if let error = refusal(ofResuming: session, shown, by: request) { throw error }
    } catch { return refuseResume(error, request, on: connection) }
    let fresh = makeSecret()
    let hashes = ResumeSecrets.rotating(old: shown, new: SecretDigest(of: fresh)).hashes
    _ = await write([.secrets(hashes)], of: session, under: self.session(session)?.lease)
    resume(session, shown, to: fresh, lastSeq: lastSeq, request, on: connection)
  }

  static let overtaken = SignalingError(.requestStale, "the session was resumed by a later request")

  /// A resume that comes after a later one of the same client was on its way on a connection that the client gave up.
  /// Were it carried out, the secret that the client has by now would be replaced by one that nobody reads.
  private func refusal(
    ofResuming session: SessionID, _ shown: SecretDigest, by request: RequestID
  ) -> SignalingError? {
    guard let entry = self.session(session), entry.machine.secrets.accepts(shown) else { return nil }
    if let last = entry.lastResume, request < last { return Self.overtaken }
    entry.lastResume = request
    return nil
  }

  private func resume(
    _ session: SessionID, _ shown: SecretDigest, to fresh: ResumeSecret?, lastSeq: Int64, _ request: RequestID,
    on connection: ConnectionID
  ) {
    guard self.connection(connection) != nil else { return }
    do throws(SignalingError) {
      guard let entry = self.session(session), entry.isResumable else {
        return try resumeClosed(session, shown, request, on: connection)
      }
      try check(shown, against: entry.machine.secrets, of: session, on: connection)
      try checkOwner(entry.owner, provider: entry.provider.id.rawValue, on: connection)
      try checkRoom(for: session, on: connection)
      if let error = entry.machine.obstacle(toResumingFrom: lastSeq) { throw error }
      handOver(session, to: connection)
      let fresh = fresh ?? makeSecret()
      let lastID = entry.memory.highest?.value ?? 0
      step(session) { machine, now throws(SessionMachineError) in
        try machine.resume(request, shown: shown, secret: fresh, lastSeq: lastSeq, lastID: lastID, at: now)
      }
      log(session, "session is resumed")
    } catch { refuseResume(error, request, on: connection) }
  }

  private func refuseResume(_ error: SignalingError, _ request: RequestID, on connection: ConnectionID) {
    answer(request, .failure(error), on: connection)
    if error.kind == .sessionSecretInvalid { countWrongSecret(on: connection) }
  }

  /// Who was its client learns why it is over, and may ask what became of its requests.
  func resumeClosed(
    _ session: SessionID, _ shown: SecretDigest, _ request: RequestID, on connection: ConnectionID
  ) throws(SignalingError) {
    guard let record = closedSession(session) else {
      throw SignalingError(.sessionNotFound, "there is no such session")
    }
    try check(shown, against: record.secrets, of: session, on: connection)
    try checkOwner(record.owner, provider: nil, on: connection)
    if let last = record.lastResume, request < last { throw Self.overtaken }
    moveClosed(session, to: connection, by: request)
    throw record.error
  }

  private func check(
    _ shown: SecretDigest, against secrets: ResumeSecrets, of session: SessionID, on connection: ConnectionID
  ) throws(SignalingError) {
    guard secrets.accepts(shown) else { throw Self.wrongSecret(session, connection, logger) }
  }

  /// A session stays with its subject.
  func checkOwner(
    _ owner: String?, provider: String?, on connection: ConnectionID
  ) throws(SignalingError) {
    guard let permit = access.permit(of: connection) else { return }
    guard let owner, permit.subject.isExactly(owner) else {
      throw SignalingError(.accessForbidden, "the session is another subject's")
    }
    if let provider { try access.check(provider: provider, on: connection) }
  }

  func checkRoom(for session: SessionID, on connection: ConnectionID) throws(SignalingError) {
    var others = counts.holdingPlaceOn[connection]
    if let entry = self.session(session), entry.connection == connection, entry.holdsPlace { others -= 1 }
    guard others < limits.maximumSessionsPerConnection else {
      throw SignalingError(.sessionLimit, "this connection has \(others) sessions, as many as it may")
    }
  }

  /// The connection that had the session is told, and has to let go.
  private func handOver(_ session: SessionID, to connection: ConnectionID) {
    guard let left = move(session, to: connection) else { return }
    guard !left.sessions.isEmpty else {
      return left.connection.close(.takenOver, reason: "another connection resumed the session")
    }
    var seq: Int64 = 0
    step(session) { machine, _ in
      seq = machine.leaveConnection()
      return []
    }
    let event = SessionEvent.closed(.takenOver, action: CloseReason.takenOver.action)
    left.connection.send(.notification(.session(session, seq: seq, event)))
  }

  /// Guessing has an end.
  private func countWrongSecret(on connection: ConnectionID) {
    guard let entry = self.connection(connection) else { return }
    _ = entry.secretsTolerated.take(at: clock.now)
    guard entry.secretsTolerated.wait(for: 1, at: clock.now) > .zero else { return }
    refuse(connection, .secretsRefused, reason: "too many wrong secrets")
  }
}
