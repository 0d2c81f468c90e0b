// Holds what the ledger knows of one session, and decides what each fact does to it.
import SessionValues

/// A session's record. ``apply(_:)`` is the meaning of every fact; stores keep its result in their own way.
public struct SessionRecord: Sendable, Hashable {
  /// What was recorded before the session was created.
  public var intent: SessionIntent
  /// Who acts for the session; its first owner is the intent's.
  public var owner: RelayID
  /// The latest claim's number.
  public var fence: Int64
  /// How far the session has come.
  public var state: RecordState
  /// Set as soon as the provider named the session.
  public var handle: SessionHandle?
  /// What its provider set; nil until it opened the session.
  public var terms: SessionTerms?
  /// Hashes of the secrets that are good, newest first. Once the session is over they open nothing, and tell its client
  /// from others.
  public var secrets: [SecretHash]
  /// When the provider opened it; nil until then.
  public var openedAt: WallTime?
  /// When the provider accepted the browser's description; nil until then.
  public var describedAt: WallTime?
  /// When the browser first reported a connection; nil until then.
  public var connectedAt: WallTime?
  /// When the provider last heard of the session, as far as is known.
  public var lastActiveAt: WallTime
  /// The speaks, oldest first.
  public var speaks: [SpeakRecord]
  /// The highest request that was ever a speak: a lower one that is not in ``speaks`` may have been sent.
  public var highestSpeak: Int64?
  /// Why the session is being ended or ended.
  public var reason: String?
  /// How often the provider was asked to end it without confirming it.
  public var failedCloses: Int
  /// Set once the state is ``RecordState/ended``.
  public var ending: Ending?
  /// When it ended; nil until then, and where it was never opened.
  public var endedAt: WallTime?
  /// What the browser reported last of its peer connection and of the data channel, in W3C's words; nil for nothing.
  public var iceState: String?
  public var dataChannel: String?

  /// The record of an intent.
  public init(_ intent: SessionIntent, fence: Int64 = 1) {
    self.intent = intent
    self.fence = fence
    owner = intent.relay
    state = .intended
    secrets = []
    lastActiveAt = intent.at
    speaks = []
    failedCloses = 0
  }
}

/// A session that is about to be created. From the moment at which it is sent the provider may bill for it.
public struct SessionIntent: Sendable, Hashable {
  /// The relay's own id of the session.
  public var session: String
  /// The provider's configured name.
  public var provider: String
  /// Which relay asks for it.
  public var relay: RelayID
  /// When it asks.
  public var at: WallTime
  /// Whom the session counts for; nil where nobody is asked for a token.
  public var subject: String?
  /// After how much silence the provider ends such a session in milliseconds; nil where it never does.
  public var idleLimitMs: Int64?

  /// Describes what is about to be asked for.
  public init(
    session: String, provider: String, relay: RelayID, at: WallTime, subject: String? = nil, idleLimitMs: Int64? = nil
  ) {
    self.session = session
    self.provider = provider
    self.relay = relay
    self.at = at
    self.subject = subject
    self.idleLimitMs = idleLimitMs
  }
}

/// The state of a session in the ledger. What is not ``ended`` may be open, and billed, at the provider.
public enum RecordState: String, Sendable, Hashable, Codable, CaseIterable {
  /// The provider is about to be asked for it, is being asked, or was when the relay died.
  case intended
  /// It was asked for and the reply was never seen. Nobody can name it.
  case unseen
  /// It is open under ``SessionRecord/handle``.
  case open
  /// The provider is to end it: no client gets it back.
  case closing
  /// It is over.
  case ended
}

/// Why nothing more is done about a session.
public enum Ending: String, Sendable, Hashable, Codable, CaseIterable {
  /// The provider said that it is over.
  case closed
  /// It was never opened.
  case notOpened
  /// The provider did not confirm the end, and by now its own limits must have ended it.
  case abandoned
}

