// What a session asks of its provider.
import AvatarProvider

/// One call to the provider of an open session.
enum ProviderCall: Sendable, Hashable {
  case describe(SessionDescription)
  case add(IceCandidate?)
  case speak(Script)
  /// The talk as the client knows it, and as the provider does; nil for whatever is being said.
  case interrupt(talk: String?, providerID: String?)
  case extend
}
