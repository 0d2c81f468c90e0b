// A session that is open at a provider.

/// What an adapter knows of a session that it opened.
public struct ProviderSession: Sendable {
  /// The name of the session at the provider, opaque to everybody but its adapter. It may hold cookies and never
  /// reaches a client or a log.
  public struct Handle: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The provider's own id of the session.
    public var id: String
    /// What else the adapter needs for later calls (D-ID's cookie-shaped `session_id`); empty if nothing.
    public var routing: String
    /// Which of the adapter's contracts it was opened under, as `talks` or `agents/agt_1`.
    public var contract: String
    public init(id: String, routing: String = "", contract: String = "") {
      self.id = id
      self.routing = routing
      self.contract = contract
    }
    public var description: String { id }
    public var customMirror: Mirror { Mirror(self, children: []) }
  }

  public var handle: Handle
  public var grant: MediaGrant
  /// After how much silence the provider ends the session; nil if it never does.
  public var idleLimit: Duration?
  /// How long the session may live in all; nil if the provider sets no limit.
  public var lifetime: Duration?
  /// What this session can do, where that differs from ``ProviderTraits/capabilities``; nil where it does not.
  public var capabilities: ProviderTraits.Capabilities?
  /// What the provider says of its own accord (a provider with a socket of its own); nil where it never does. The
  /// stream ends when the session does.
  public var events: AsyncStream<ProviderEvent>?

  public init(
    handle: Handle, grant: MediaGrant, idleLimit: Duration?, lifetime: Duration?,
    capabilities: ProviderTraits.Capabilities? = nil, events: AsyncStream<ProviderEvent>? = nil
  ) {
    self.handle = handle
    self.grant = grant
    self.idleLimit = idleLimit
    self.lifetime = lifetime
    self.capabilities = capabilities
    self.events = events
  }
}
