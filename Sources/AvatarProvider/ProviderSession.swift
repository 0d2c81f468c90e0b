// Describes a session that is open at a provider: by what it is named, how its media is reached, what it tells.
import SessionValues

/// What an adapter knows of a session that it opened.
public struct ProviderSession: Sendable {
  /// By what it is named in later calls.
  public var handle: SessionHandle
  /// How its media is reached.
  public var grant: MediaGrant
  /// After how much silence the provider ends the session; nil if it never does.
  public var idleLimit: Duration?
  /// How long the session may live in all; nil if the provider sets no limit.
  public var lifetime: Duration?
  /// What this session can do, where that differs from ``ProviderTraits/capabilities``; nil where it does not.
  public var capabilities: SessionCapabilities?
  /// What the provider says of its own accord (a provider with a socket of its own); nil where it never does. The
  /// stream ends when the session does.
  public var events: AsyncStream<ProviderEvent>?

  /// Describes a session, as it was opened.
  public init(
    handle: SessionHandle, grant: MediaGrant, idleLimit: Duration?, lifetime: Duration?,
    capabilities: SessionCapabilities? = nil, events: AsyncStream<ProviderEvent>? = nil
  ) {
    self.handle = handle
    self.grant = grant
    self.idleLimit = idleLimit
    self.lifetime = lifetime
    self.capabilities = capabilities
    self.events = events
  }
}

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
