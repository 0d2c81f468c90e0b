// Says who may act for a session, and whose sessions may be claimed.

/// A claim on one session. Each new claim has a higher ``fence``; what is recorded under an older one is refused, so
/// that an owner that was believed dead learns that it is one no more.
public struct Lease: Sendable, Hashable {
  /// Grows with each claim on the session; the first is 1.
  public let fence: Int64
  /// How long the claim is good from the moment at which it was asked for; nil where only the end of the process ends
  /// it. Its owner must not call the provider later than that without having renewed it.
  public let validity: Duration?

  /// Only stores make leases.
  public init(fence: Int64, validity: Duration? = nil) {
    self.fence = fence
    self.validity = validity
  }
}

/// What is known of a session, and the right to act for it.
public struct Claim: Sendable, Hashable {
  /// What is known of the session.
  public var record: SessionRecord
  /// The right to act for it.
  public var lease: Lease

  /// Only stores make claims.
  public init(record: SessionRecord, lease: Lease) {
    self.record = record
    self.lease = lease
  }
}

/// What is to become of a session that has a living owner.
public enum ClaimRule: Sendable, Hashable {
  /// It stays where it is: the claim fails with ``LedgerFailure/Code/held``, also where that owner is the one who claims, since
  /// its client may have brought it there a moment ago. A store that serves one process knows no living owner.
  case ifOrphaned
  /// It changes hands: its client proved the secret and came here, by that request. Where a later request of the client has
  /// resumed the session, at whatever relay, the claim fails with ``LedgerFailure/Code/overtaken``. A store that serves one
  /// process leaves that to it.
  case byClient(request: Int64)
}

/// Who owns a session: a name made anew at each start, so that an earlier life is somebody else.
public struct RelayID: Sendable, Hashable, Codable, RawRepresentable, CustomStringConvertible {
  /// The name, which no other life has.
  public let rawValue: String
  /// Takes a name as it was made, or kept.
  public init(rawValue: String) { self.rawValue = rawValue }
  public var description: String { rawValue }
}
