// A session that was claimed.

/// What is known of a session, and the right to act for it.
public struct Claim: Sendable, Hashable {
  public var record: SessionRecord
  public var lease: Lease

  public init(record: SessionRecord, lease: Lease) {
    self.record = record
    self.lease = lease
  }
}
