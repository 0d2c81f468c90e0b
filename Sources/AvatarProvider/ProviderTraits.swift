// What is always true of a provider, whatever the session.

/// How a provider negotiates, what it can do and which limits it sets. A session may know better: see
/// ``ProviderSession``.
public struct ProviderTraits: Sendable, Hashable {
  /// Who makes the first description.
  public enum Negotiation: String, Sendable, Hashable {
    /// The provider offers and the browser answers (D-ID, HeyGen v1).
    case providerOffers
    /// The browser offers and the provider answers (Simli, Anam).
    case clientOffers
    /// No description passes here: the provider hands out a URL and a token of a room (LiveKit and its like).
    case room
  }

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

  /// Who opens the data channel, and what travels on it.
  public struct DataChannel: Sendable, Hashable {
    public enum Opener: String, Sendable, Hashable { case client, provider }
    public enum Frames: String, Sendable, Hashable { case text, binary }
    public var openedBy: Opener
    /// The label that the browser has to give a channel that it opens; nil where the provider opens it.
    public var label: String?
    public var frames: Frames
    public init(openedBy: Opener, label: String?, frames: Frames) {
      self.openedBy = openedBy
      self.label = label
      self.frames = frames
    }
  }

  /// What can be asked of a session.
  public struct Capabilities: Sendable, Hashable {
    public enum Interrupt: String, Sendable, Hashable {
      /// The relay asks the provider.
      case relay
      /// The browser sends a message on the data channel; ``AvatarProvider/interrupt(talk:in:)`` returns it.
      case dataChannel
      case none
    }
    public var interrupt: Interrupt
    /// The provider has a call that keeps an idle session alive.
    public var extend: Bool
    public var ssml: Bool
    public var audioScript: Bool
    public init(interrupt: Interrupt, extend: Bool, ssml: Bool, audioScript: Bool) {
      self.interrupt = interrupt
      self.extend = extend
      self.ssml = ssml
      self.audioScript = audioScript
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
  public var capabilities: Capabilities
  public var lanes: Lanes
  /// The longest text of one talk in UTF-8 bytes.
  public var maximumTextBytes: Int
  /// The provider says which sessions are open: ``AvatarProvider/openSessions()``.
  public var listsSessions: Bool

  public init(
    negotiation: Negotiation, trickle: Trickle, dataChannel: DataChannel?, capabilities: Capabilities,
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
