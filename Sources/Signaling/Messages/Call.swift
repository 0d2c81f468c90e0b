// Says what a client may ask: the methods, and their parameters as values.
import Basics
import SessionValues
import StrictJSON

/// The methods of the protocol with their parameters (docs/protocol.md, "Methods").
public enum Call: Sendable, Hashable {
  /// Shows a token, on servers that ask for one.
  case authorize(JoinToken)
  /// A new session; the options are the provider's own, under its own names.
  case open(provider: String, avatar: String?, options: JSONObject)
  /// The browser's offer, where the provider waits for one.
  case offer(session: SessionID, SessionDescription)
  /// The browser's answer to the provider's offer.
  case answer(session: SessionID, SessionDescription)
  /// A candidate; nil is the end of candidates.
  case candidate(session: SessionID, IceCandidate?)
  /// What the avatar is to say next.
  case speak(session: SessionID, Script)
  /// The beginning of a talk whose text is still being written: what there is of it, which may be nothing.
  case beginSpeak(session: SessionID, Script)
  /// What comes next of such a talk.
  case speakPart(session: SessionID, TextPart)
  /// It is complete; the index is one more than that of its last part.
  case speakEnd(session: SessionID, talk: String, index: Int64)
  /// Cuts a talk off; nil is whatever is being said or was asked for.
  case interrupt(session: SessionID, talk: String?)
  /// Tells the provider that an idle session is still wanted.
  case extend(session: SessionID)
  /// What only the browser sees.
  case report(session: SessionID, Report)
  /// Ends the session.
  case close(session: SessionID)
  /// Takes the session to this connection; `lastSeq` is that of the last notification that arrived, 0 if none.
  case resume(session: SessionID, secret: ResumeSecret, lastSeq: Int64)
  /// Asks for nothing but an answer.
  case ping

  /// The session that the call is about; nil for `authorize`, `session.open` and `ping`.
  public var session: SessionID? {
    switch self {
    case .authorize, .open, .ping: nil
    case .offer(let session, _), .answer(let session, _), .candidate(let session, _), .speak(let session, _),
      .beginSpeak(let session, _), .speakPart(let session, _), .speakEnd(let session, _, _),
      .interrupt(let session, _), .extend(let session), .report(let session, _), .close(let session),
      .resume(let session, _, _):
      session
    }
  }
}

/// A method's name on the wire.
public enum Method: String, Sendable, Hashable, CaseIterable {
  /// Of ``Call/authorize(_:)``.
  case authorize
  /// Of ``Call/open(provider:avatar:options:)``.
  case open = "session.open"
  /// Of ``Call/offer(session:_:)``.
  case offer = "session.offer"
  /// Of ``Call/answer(session:_:)``.
  case answer = "session.answer"
  /// Of ``Call/candidate(session:_:)``.
  case candidate = "session.candidate"
  /// Of ``Call/speak(session:_:)`` and ``Call/beginSpeak(session:_:)``.
  case speak = "session.speak"
  /// Of ``Call/speakPart(session:_:)``.
  case speakPart = "session.speakPart"
  /// Of ``Call/speakEnd(session:talk:index:)``.
  case speakEnd = "session.speakEnd"
  /// Of ``Call/interrupt(session:talk:)``.
  case interrupt = "session.interrupt"
  /// Of ``Call/extend(session:)``.
  case extend = "session.extend"
  /// Of ``Call/report(session:_:)``.
  case report = "session.report"
  /// Of ``Call/close(session:)``.
  case close = "session.close"
  /// Of ``Call/resume(session:secret:lastSeq:)``.
  case resume = "session.resume"
  /// Of ``Call/ping``.
  case ping

  /// What each message looks its method up in: from the raw value the compiler compares one name after the other.
  private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

  /// - Returns: nil for a name that no method has.
  init?(name: String) {
    guard let method = Self.byName[name] else { return nil }
    self = method
  }
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
    case .speak, .beginSpeak: .speak
    case .speakPart: .speakPart
    case .speakEnd: .speakEnd
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
  /// By which it is answered.
  public var id: RequestID
  /// What it asks.
  public var call: Call
  /// Makes a request.
  public init(id: RequestID, call: Call) {
    self.id = id
    self.call = call
  }
}

/// A JSON-RPC id of this profile: an integer from 1 to 2^53 − 1, from one counter per client instance
/// (docs/protocol.md).
public struct RequestID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The number.
  public let value: Int64
  /// The ids that are accepted: those that a JavaScript number holds exactly.
  public static let accepted: ClosedRange<Int64> = 1...9_007_199_254_740_991
  /// Takes a number as it is; whether it is ``accepted`` is for the codec to check.
  public init(_ value: Int64) { self.value = value }
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
  public var description: String { String(value) }
}

/// A part of a talk whose text is still being written. Its description never shows the words.
public struct TextPart: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// The talk's id.
  public let talk: String
  /// Its place in the talk; what began the talk has 0.
  public let index: Int64
  /// What comes next.
  public let text: String
  /// Takes a part as it came.
  public init(talk: String, index: Int64, text: String) {
    self.talk = talk
    self.index = index
    self.text = text
  }
  public var description: String { "part \(index)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// One observation of the browser about its peer connection.
public enum Report: Sendable, Hashable {
  /// W3C's `RTCIceConnectionState`.
  public enum IceState: String, Sendable, Hashable, CaseIterable {
    /// The names are W3C's.
    case new, checking, connected, completed, disconnected, failed, closed
  }
  /// W3C's `RTCDataChannelState`.
  public enum ChannelState: String, Sendable, Hashable, CaseIterable { case connecting, open, closing, closed }

  /// How the peer connection stands.
  case iceConnectionState(IceState)
  /// How the data channel stands.
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
  /// Takes a token as it came.
  public init(value: String) { self.value = value }
  public var description: String { "(token)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The secret of a session. It reaches only the client that owns the session, and no log.
public struct ResumeSecret: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// 256 random bits as 43 base64url characters. For the codec and the comparison on resume, nothing else.
  public let value: String
  /// Takes a secret as it came, or as it was made.
  public init(value: String) { self.value = value }
  public var description: String { "(secret)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A session's id: 128 random bits as 22 base64url characters, never the provider's own id.
public struct SessionID: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
  /// The characters.
  public let rawValue: String
  /// Of the characters: a session is looked up many times for each request, and its id is made once.
  private let digest: Int
  /// Takes an id as it came, or as it was made.
  public init(rawValue: String) {
    self.rawValue = rawValue
    var hasher = Hasher()
    rawValue.hashExactly(into: &hasher)
    digest = hasher.finalize()
  }
  /// By bytes.
  public static func == (left: Self, right: Self) -> Bool { left.rawValue.isExactly(right.rawValue) }
  /// By bytes.
  public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
  public var description: String { rawValue }
}
