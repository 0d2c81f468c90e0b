// What a ledger keeps at most.

/// The bounds that every store keeps to.
public enum LedgerBounds {
  /// Speaks of one session; the oldest that has an outcome is forgotten first.
  public static let speaksPerSession = 256
  /// Hashes of secrets of one session: the newest and the one before.
  public static let secretsPerSession = 4
  /// Ended sessions, for whoever looks into a complaint; the oldest are forgotten first.
  public static let endedSessions = 10_000
  /// Days whose accounts are kept, up to the latest that was charged.
  public static let accountDays: Int64 = 31
}
