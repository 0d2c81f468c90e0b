// Says what is always true of a provider, whatever the session.
import SessionValues

/// How a provider negotiates, what it can do and which limits it sets. A session may know better: see
/// ``ProviderSession``.
public struct ProviderTraits: Sendable, Hashable {
  /// In which direction candidates may follow a description.
  public struct Trickle: Sendable, Hashable {
    /// The provider takes candidates of the browser one by one.
    public var fromClient: Bool
    /// The provider wants to know when there are no more.
    public var endOfCandidates: Bool
    /// The provider sends candidates of its own after its description.
    public var fromProvider: Bool
    public init(fromClient: Bool, endOfCandidates: Bool, fromProvider: Bool) {
      self.fromClient = fromClient
      self.endOfCandidates = endOfCandidates
      self.fromProvider = fromProvider
    }
  }

  /// Which calls of one session may be on their way together. What all providers have in common is no matter of
  /// choice: the description goes before the candidates and their end after them, an interruption and an extension wait
  /// for nothing, and closing overtakes everything.
  public struct Lanes: Sendable, Hashable {
    public enum Order: String, Sendable, Hashable {
      /// Each once the one before it was answered, first come first.
      case oneByOne
      /// Each as it comes; the network may change their order.
      case together
    }
    public var candidates: Order
    public var talks: Order
    public init(candidates: Order, talks: Order) {
      self.candidates = candidates
      self.talks = talks
    }
  }

  public var negotiation: Negotiation
  public var trickle: Trickle
  /// Nil where no data channel carries events.
  public var dataChannel: DataChannel?
  public var capabilities: SessionCapabilities
  public var lanes: Lanes
  /// The longest text of one talk in UTF-8 bytes.
  public var maximumTextBytes: Int
  /// The provider says which sessions are open: ``AvatarProvider/openSessions()``.
  public var listsSessions: Bool

  public init(
    negotiation: Negotiation, trickle: Trickle, dataChannel: DataChannel?, capabilities: SessionCapabilities,
    lanes: Lanes, maximumTextBytes: Int, listsSessions: Bool = false
  ) {
    self.negotiation = negotiation
    self.trickle = trickle
    self.dataChannel = dataChannel
    self.capabilities = capabilities
    self.lanes = lanes
    self.maximumTextBytes = maximumTextBytes
    self.listsSessions = listsSessions
  }
}