/// One fact of a session. Facts are recorded in the order in which they happened.
public enum LedgerFact: Sendable, Hashable {
  /// The provider opened it. `secrets` are the hashes of the secrets by which its client may resume it.
  case opened(SessionHandle, SessionTerms, secrets: [SecretHash], at: WallTime)
  /// It is certain that the provider did not open it.
  case notOpened
  /// It may have been opened, but the reply never came.
  case unseen
  /// From now on these secrets are good, newest first, and no others.
  case secrets([SecretHash])
  /// Its client resumed it by that request, where it was already. Stores that several relays share refuse the claims of
  /// earlier ones from now on; the record does not show it.
  case resumed(request: Int64)
  /// The provider accepted the browser's description.
  case described(at: WallTime)
  /// The browser reported that its media is connected.
  case connected(at: WallTime)
  /// The browser reported the state of its peer connection, or of the data channel, in W3C's words; nil says nothing new.
  case reported(iceState: String?, dataChannel: String?)
  /// A speak is about to be sent.
  case speakIntended(request: Int64, ScriptFingerprint, at: WallTime)
  /// What became of it.
  case speakEnded(request: Int64, SpeakOutcome)
  /// A part of a speak is about to be handed on, whose intent was recorded before.
  case partIntended(request: Int64, PartProgress, at: WallTime)
  /// The provider knows that no more parts of a speak come, since it is complete or since it was given up.
  case partsEnded(request: Int64, isComplete: Bool)
  /// The provider heard of the session: its idle limit counts anew.
  case active(at: WallTime)
  /// It is about to be ended, for that reason.
  case closing(reason: String)
  /// The provider was asked to end it and did not confirm it.
  case closeFailed
  /// The provider said that it is over.
  case closed(at: WallTime)
  /// Its end was never confirmed, but the provider's own limits have passed.
  case abandoned(at: WallTime)
}

extension LedgerFact {
  /// The request by which its client resumed the session; nil for another fact.
  public var resumingRequest: Int64? { if case .resumed(let request) = self { request } else { nil } }
}

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
    case (.notOpened, .intended), (.notOpened, .unseen): end(.notOpened, at: nil)
    case (.unseen, .intended), (.unseen, .unseen): state = .unseen
    // Also of a session that is over: its client may be told so, and show the secret that it was given last.
    case (.secrets(let secrets), .open), (.secrets(let secrets), .closing), (.secrets(let secrets), .ended):
      self.secrets = Array(secrets.prefix(LedgerBounds.secretsPerSession))
    case (.resumed, .open), (.resumed, .closing), (.resumed, .ended): break
    case (.described(let at), .open):
      describedAt = at
      lastActiveAt = max(lastActiveAt, at)
    case (.connected(let at), .open): connectedAt = connectedAt ?? at
    case (.reported(let iceState, let dataChannel), .open):
      self.iceState = iceState ?? self.iceState
      self.dataChannel = dataChannel ?? self.dataChannel
    case (.speakIntended(let request, let fingerprint, let at), .open):
      intendSpeak(SpeakRecord(request: request, fingerprint: fingerprint, at: at))
    case (.speakEnded(let request, let outcome), .open), (.speakEnded(let request, let outcome), .closing),
      (.speakEnded(let request, let outcome), .ended):
      if let index = speaks.lastIndex(where: { $0.request == request }) { speaks[index].outcome = outcome }
    case (.partIntended(let request, let progress, let at), .open):
      lastActiveAt = max(lastActiveAt, at)
      if let index = speaks.lastIndex(where: { $0.request == request }) { speaks[index].parts = progress }
    case (.partsEnded(let request, let isComplete), .open), (.partsEnded(let request, let isComplete), .closing),
      (.partsEnded(let request, let isComplete), .ended):
      if let index = speaks.lastIndex(where: { $0.request == request }) { speaks[index].parts?.end(isComplete) }
    case (.active(let at), .open), (.active(let at), .closing): lastActiveAt = max(lastActiveAt, at)
    case (.closing(let reason), .open):
      state = .closing
      self.reason = reason
    // What cannot be named cannot be ended: it stays what it is.
    case (.closing(let reason), .intended), (.closing(let reason), .unseen): self.reason = reason
    case (.closeFailed, .closing), (.closeFailed, .open), (.closeFailed, .unseen):
      if failedCloses < .max { failedCloses += 1 }
    case (.closed(let at), .open), (.closed(let at), .closing), (.closed(let at), .unseen),
      (.closed(let at), .intended):
      end(.closed, at: at)
    case (.abandoned(let at), .open), (.abandoned(let at), .closing), (.abandoned(let at), .unseen),
      (.abandoned(let at), .intended):
      end(.abandoned, at: at)
    case (.described, .closing), (.described, .ended),
      (.connected, .closing), (.connected, .ended), (.reported, .closing), (.reported, .ended), (.active, .ended),
      (.closing, .closing), (.closing, .ended), (.closeFailed, .ended), (.closed, .ended), (.abandoned, .ended),
      (.notOpened, .ended):
      break
    case (.opened, _), (.notOpened, _), (.unseen, _), (.secrets, _), (.resumed, _), (.described, _),
      (.connected, _), (.reported, _), (.speakIntended, _), (.speakEnded, _), (.partIntended, _), (.partsEnded, _),
      (.active, _), (.closing, _), (.closeFailed, _), (.closed, _), (.abandoned, _):
      throw LedgerFailure(.illegalFact, "a fact does not fit a session that is \(state.rawValue)")
    }
  }

  private mutating func end(_ ending: Ending, at time: WallTime?) {
    state = .ended
    self.ending = ending
    endedAt = time
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
