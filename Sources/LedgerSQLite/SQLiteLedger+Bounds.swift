// What a ledger in a file may keep waiting.

extension SQLiteLedger {
  /// The bounds of one ``SQLiteLedger``.
  public struct Bounds: Sendable, Hashable {
    /// Requests that wait for the file; one more fails as `.overloaded`.
    public var waiting = 4096
    /// Requests that are written together.
    public var batch = 256
    /// How long the file may take for one batch; then everything that waits fails as `.unavailable`, and so does what
    /// comes before it is back.
    public var patience = Duration.seconds(5)

    public init() {}
  }
}
