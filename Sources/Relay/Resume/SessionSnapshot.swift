// Holds what has to be known of a session to go on with it after the relay that had it is gone.
import AvatarProvider
import Ledger
import SessionValues
import Signaling

/// A session as it can be written down and taken up again, by this process or another. Times are what was left of them
/// at a moment that the writer knows; a reader takes off what has passed since.
struct SessionSnapshot: Sendable, Hashable {
  /// How far the session had come.
  enum Phase: String, Sendable, Hashable, CaseIterable {
    /// The provider is not known to have accepted a description. One that was on its way may be sent again.
    case offered
    case connecting, live
  }

  /// A talk that was asked for.
  struct Speak: Sendable, Hashable {
    enum Fate: Sendable, Hashable {
      case accepted(talk: String, durationMs: Int64?)
      /// Certainly not spoken.
      case failed(ErrorKind)
      /// It may have been sent, and no answer is known. It is never sent again.
      case unknown
    }
    var request: RequestID
    /// Of what was to be said: the same request with other words is another one.
    var fingerprint: ScriptFingerprint
    var fate: Fate
    /// How far it had come, where it was handed on in parts.
    var parts: PartProgress?
    init(request: RequestID, fingerprint: ScriptFingerprint, fate: Fate, parts: PartProgress? = nil) {
      self.request = request
      self.fingerprint = fingerprint
      self.fate = fate
      self.parts = parts
    }
  }

  var session: SessionID
  var provider: ProviderID
  var secrets: ResumeSecrets
  var handle: SessionHandle
  /// Who describes first in this session.
  var negotiation: Negotiation
  var capabilities: SessionCapabilities
  var phase: Phase
  /// What the browser reported last of its peer connection, and of the data channel; nil for nothing.
  var iceState: Report.IceState?
  var channelState: Report.ChannelState?
  /// The number of the latest notification, as far as is known. The client may have seen a higher one.
  var lastSeq: Int64
  /// The highest id of a request about the session, as far as is known; nil if there was none.
  var highestRequest: RequestID?
  /// Talks by request, lowest id first. Every talk that may have been sent is here, unless many later ones are.
  var speaks: [Speak]
  /// Whose session it is, where tokens are in use.
  var subject: String?
  /// The longest silence, and what is left of it; nil where silence does not end the session.
  var idleLimit: Duration?
  var idleLeft: Duration?
  /// Nil where age does not end the session.
  var lifetimeLeft: Duration?

  init(
    session: SessionID, provider: ProviderID, secrets: ResumeSecrets, handle: SessionHandle,
    negotiation: Negotiation, capabilities: SessionCapabilities, phase: Phase,
    iceState: Report.IceState? = nil, channelState: Report.ChannelState? = nil, lastSeq: Int64,
    highestRequest: RequestID?, speaks: [Speak], subject: String?, idleLimit: Duration?, idleLeft: Duration?,
    lifetimeLeft: Duration?
  ) {
    self.session = session
    self.provider = provider
    self.secrets = secrets
    self.handle = handle
    self.negotiation = negotiation
    self.capabilities = capabilities
    self.phase = phase
    self.iceState = iceState
    self.channelState = channelState
    self.lastSeq = lastSeq
    self.highestRequest = highestRequest
    self.speaks = speaks
    self.subject = subject
    self.idleLimit = idleLimit
    self.idleLeft = idleLeft
    self.lifetimeLeft = lifetimeLeft
  }
}

extension SessionSnapshot.Speak {
  /// What a client is answered that asks for the talk again.
  /// - Parameter end: why the session is over; nil while it is not.
  func answer(after end: CloseReason?) -> ServerMessage {
    switch fate {
    case .accepted(let talk, let durationMs): .result(request, .talk(id: talk, durationMs: durationMs))
    case .failed(let kind):
      .error(request, SignalingError(kind, "the talk was not accepted", end: kind == .sessionClosed ? end : nil))
    case .unknown: .error(request, AnswerMemory.fateUnknown)
    }
  }
}

extension SessionSnapshot {
  /// Nil where the session is not open, or what is kept of it is not enough to go on with it.
  init?(_ record: SessionRecord, limits: RelayLimits, at now: WallTime) {
    guard record.state == .open, let handle = record.handle, let terms = record.terms,
      let negotiation = terms.negotiation, let capabilities = terms.capabilities,
      let secrets = ResumeSecrets(record.secrets)
    else { return nil }
    let idleLimit = Self.shorter(terms.idleLimitMs, limits.idleLimit)
    let lifetime = Self.shorter(terms.lifetimeMs, limits.lifetime)
    self.init(
      session: SessionID(rawValue: record.intent.session), provider: ProviderID(rawValue: record.intent.provider),
      secrets: secrets, handle: handle, negotiation: negotiation, capabilities: capabilities,
      phase: record.connectedAt != nil
        ? .live : record.describedAt != nil || negotiation == .room ? .connecting : .offered,
      iceState: record.iceState.flatMap(Report.IceState.init),
      channelState: record.dataChannel.flatMap(Report.ChannelState.init),
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

extension SessionSnapshot.Speak {
  /// A talk without an outcome may have been sent when the relay died.
  init(_ speak: SpeakRecord) {
    let fate: Fate =
      switch speak.outcome {
      case .spoken(let talk, let durationMs): .accepted(talk: talk, durationMs: durationMs)
      case .refused(let kind): ErrorKind(rawValue: kind).map(Fate.failed) ?? .unknown
      case .unknown, nil: .unknown
      }
    self.init(request: RequestID(speak.request), fingerprint: speak.fingerprint, fate: fate, parts: speak.parts)
  }
}
