// A session that is open at a provider.
import SessionValues

/// What an adapter knows of a session that it opened.
public struct ProviderSession: Sendable {
  public var handle: SessionHandle
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
