// A talk that was accepted.

/// A talk that the provider accepted.
public struct Talk: Sendable, Hashable {
  /// The provider's id of the talk; nil where it gives none.
  public var id: String?
  /// How long it will play, where the provider says so.
  public var duration: Duration?
  public init(id: String?, duration: Duration?) {
    self.id = id
    self.duration = duration
  }
}
