// Says what the server tells of its own accord, and writes it as JSON.
import SessionValues
import StrictJSON

/// A notification: about a session (with that session's growing `seq`), about a request, or about
/// the server.
public enum Notification: Sendable, Hashable {
  /// What happened in a session, by the session's own growing number.
  case session(SessionID, seq: Int64, SessionEvent)
  /// `request.queued`: a request waits for a place; before it are one fewer than the position says.
  case queued(RequestID, position: Int)
  /// `server.draining`: the server ends within the time; no new session is opened.
  case draining(deadlineMs: Int64)
}

/// A notification's name on the wire.
public enum NotificationMethod: String, Sendable, Hashable, CaseIterable {
  /// Of ``SessionEvent/state(_:)``.
  case state = "session.state"
  /// Of ``SessionEvent/talk(id:_:)``.
  case talk = "session.talk"
  /// Of ``SessionEvent/interrupted(talk:_:)``.
  case interrupted = "session.interrupted"
  /// Of ``SessionEvent/candidate(_:)``.
  case candidate = "session.candidate"
  /// Of ``SessionEvent/expiring(cause:inMs:extendable:)``.
  case expiring = "session.expiring"
  /// Of ``SessionEvent/closed(_:action:)``.
  case closed = "session.closed"
  /// Of ``Notification/queued(_:position:)``.
  case queued = "request.queued"
  /// Of ``Notification/draining(deadlineMs:)``.
  case draining = "server.draining"
}

extension Notification {
  /// The name of this notification.
  public var method: NotificationMethod {
    switch self {
    case .draining: .draining
    case .queued: .queued
    case .session(_, _, .state): .state
    case .session(_, _, .talk): .talk
    case .session(_, _, .interrupted): .interrupted
    case .session(_, _, .candidate): .candidate
    case .session(_, _, .expiring): .expiring
    case .session(_, _, .closed): .closed
    }
  }
}

/// What happened in a session.
public enum SessionEvent: Sendable, Hashable {
  /// `session.state`
  case state(SessionState)
  /// `session.talk`
  case talk(id: String, TalkPhase)
  /// `session.interrupted`: what became of a talk that was interrupted while it was on its way to the provider.
  case interrupted(talk: String, Cut)
  /// `session.candidate`: a candidate of the provider; nil is the end of candidates.
  case candidate(IceCandidate?)
  /// `session.expiring`
  case expiring(cause: ExpiryCause, inMs: Int64, extendable: Bool)
  /// `session.closed`
  case closed(CloseReason, action: CloseAction)

  /// How a talk was cut off.
  public enum Cut: Sendable, Hashable {
    /// The provider was told.
    case done
    /// The browser has to send this text.
    case sendOnDataChannel(String)
    /// It goes on.
    case failed(SignalingError)
  }
}

/// Where a talk is. `estimated` is true where no data-channel event said so and the duration did.
public enum TalkPhase: Sendable, Hashable {
  /// The provider took it; with how long it will play, where it says so.
  case accepted(durationMs: Int64?)
  /// It plays.
  case started(estimated: Bool)
  /// It was played to its end, or cut off.
  case ended(estimated: Bool)
  /// It cannot be played, or no longer.
  indirect case failed(SignalingError)
}

/// Which limit is about to strike.
public enum ExpiryCause: String, Sendable, Hashable, CaseIterable { case idle, lifetime }

extension Notification {
  var params: JSONObject {
    switch self {
    case .draining(let deadlineMs): return ["deadlineMs": .integer(deadlineMs)]
    case .queued(let request, let position):
      return ["id": .integer(request.value), "position": .integer(Int64(position))]
    case .session(let session, let seq, let event):
      var params: JSONObject = ["session": .string(session.rawValue), "seq": .integer(seq)]
      event.write(to: &params)
      return params
    }
  }
}

extension SessionEvent {
  fileprivate func write(to params: inout JSONObject) {
    switch self {
    case .state(let state): params["state"] = .string(state.rawValue)
    case .talk(let id, let phase):
      params["talk"] = .string(id)
      phase.write(to: &params)
    case .interrupted(let talk, let cut):
      params["talk"] = .string(talk)
      switch cut {
      case .done: break
      case .sendOnDataChannel(let text): params["sendOnDataChannel"] = .string(text)
      case .failed(let error): params["error"] = error.json
      }
    case .candidate(let candidate): params["candidate"] = candidate?.json ?? .null
    case .expiring(let cause, let inMs, let extendable):
      params["cause"] = .string(cause.rawValue)
      params["inMs"] = .integer(inMs)
      params["extendable"] = .bool(extendable)
    case .closed(let reason, let action):
      params["reason"] = .string(reason.rawValue)
      params["action"] = .string(action.rawValue)
      params["afterMs"] = reason.afterMs.map { .integer($0) }
    }
  }
}

extension TalkPhase {
  fileprivate func write(to params: inout JSONObject) {
    switch self {
    case .accepted(let durationMs):
      params["phase"] = "accepted"
      params["durationMs"] = durationMs.map { .integer($0) }
    case .started(let estimated):
      params["phase"] = "started"
      params["estimated"] = .bool(estimated)
    case .ended(let estimated):
      params["phase"] = "ended"
      params["estimated"] = .bool(estimated)
    case .failed(let error):
      params["phase"] = "failed"
      params["error"] = error.json
    }
  }
}

extension IceCandidate {
  /// W3C's RTCIceCandidateInit, whose `sdpMid`, `sdpMLineIndex` and `usernameFragment` may be null.
  var json: JSONValue {
    [
      "candidate": .string(candidate), "sdpMid": sdpMid.map { .string($0) } ?? .null,
      "sdpMLineIndex": sdpMLineIndex.map { .integer(Int64($0)) } ?? .null,
      "usernameFragment": usernameFragment.map { .string($0) } ?? .null,
    ]
  }
}
