// A session that a provider says is open.

/// One session of a provider's own list.
public struct ListedSession: Sendable, Hashable {
  /// By what it can be closed.
  public var handle: ProviderSession.Handle
  /// When the provider opened it, in seconds since 1970; nil where it does not say.
  public var createdAt: Int64?

  public init(handle: ProviderSession.Handle, createdAt: Int64?) {
    self.handle = handle
    self.createdAt = createdAt
  }
}
