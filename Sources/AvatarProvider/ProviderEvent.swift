// What happens in a session without having been asked for.
import SessionValues

/// An event of a session, pushed by the provider or read from a data-channel message.
public enum ProviderEvent: Sendable, Hashable {
  /// The avatar is ready to speak (D-ID's end of warm-up).
  case ready
  /// A talk started to play; the id is nil where the provider names none, which means the oldest accepted talk.
  case talkStarted(talk: String?)
  /// A talk was played to its end, or cut off.
  case talkEnded(talk: String?, duration: Duration?)
  /// A talk cannot be played; the words are the provider's.
  case talkFailed(talk: String?, message: String)
  /// A candidate of the provider; nil ends them.
  case candidate(IceCandidate?)
  /// The provider ended the session; the words are the provider's.
  case ended(message: String)
}
