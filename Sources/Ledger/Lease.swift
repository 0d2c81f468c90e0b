// The right to act for a session.

/// A claim on one session. Each new claim has a higher ``fence``; what is recorded under an older one is refused, so
/// that an owner that was believed dead learns that it is one no more.
public struct Lease: Sendable, Hashable {
  /// Grows with each claim on the session; the first is 1.
  public let fence: Int64
  /// How long the claim is good from the moment at which it was asked for; nil where only the end of the process ends
  /// it. Its owner must not call the provider later than that without having renewed it.
  public let validity: Duration?

  public init(fence: Int64, validity: Duration? = nil) {
    self.fence = fence
    self.validity = validity
  }
}
