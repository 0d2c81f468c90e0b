// A session that a provider says is open.
import SessionValues

/// One session of a provider's own list.
public struct ListedSession: Sendable, Hashable {
  /// By what it can be closed.
  public var handle: SessionHandle
  /// When the provider opened it, in seconds since 1970; nil where it does not say.
  public var createdAt: Int64?

  public init(handle: SessionHandle, createdAt: Int64?) {
    self.handle = handle
    self.createdAt = createdAt
  }
}
