// Says what a request that succeeded is answered, and writes it as JSON.
import SessionValues
import StrictJSON

/// The result of a call, one case for each shape (docs/protocol.md, "Methods"). The large and rare ones are kept apart, so
/// that the others, of which many are remembered, are small.
public enum CallResult: Sendable, Hashable {
  /// `{}`
  case empty
  /// All that a browser needs to take part.
  indirect case opened(OpenedSession)
  /// The provider's answer to `session.offer`.
  case described(SessionDescription)
  /// `{talk, durationMs?}`
  case talk(id: String, durationMs: Int64?)
  /// `{interrupted}`: the talk that a part belongs to is over, and the part is not said.
  case talkOver
  /// `{sendOnDataChannel?, pending?}`: the text that the browser has to send for the talk to stop, and whether a talk
  /// that is still on its way is cut off later.
  case interrupted(sendOnDataChannel: String?, isPending: Bool = false)
  /// `{secret, lastId, replayed}` or `{secret, lastId, resync}`
  indirect case resumed(ResumedSession)
  /// `{expiresInMs?}`
  case extended(expiresInMs: Int64?)
}

/// All that a browser needs to take part in a session.
public struct OpenedSession: Sendable, Hashable {
  /// Milliseconds, and bytes of UTF-8; an absent member means no limit.
  public struct Limits: Sendable, Hashable {
    /// After how much silence the session ends; nil for never.
    public var idleMs: Int64?
    /// How long the session lives at the most; nil for ever.
    public var lifetimeMs: Int64?
    /// How long the session outlives a lost connection; 0: not at all.
    public var graceMs: Int64
    /// How long the text of one talk is. On the wire `maxTextBytes` goes with it: how many bytes it has at the most.
    public var text: TextLength
    /// Makes limits, in milliseconds and in the text's own unit.
    public init(idleMs: Int64?, lifetimeMs: Int64?, graceMs: Int64, text: TextLength) {
      self.idleMs = idleMs
      self.lifetimeMs = lifetimeMs
      self.graceMs = graceMs
      self.text = text
    }
  }
  /// The relay's own id of the session.
  public var session: SessionID
  /// What the first resume is done with.
  public var secret: ResumeSecret
  /// Its provider, as the request named it.
  public var provider: String
  /// How media is reached: the members `offer` and `iceServers`, `iceServers` only, or `room` = `{url, token}`.
  public var grant: MediaGrant
  /// Nil where no events come by a channel.
  public var dataChannel: DataChannel?
  /// When it ends, and how long a talk may be.
  public var limits: Limits
  /// What can be asked of it.
  public var capabilities: SessionCapabilities
  /// The provider wants candidates one by one; on the wire one of the capabilities.
  public var trickle: Bool

  /// Puts the result together.
  public init(
    session: SessionID, secret: ResumeSecret, provider: String, grant: MediaGrant, dataChannel: DataChannel?,
    limits: Limits, capabilities: SessionCapabilities, trickle: Bool
  ) {
    self.session = session
    self.secret = secret
    self.provider = provider
    self.grant = grant
    self.dataChannel = dataChannel
    self.limits = limits
    self.capabilities = capabilities
    self.trickle = trickle
  }
}

/// How a session goes on with a new connection.
public struct ResumedSession: Sendable, Hashable {
  /// How the client learns what it missed.
  public enum Continuation: Sendable, Hashable {
    /// So many notifications follow at once, which it missed.
    case replay(count: Int)
    /// They are gone; this is how the session stands.
    case resync(ResyncState)
  }

  /// What the next resume is done with.
  public var secret: ResumeSecret
  /// The highest id of a request about the session; 0 if there was none. Whoever kept an older counter goes on from
  /// here.
  public var lastID: Int64
  /// How the client learns what it missed.
  public var continuation: Continuation
  /// Puts the result together.
  public init(secret: ResumeSecret, lastID: Int64, continuation: Continuation) {
    self.secret = secret
    self.lastID = lastID
    self.continuation = continuation
  }
}

/// All of a session's state that notifications tell of. They go on with `seq` + 1.
public struct ResyncState: Sendable, Hashable {
  /// One talk and how far it came.
  public struct Talk: Sendable, Hashable {
    /// As the phases of `session.talk`; `unknown` for a talk of which only the acceptance is known.
    public enum Phase: String, Sendable, Hashable, CaseIterable { case accepted, started, ended, failed, unknown }
    /// The talk's id.
    public var talk: String
    /// How far it came.
    public var phase: Phase
    /// How long it plays, in milliseconds; nil where that is not known.
    public var durationMs: Int64?
    /// Describes one talk.
    public init(talk: String, phase: Phase, durationMs: Int64?) {
      self.talk = talk
      self.phase = phase
      self.durationMs = durationMs
    }
  }

  /// The number of the latest notification.
  public var seq: Int64
  /// How far the session has come.
  public var state: SessionState
  /// The talks that are remembered, first accepted first.
  public var talks: [Talk]
  /// What the client reported last.
  public var iceState: Report.IceState
  /// How long the session lives if nothing more happens; nil if for ever.
  public var expiresInMs: Int64?
  /// What the client reported last; nil if it never did.
  public var dataChannel: Report.ChannelState?

