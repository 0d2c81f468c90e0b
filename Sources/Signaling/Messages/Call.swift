// Says what a client may ask: the methods, and their parameters as values.
import SessionValues
import StrictJSON

/// The methods of the protocol with their parameters (docs/protocol.md, "Methods").
public enum Call: Sendable, Hashable {
  /// Shows a token, on servers that ask for one.
  case authorize(JoinToken)
  case open(provider: String, avatar: String?, options: JSONObject)
  /// The browser's offer, where the provider waits for one.
  case offer(session: SessionID, SessionDescription)
  case answer(session: SessionID, SessionDescription)
  /// A candidate; nil is the end of candidates.
  case candidate(session: SessionID, IceCandidate?)
  case speak(session: SessionID, Script)
  case interrupt(session: SessionID, talk: String?)
  case extend(session: SessionID)
  case report(session: SessionID, Report)
  case close(session: SessionID)
  case resume(session: SessionID, secret: ResumeSecret, lastSeq: Int64)
  case ping

  /// The session that the call is about; nil for `authorize`, `session.open` and `ping`.
  public var session: SessionID? {
    switch self {
    case .authorize, .open, .ping: nil
    case .offer(let session, _), .answer(let session, _), .candidate(let session, _), .speak(let session, _),
      .interrupt(let session, _), .extend(let session), .report(let session, _), .close(let session),
      .resume(let session, _, _):
      session
    }
  }
}

/// A method's name on the wire.
public enum Method: String, Sendable, Hashable, CaseIterable {
  case authorize
  case open = "session.open"
  case offer = "session.offer"
  case answer = "session.answer"
  case candidate = "session.candidate"
  case speak = "session.speak"
  case interrupt = "session.interrupt"
  case extend = "session.extend"
  case report = "session.report"
  case close = "session.close"
  case resume = "session.resume"
  case ping
}

extension Call {
  /// The method that this is a call of.
  public var method: Method {
    switch self {
    case .authorize: .authorize
    case .open: .open
    case .offer: .offer
    case .answer: .answer
    case .candidate: .candidate
    case .speak: .speak
    case .interrupt: .interrupt
    case .extend: .extend
    case .report: .report
    case .close: .close
    case .resume: .resume
    case .ping: .ping
    }
  }
}

/// One request of a client: its id and what it asks.
public struct Request: Sendable, Hashable {
  public var id: RequestID
  public var call: Call
  public init(id: RequestID, call: Call) {
    self.id = id
    self.call = call
  }
}

/// A JSON-RPC id of this profile: an integer from 1 to 2^53 − 1, from one counter per client instance
/// (docs/protocol.md).
public struct RequestID: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let value: Int64
  /// The ids that are accepted: those that a JavaScript number holds exactly.
  public static let accepted: ClosedRange<Int64> = 1...9_007_199_254_740_991
  public init(_ value: Int64) { self.value = value }
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
  public var description: String { String(value) }
}

/// One observation of the browser about its peer connection.
public enum Report: Sendable, Hashable {
  /// W3C's `RTCIceConnectionState`.
  public enum IceState: String, Sendable, Hashable, CaseIterable {
    case new, checking, connected, completed, disconnected, failed, closed
  }
  /// W3C's `RTCDataChannelState`.
  public enum ChannelState: String, Sendable, Hashable, CaseIterable { case connecting, open, closing, closed }

  case iceConnectionState(IceState)
  case dataChannelState(ChannelState)
  /// A data-channel message verbatim; a binary one decoded as UTF-8.
  case dataChannelMessage(String)
  /// The types (`host`, `srflx`, `prflx`, `relay`) and the protocol (`udp`, `tcp`) of the selected pair.
  case candidatePair(local: String, remote: String, protocol: String)
}

/// A token as a client sent it. It reaches only the check, and no log.
public struct JoinToken: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// For the codec and the check, nothing else.
  public let value: String
  public init(value: String) { self.value = value }
  public var description: String { "(token)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The secret of a session. It reaches only the client that owns the session, and no log.
public struct ResumeSecret: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// 256 random bits as 43 base64url characters. For the codec and the comparison on resume, nothing else.
  public let value: String
  public init(value: String) { self.value = value }
  public var description: String { "(secret)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A session's id: 128 random bits as 22 base64url characters, never the provider's own id.
public struct SessionID: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public var description: String { rawValue }
}
