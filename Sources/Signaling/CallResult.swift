// What is answered to a request that succeeded.
import SessionValues

/// The result of a call, one case for each shape (docs/protocol.md, "Methods"). The large and rare ones are kept apart, so
/// that the others, of which many are remembered, are small.
public enum CallResult: Sendable, Hashable {
  /// `{}`
  case empty
  indirect case opened(OpenedSession)
  /// The provider's answer to `session.offer`.
  case described(SessionDescription)
  /// `{talk, durationMs?}`
  case talk(id: String, durationMs: Int64?)
  /// `{sendOnDataChannel?, pending?}`: the text that the browser has to send for the talk to stop, and whether a talk
  /// that is still on its way is cut off later.
  case interrupted(sendOnDataChannel: String?, isPending: Bool = false)
  /// `{secret, lastId, replayed}` or `{secret, lastId, resync}`
  indirect case resumed(ResumedSession)
  /// `{expiresInMs?}`
  case extended(expiresInMs: Int64?)
}
