// How a session goes on with another connection.
import Signaling
import Timekeeping

extension SessionMachine {
  /// Whether a client can come back to the session: whoever waits for `session.open` has no secret yet.
  var isResumable: Bool { events != nil }

  /// The session's client is back, on a connection that has the session already.
  /// - Parameters:
  ///   - shown: the digest of the secret that was shown; ``ResumeSecrets/accepts(_:)`` has accepted it.
  ///   - secret: the one for next time.
  ///   - lastSeq: the last notification that arrived.
  ///   - lastID: the highest id of a request about the session.
  mutating func resume(
    _ request: RequestID, shown: SecretDigest, secret: ResumeSecret, lastSeq: Int64, lastID: Int64,
    at now: MonotonicInstant
  ) throws(SessionMachineError) -> [SessionAction] {
    guard isResumable else { throw .unexpected(event: "resumed", state: visibleState) }
    graceEnd = nil
    secrets.rotate(from: shown, to: SecretDigest(of: secret))
    guard let missed = events?.events(after: lastSeq) else {
      // An earlier life of the relay may have told the client more than was written down.
      events?.skip(to: lastSeq)
      let continuation = ResumedSession.Continuation.resync(snapshot(at: now))
      return [
        .welcome(
          request, .success(.resumed(ResumedSession(secret: secret, lastID: lastID, continuation: continuation))))
      ]
    }
    let resumed = ResumedSession(secret: secret, lastID: lastID, continuation: .replay(count: missed.count))
    return [.welcome(request, .success(.resumed(resumed)))] + missed.map { .notify(seq: $0.seq, $0.event) }
  }

  /// How the session stands.
  func snapshot(at now: MonotonicInstant) -> SessionSnapshot {
    SessionSnapshot(
      seq: events?.lastSeq ?? 0, state: visibleState, talks: talks.entries.map(\.snapshot), iceState: iceState,
      expiresInMs: expiry?.left(at: now)?.milliseconds, dataChannel: channelState)
  }
}
