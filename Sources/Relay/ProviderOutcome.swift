// What a provider answered.
import AvatarProvider

/// The answer to a ``ProviderCall``; one case for each.
enum ProviderOutcome: Sendable, Hashable {
  case described(SessionDescription?)
  case added
  case talk(Talk)
  case interrupted(Interruption)
  case extended
}
