// What is answered to a request that succeeded.

/// The result of a call, one case for each shape (docs/protocol.md, "Methods").
public enum CallResult: Sendable, Hashable {
  /// `{}`
  case empty
  case opened(OpenedSession)
  /// The provider's answer to `session.offer`.
  case described(SDPDescription)
  /// `{talk, durationMs?}`
  case talk(id: String, durationMs: Int64?)
  /// `{sendOnDataChannel?}`: the text that the browser has to send for the talk to stop.
  case interrupted(sendOnDataChannel: String?)
  /// `{secret, lastId, replayed}` or `{secret, lastId, resync}`
  case resumed(ResumedSession)
  /// `{expiresInMs?}`
  case extended(expiresInMs: Int64?)
}
