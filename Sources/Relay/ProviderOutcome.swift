// What a provider answered.
import AvatarProvider

/// The answer to a ``ProviderCall``.
enum ProviderOutcome: Sendable, Hashable {
  case described(SessionDescription?)
  case added
  case talk(Talk)
  case interrupted(Interruption)
  case extended

  /// False where the adapter knew the answer by itself, so that the provider still counts the session as silent.
  var reachedProvider: Bool {
    switch self {
    case .interrupted(.sendOnDataChannel): false
    case .described, .added, .talk, .interrupted(.done), .extended: true
    }
  }
}
