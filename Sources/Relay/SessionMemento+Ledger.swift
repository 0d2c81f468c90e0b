// What the ledger knows of a session, for another life of the relay.
import AvatarProvider
import Ledger
import Signaling

extension SessionMemento {
  /// Nil where the session is not open, or what is kept of it is not enough to go on with it.
  init?(_ record: SessionRecord, limits: RelayLimits, at now: WallTime) {
    guard record.state == .open, let handle = record.handle, let terms = record.terms,
      let negotiation = ProviderTraits.Negotiation(rawValue: terms.negotiation), let capabilities = terms.capabilities,
      let secrets = ResumeSecrets(record.secrets)
    else { return nil }
    let idleLimit = Self.shorter(terms.idleLimitMs, limits.idleLimit)
    let lifetime = Self.shorter(terms.lifetimeMs, limits.lifetime)
    self.init(
      session: SessionID(rawValue: record.intent.session), provider: ProviderID(rawValue: record.intent.provider),
      secrets: secrets, handle: ProviderSession.Handle(handle), negotiation: negotiation, capabilities: capabilities,
      phase: record.connectedAt != nil
        ? .live : record.describedAt != nil || negotiation == .room ? .connecting : .offered,
      // How far the client was told is not kept: its first resume is a resync in any case.
      lastSeq: 0, highestRequest: record.highestSpeak.map(RequestID.init), speaks: record.speaks.map(Speak.init),
      subject: record.intent.subject, idleLimit: idleLimit,
      idleLeft: idleLimit.map { max(.zero, $0 - record.lastActiveAt.age(at: now)) },
      lifetimeLeft: lifetime.map { max(.zero, $0 - (record.openedAt ?? record.intent.at).age(at: now)) })
    speaks.sort { $0.request < $1.request }
  }

  private static func shorter(_ milliseconds: Int64?, _ other: Duration?) -> Duration? {
    [milliseconds.map { .milliseconds($0) }, other].compactMap(\.self).min()
  }
}

extension SessionMemento.Speak {
  /// A talk without an outcome may have been sent when the relay died.
  init(_ speak: SpeakRecord) {
    let fate: Fate =
      switch speak.outcome {
      case .spoken(let talk, let durationMs): .accepted(talk: talk, durationMs: durationMs)
      case .refused(let kind): ErrorKind(rawValue: kind).map(Fate.failed) ?? .unknown
      case .unknown, nil: .unknown
      }
    self.init(request: RequestID(speak.request), fingerprint: speak.fingerprint, fate: fate)
  }
}
