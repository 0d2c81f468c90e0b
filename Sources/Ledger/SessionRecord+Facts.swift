// What each fact does to a record.
import SessionValues

extension SessionRecord {
  /// Takes a fact in. Saying again that a session is over changes nothing.
  /// - Throws: `.illegalFact` for one that does not fit the state.
  public mutating func apply(_ fact: LedgerFact) throws(LedgerFailure) {
    switch (fact, state) {
    case (.opened(let handle, let terms, let secrets, let at), .intended),
      (.opened(let handle, let terms, let secrets, let at), .unseen):
      state = .open
      (self.handle, self.terms) = (handle, terms)
      self.secrets = Array(secrets.prefix(LedgerBounds.secretsPerSession))
      (openedAt, lastActiveAt) = (at, at)
    case (.notOpened, .intended), (.notOpened, .unseen): end(.notOpened)
    case (.unseen, .intended), (.unseen, .unseen): state = .unseen
    case (.secrets(let secrets), .open): self.secrets = Array(secrets.prefix(LedgerBounds.secretsPerSession))
    case (.described(let at), .open):
      describedAt = at
      lastActiveAt = max(lastActiveAt, at)
    case (.connected(let at), .open): connectedAt = connectedAt ?? at
    case (.speakIntended(let request, let fingerprint, let at), .open):
      intendSpeak(SpeakRecord(request: request, fingerprint: fingerprint, at: at))
    case (.speakEnded(let request, let outcome), .open), (.speakEnded(let request, let outcome), .closing),
      (.speakEnded(let request, let outcome), .ended):
      if let index = speaks.lastIndex(where: { $0.request == request }) { speaks[index].outcome = outcome }
    case (.active(let at), .open), (.active(let at), .closing): lastActiveAt = max(lastActiveAt, at)
    case (.closing(let reason), .open):
      state = .closing
      self.reason = reason
    // What cannot be named cannot be ended: it stays what it is.
    case (.closing(let reason), .intended), (.closing(let reason), .unseen): self.reason = reason
    case (.closeFailed, .closing), (.closeFailed, .open), (.closeFailed, .unseen):
      failedCloses += 1
    case (.closed, .open), (.closed, .closing), (.closed, .unseen), (.closed, .intended): end(.closed)
    case (.abandoned, .open), (.abandoned, .closing), (.abandoned, .unseen), (.abandoned, .intended): end(.abandoned)
    case (.secrets, .closing), (.secrets, .ended), (.described, .closing), (.described, .ended),
      (.connected, .closing), (.connected, .ended), (.active, .ended),
      (.closing, .closing), (.closing, .ended), (.closeFailed, .ended), (.closed, .ended), (.abandoned, .ended),
      (.notOpened, .ended):
      break
    case (.opened, _), (.notOpened, _), (.unseen, _), (.secrets, _), (.described, _), (.connected, _),
      (.speakIntended, _),
      (.speakEnded, _), (.active, _), (.closing, _), (.closeFailed, _), (.closed, _), (.abandoned, _):
      throw LedgerFailure(.illegalFact, "a fact does not fit a session that is \(state.rawValue)")
    }
  }

  private mutating func end(_ ending: Ending) {
    state = .ended
    self.ending = ending
    secrets = []
    // What opens a session is of no use once it is over, and may be a credential.
    if let handle { self.handle = SessionHandle(id: handle.id, routing: "", contract: handle.contract) }
  }

  private mutating func intendSpeak(_ speak: SpeakRecord) {
    highestSpeak = max(highestSpeak ?? speak.request, speak.request)
    lastActiveAt = max(lastActiveAt, speak.at)
    guard !speaks.contains(where: { $0.request == speak.request }) else { return }
    if speaks.count >= LedgerBounds.speaksPerSession {
      speaks.remove(at: speaks.firstIndex { $0.outcome != nil } ?? 0)
    }
    speaks.append(speak)
  }
}
