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
    /// States where candidates may go.
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
    /// Whether a call waits for the one before it.
    public enum Order: String, Sendable, Hashable {
      /// Each once the one before it was answered, first come first.
      case oneByOne
      /// Each as it comes; the network may change their order.
      case together
    }
    /// Of the browser's candidates; their end always waits.
    public var candidates: Order
    /// Of talks.
    public var talks: Order
    /// States which calls wait.
    public init(candidates: Order, talks: Order) {
      self.candidates = candidates
      self.talks = talks
    }
  }

  /// Who describes first, as a rule: each session's ``MediaGrant`` says it for that session.
  public var negotiation: Negotiation
  /// Where candidates may go.
  public var trickle: Trickle
  /// Nil where no data channel carries events.
  public var dataChannel: DataChannel?
  /// What its sessions can do, as a rule.
  public var capabilities: SessionCapabilities
  /// Which calls wait for others.
  public var lanes: Lanes
  /// How long the text of one talk is.
  public var textLength: TextLength
  /// The provider says which sessions are open: ``AvatarProvider/openSessions()``.
  public var listsSessions: Bool

  /// States what is true of every session.
  public init(
    negotiation: Negotiation, trickle: Trickle, dataChannel: DataChannel?, capabilities: SessionCapabilities,
    lanes: Lanes, textLength: TextLength, listsSessions: Bool = false
  ) {
    self.negotiation = negotiation
    self.trickle = trickle
    self.dataChannel = dataChannel
    self.capabilities = capabilities
    self.lanes = lanes
    self.textLength = textLength
    self.listsSessions = listsSessions
  }
}
