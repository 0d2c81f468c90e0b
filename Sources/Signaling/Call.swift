// What a client may ask.
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
