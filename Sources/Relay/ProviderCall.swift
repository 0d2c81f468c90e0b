// What a session asks of its provider.
import AvatarProvider

/// One call to the provider of an open session.
enum ProviderCall: Sendable, Hashable {
  case describe(SessionDescription)
  case add(IceCandidate?)
  case speak(Script)
  /// The talk as the client named it, nil for whatever is being said, and as the provider knows it, if it does.
  case interrupt(talk: String?, providerID: String?)
  /// Cuts off a talk that was interrupted before the provider had accepted it; made under the request of the talk.
  case cut(talk: String, providerID: String?)
  case extend
}
