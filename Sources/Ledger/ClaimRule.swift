// Whose sessions may be claimed.

/// What is to become of a session that has a living owner.
public enum ClaimRule: Sendable, Hashable {
  /// It stays where it is: the claim fails with ``LedgerFailure/Code/held``.
  case ifOrphaned
  /// It changes hands: its client proved the secret and came here.
  case fromAnyone
}
