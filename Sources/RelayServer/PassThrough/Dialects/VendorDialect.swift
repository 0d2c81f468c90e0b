// Says what the relay has to know of a vendor's own API in order to serve it: what a call asks for, and how things are said.
import SessionValues
import Signaling
import StrictJSON
import Wire

/// A vendor's API as its pages and SDKs speak it. It reads leniently, since only the vendor decides what it takes, and
/// writes answers of the relay's own as the vendor would.
protocol VendorDialect: Sendable {
  /// The id of the provider, which is the first segment of its paths here.
  var provider: String { get }
  /// What a call asks for.
  /// - Parameters:
  ///   - path: the segments after the provider's own.
  ///   - query: as it came; nil where there is none.
  ///   - body: empty where there is none; nil where it is no JSON object, which is refused unless the call is of no interest.
  func ask(_ method: String, _ path: [String], _ query: String?, _ body: JSONObject?) -> VendorAsk
  /// The avatar that a call beside those of sessions is about; nil where it names none.
  func avatar(in path: [String]) -> String?
  /// Whether a call beside those of sessions is known to cost nothing.
  func isFree(_ method: String, _ path: [String]) -> Bool
  /// Header fields of the vendor's own, in lower case, that change what a call means.
  var ownFields: [String] { get }
  /// The answer to who asked for a token for one session; nil where the vendor has none.
  func token(_ text: String) -> HTTPResponse?
  /// The vendor's id of a session, in its reply to a call that opened one.
  func session(in reply: JSONValue) -> String?
  /// A call that was carried out without the vendor's being asked.
  func success(_ ask: SessionAsk, _ body: JSONObject) -> HTTPResponse
  /// Why a call was not carried out, where the vendor itself did not say so.
  func refusal(_ reason: VendorRefusal, of ask: VendorAsk) -> HTTPResponse
}

/// What a call of a vendor's API asks for.
enum VendorAsk: Sendable {
  /// A new session.
  case open(avatar: String?, options: JSONObject)
  /// Something of the session with that id of the vendor's.
  case session(String, SessionAsk)
  /// A message to an agent, which answers on the stream with that id of the vendor's; in writing alone where there is none. What
  /// it will say nobody knows before it is said, as of a recording.
  case chat(stream: String?, Script)
  /// Something else, of the session with that id; whether it is passed on is for the configuration to say.
  case otherOfSession(String)
  /// A token for one session, in place of the vendor's.
  case token
  /// Something else, of no session; whether it is passed on is for the configuration to say.
  case other
  /// It cannot be read: what is wrong, and where.
  case unreadable(at: String, String)

  /// A body that is needed, and is no JSON object.
  static let withoutObject = VendorAsk.unreadable(at: "body", "is not a JSON object")

  /// Whether it is passed on whatever its body is.
  var takesAnyBody: Bool {
    switch self {
    case .other, .otherOfSession: true
    case .open, .session, .chat, .token, .unreadable: false
    }
  }

  /// The session that it is about, as the vendor names it; nil for none.
  var session: String? {
    switch self {
    case .session(let id, _), .otherOfSession(let id): id
    case .open, .chat, .token, .other, .unreadable: nil
    }
  }

  /// Whether it is a call that a token for one session is good for.
  var isOfStreaming: Bool {
    switch self {
    case .open, .session, .otherOfSession, .token, .unreadable: true
    case .chat, .other: false
    }
  }

  /// Whether it is a message to an agent.
  var isChat: Bool { if case .chat = self { true } else { false } }
}

/// What is asked of an open session.
enum SessionAsk: Sendable {
  case answer(SessionDescription)
  case candidate(IceCandidate?)
  case speak(Script)
  case interrupt
  case extend
  /// That the user speaks, or has spoken: to the relay a sign of life like any other.
  case listen
  /// The start of a session whose media is in a room: that was done when it was opened.
  case startRoom
  case close

  /// Whether it is more to the vendor than to the relay, and goes where the page called.
  var keepsItsPath: Bool { if case .listen = self { true } else { false } }

  /// The same in the relay's own protocol; nil where nothing is left to do.
  func call(in session: SessionID) -> Call? {
    switch self {
    case .answer(let description): .answer(session: session, description)
    case .candidate(let candidate): .candidate(session: session, candidate)
    case .speak(let script): .speak(session: session, script)
    case .interrupt: .interrupt(session: session, talk: nil)
    case .extend, .listen: .extend(session: session)
    case .startRoom: nil
    case .close: .close(session: session)
    }
  }
}

/// Why a call is not carried out, as far as vendors have words for it.
enum VendorRefusal: Sendable, Hashable {
  /// No token, or a bad one.
  case unauthorized
  /// A page of that origin may not call, or the token does not allow it.
  case forbidden(String)
  /// As many sessions are open as may be.
  case sessionLimit
  /// Too many calls or talks, or too long ones, in a time.
  case rateLimited
  /// Nothing is left to spend.
  case credits
  /// No such session, or it is over.
  case sessionGone
  /// Too early, or too late, for this call.
  case wrongState
  /// What is wrong, and where.
  case invalid(at: String, String)
  /// The body is too large.
  case tooLarge
  /// The relay does not pass such calls on.
  case noSuchCall
  /// The vendor cannot be reached, or the relay opens nothing for now.
  case unavailable
  /// Nobody knows whether the call had its effect.
  case unknownFate

  init(_ error: SignalingError) {
    self =
      switch error.kind {
      case .accessRequired, .accessDenied, .accessExpired, .sessionSecretInvalid: .unauthorized
      case .accessForbidden, .providerPermission: .forbidden(error.message)
      case .accessBudget, .providerCredits: .credits
      case .sessionLimit, .providerSessionLimit: Self.limit(error.limit)
      case .talkLimit, .requestOverload, .requestRate, .candidateLimit, .providerRateLimited: .rateLimited
      case .sessionNotFound, .sessionClosed, .providerSessionGone: .sessionGone
      case .sessionWrongState, .providerNotReady, .talkInterrupted, .talkNotFound: .wrongState
      case .sdpInvalid: .invalid(at: "body.answer", error.message)
      case .candidateInvalid: .invalid(at: "body.candidate", error.message)
      case .talkTooLong, .talkTooShort, .providerModeration: .invalid(at: "body.script", error.message)
      case .providerRejected, .providerAvatarNotFound, .parseError, .invalidRequest, .invalidParams, .notSupported,
        .requestConflict, .requestStale, .requestOutOfOrder:
        .invalid(at: "body", error.message)
      case .methodNotFound, .providerNotConfigured: .noSuchCall
      case .talkUnknown, .providerFateUnknown: .unknownFate
      case .internalError, .providerUnauthorized, .providerUnavailable, .providerUnreachable, .providerMalformedReply,
        .draining, .paused, .ledgerUnavailable:
        .unavailable
      }
  }

  /// How long to wait before the next try, in milliseconds, where nobody knows how long it takes; nil where a wait changes
  /// nothing.
  var pauseMs: Int64? {
    switch self {
    case .sessionLimit, .rateLimited, .unavailable: 5000
    case .unauthorized, .forbidden, .credits, .sessionGone, .wrongState, .invalid, .tooLarge, .noSuchCall, .unknownFate: nil
    }
  }

  private static func limit(_ name: LimitName?) -> VendorRefusal {
    switch name {
    case .opensPerMinute, .totalOpensPerMinute: .rateLimited
    case .totalSecondsPerDay: .credits
    default: .sessionLimit
    }
  }
}
