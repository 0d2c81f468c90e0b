// Decides how a session goes on, on another connection or in another process.
import AvatarProvider
import Basics
import Ledger
import Signaling

extension SessionMachine {
  /// Whether a client can come back to the session: whoever waits for `session.open` has no secret yet.
  var isResumable: Bool { events != nil }

  /// Why a client cannot go on from a notification; nil where it can. One that was never sent would have the numbers
  /// leap.
  func obstacle(toResumingFrom lastSeq: Int64) -> SignalingError? {
    guard let events, !events.mayHaveTold(lastSeq) else { return nil }
    return SignalingError(.invalidParams, "params.lastSeq: no notification of that number was sent")
  }

  /// The session goes to another connection.
  /// - Returns: the number by which the one that had it is told so. For the session that did not happen.
  mutating func leaveConnection() -> Int64 { events?.tellAside() ?? 1 }

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
    absence = nil
    secrets.rotate(from: shown, to: SecretDigest(of: secret))
    guard let missed = events?.events(after: lastSeq) else {
      // An earlier life of the relay may have told the client more than was written down.
      events?.skip(to: lastSeq)
      let continuation = ResumedSession.Continuation.resync(resyncState(at: now))
      return [
        .welcome(
          request, .success(.resumed(ResumedSession(secret: secret, lastID: lastID, continuation: continuation))))
      ] + endInheritedTalk(at: now)
    }
    let resumed = ResumedSession(secret: secret, lastID: lastID, continuation: .replay(count: missed.count))
    return [.welcome(request, .success(.resumed(resumed)))] + missed.map { .notify(seq: $0.seq, $0.event) }
  }

  /// How the session stands.
  func resyncState(at now: MonotonicInstant) -> ResyncState {
    ResyncState(
      seq: events?.lastSeq ?? 0, state: visibleState, talks: talks.entries.map(\.resyncState), iceState: iceState,
      expiresInMs: expiry(at: now)?.left(at: now)?.milliseconds, dataChannel: channelState)
  }
}

extension SessionMachine {
  /// A session that was written down. It has no connection, and its grace time begins now.
  init(restoring snapshot: SessionSnapshot, traits: ProviderTraits, limits: RelayLimits, at now: MonotonicInstant) {
    let identity = Identity(session: snapshot.session, provider: snapshot.provider, traits: traits)
    self.init(
      identity, secrets: snapshot.secrets, state: .open(Phase(snapshot.phase), Upstream(snapshot)), limits: limits)
    isRestored = true
    events = EventBuffer(
      maximumCount: limits.eventsReplayed, maximumBytes: limits.eventBytesReplayed, inheriting: snapshot.lastSeq)
    expiry = ExpiryWatch(
      idleLimit: snapshot.idleLimit, idleLeft: snapshot.idleLeft, lifetime: snapshot.lifetimeLeft,
      warning: limits.expiryWarning, from: now)
    switch snapshot.phase {
    case .offered: break
    case .connecting: calls.descriptionAccepted()
    case .live:
      calls.descriptionAccepted()
      iceState = .connected
    }
    if let state = snapshot.iceState { iceState = state }
    channelState = snapshot.channelState
    if channelState == .open { talks.witness = .expected }
    // The latest talk may be under way: it was asked for when the session was last active, or before.
    let lastActive = snapshot.idleLimit.flatMap { limit in
      snapshot.idleLeft.map { now.advanced(by: $0 - limit) }
    }
    let latest = snapshot.speaks.last { if case .accepted = $0.fate { true } else { false } }?.request
    for speak in snapshot.speaks {
      guard case .accepted(let talk, let durationMs) = speak.fate else { continue }
      let duration = durationMs.map { Duration.milliseconds($0) }
      let end = duration.flatMap { speak.request == latest ? lastActive?.advanced(by: $0) : nil }
      talks.restore(talk, lasting: duration, until: end)
      if let parts = speak.parts { remember(ClosedTalk(id: talk, parts)) }
    }
    inheritOpenTalk(snapshot, at: now)
    absence = Absence(end: now.advanced(by: limits.graceTime), reason: .connectionLost)
  }
}

extension SessionMachine {
  /// A talk was being handed on in parts when the relay died: its provider may still wait for the rest of it.
  fileprivate mutating func inheritOpenTalk(_ snapshot: SessionSnapshot, at now: MonotonicInstant) {
    guard snapshot.capabilities.parts == .native,
      let speak = snapshot.speaks.last(where: { $0.parts?.isEnded == false })
    else { return }
    if case .failed = speak.fate { return }
    openTalk = OpenTalk(inherited: speak.request, identity.traits.textLength, at: now)
    calls.holdTalks(for: speak.request)
  }

  /// Ends it, once the session is this relay's to act for.
  fileprivate mutating func endInheritedTalk(at now: MonotonicInstant) -> [SessionAction] {
    guard case .open(_, let upstream) = state, let openTalk, openTalk.isInherited,
      calls.running.isEmpty
    else { return [] }
    return takeLeave(upstream, at: now)
  }
}

extension ClosedTalk {
  /// A talk of an earlier life of the relay.
  fileprivate init(id: String, _ parts: PartProgress) {
    self.init(
      id: id, taken: parts.taken,
      fate: parts.isEnded && parts.taken == parts.handedOn ? .complete : .unknown(through: parts.handedOn))
  }
}

extension SessionMachine.Phase {
  fileprivate init(_ phase: SessionSnapshot.Phase) {
    self =
      switch phase {
      case .offered: .offered
      case .connecting: .connecting
      case .live: .live
      }
  }
}
