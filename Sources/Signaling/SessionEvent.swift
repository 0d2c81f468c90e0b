// What a notification about a session says.
import SessionValues

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