  /// Describes a session.
  public init(
    seq: Int64, state: SessionState, talks: [Talk], iceState: Report.IceState, expiresInMs: Int64?,
    dataChannel: Report.ChannelState?
  ) {
    self.seq = seq
    self.state = state
    self.talks = talks
    self.iceState = iceState
    self.expiresInMs = expiresInMs
    self.dataChannel = dataChannel
  }
}

/// The states that a client sees.
public enum SessionState: String, Sendable, Hashable, CaseIterable {
  /// The provider was asked; not announced, since the client learns the id only by the result.
  case opening
  /// The result of `session.open` was sent; the client's turn.
  case offered
  /// The client's description is on its way to the provider.
  case answering
  /// The provider accepted it; ICE and DTLS run between client and provider.
  case connecting
  /// The client reported `connected` or `completed`.
  case live
  /// It is being closed at the provider.
  case closing
  /// It is over.
  case closed
}

extension CallResult {
  var json: JSONObject {
    var object = JSONObject()
    switch self {
    case .empty: break
    case .opened(let session): return session.json
    case .resumed(let session): return session.json
    case .described(let answer): object["answer"] = answer.json
    case .talk(let id, let durationMs):
      object["talk"] = .string(id)
      object["durationMs"] = durationMs.map { .integer($0) }
    case .talkOver: object["interrupted"] = true
    case .interrupted(let message, let isPending):
      object["sendOnDataChannel"] = message.map { .string($0) }
      if isPending { object["pending"] = true }
    case .extended(let expiresInMs): object["expiresInMs"] = expiresInMs.map { .integer($0) }
    }
    return object
  }
}

extension SessionDescription {
  /// W3C's RTCSessionDescriptionInit.
  var json: JSONValue { ["type": .string(kind.rawValue), "sdp": .string(sdp)] }
}

extension OpenedSession {
  /// With the result of `session.resume` the only message that carries a secret.
  fileprivate var json: JSONObject {
    var object: JSONObject = [
      "session": .string(session.rawValue), "secret": .string(secret.value), "provider": .string(provider),
    ]
    switch grant {
    case .offer(let offer, let iceServers):
      object["offer"] = offer.json
      object["iceServers"] = .array(iceServers.map(\.json))
    case .awaitsOffer(let iceServers): object["iceServers"] = .array(iceServers.map(\.json))
    case .room(let url, let token): object["room"] = ["url": .string(url), "token": .string(token)]
    }
    object["dataChannel"] = dataChannel?.json
    object["limits"] = limits.json
    object["capabilities"] = capabilities.json(trickle: trickle)
    return object
  }
}

extension IceServer {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["urls": .array(urls.map { .string($0) })]
    object["username"] = username.map { .string($0) }
    object["credential"] = credential.map { .string($0) }
    return .object(object)
  }
}

extension DataChannel {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["openedBy": .string(openedBy.rawValue)]
    object["label"] = label.map { .string($0) }
    object["frames"] = .string(frames.rawValue)
    return .object(object)
  }
}

extension OpenedSession.Limits {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["idleMs"] = idleMs.map { .integer($0) }
    object["lifetimeMs"] = lifetimeMs.map { .integer($0) }
    object["graceMs"] = .integer(graceMs)
    object["maxTextBytes"] = .integer(Int64(text.maximumBytes))
    object["text"] = [
      "unit": .string(text.unit.rawValue), "min": .integer(Int64(text.range.lowerBound)),
      "max": .integer(Int64(text.range.upperBound)),
    ]
    return .object(object)
  }
}

extension SessionCapabilities {
  fileprivate func json(trickle: Bool) -> JSONValue {
    [
      "interrupt": .string(interrupt.rawValue), "parts": .string(parts.rawValue), "extend": .bool(extend),
      "ssml": .bool(ssml), "audio": .bool(audio), "trickle": .bool(trickle),
    ]
  }
}

extension ResumedSession {
  /// `{secret, lastId, replayed}` or `{secret, lastId, resync}`
  var json: JSONObject {
    var object: JSONObject = ["secret": .string(secret.value), "lastId": .integer(lastID)]
    switch continuation {
    case .replay(let count): object["replayed"] = .integer(Int64(count))
    case .resync(let snapshot): object["resync"] = snapshot.json
    }
    return object
  }
}

extension ResyncState {
  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "seq": .integer(seq), "state": .string(state.rawValue), "talks": .array(talks.map(\.json)),
      "iceState": .string(iceState.rawValue),
    ]
    object["expiresInMs"] = expiresInMs.map { .integer($0) }
    object["dataChannel"] = dataChannel.map { .string($0.rawValue) }
    return .object(object)
  }
}

extension ResyncState.Talk {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["talk": .string(talk), "phase": .string(phase.rawValue)]
    object["durationMs"] = durationMs.map { .integer($0) }
    return .object(object)
  }
}
