// What is fixed about a session once its provider opened it.
import AvatarProvider

/// An open session of a provider as the machine needs it.
struct Upstream: Sendable, Hashable {
  /// What the provider waits for.
  enum Awaits: Sendable, Hashable { case answer, offer, nothing }

  let handle: ProviderSession.Handle
  let awaits: Awaits
  let capabilities: ProviderTraits.Capabilities
  /// Who tells of talks while no data channel is open.
  let witness: TalkBook.Witness

  /// Who describes first.
  var negotiation: ProviderTraits.Negotiation {
    switch awaits {
    case .answer: .providerOffers
    case .offer: .clientOffers
    case .nothing: .room
    }
  }

  /// A session that was written down. What its provider pushed by itself ended with the relay that listened.
  init(_ memento: SessionMemento) {
    handle = memento.handle
    capabilities = memento.capabilities
    witness = .nobody
    awaits =
      switch memento.negotiation {
      case .providerOffers: .answer
      case .clientOffers: .offer
      case .room: .nothing
      }
  }

  init(_ session: ProviderSession, traits: ProviderTraits) {
    handle = session.handle
    capabilities = session.capabilities ?? traits.capabilities
    witness = session.events == nil ? .nobody : .expected
    awaits =
      switch session.grant {
      case .offer: .answer
      case .awaitsOffer: .offer
      case .room: .nothing
      }
  }
}
