// What a notification about a session says.

/// What happened in a session.
public enum SessionEvent: Sendable, Hashable {
  /// `session.state`
  case state(SessionState)
  /// `session.talk`
  case talk(id: String, TalkPhase)
  /// `session.candidate`: a candidate of the provider; nil is the end of candidates.
  case candidate(CandidateInit?)
  /// `session.expiring`
  case expiring(cause: ExpiryCause, inMs: Int64, extendable: Bool)
  /// `session.closed`
  case closed(CloseReason, action: CloseAction)
}
