// The durable record of sessions at providers: what every store has to do.

/// Remembers every session that may be open, and billed, at a provider, for longer than the process lives.
///
/// What a call records is durable when it returns, and calls take effect in the order in which they were made. A call
/// that throws may have been recorded all the same, unless its code says that nothing was. Implementations run on their
/// caller's executor and never block it.
///
/// One store may serve several relays: a session has one owner at a time, who holds a ``Lease`` on it.
public protocol Ledger: Sendable {
  /// Records that a session is about to be created, owned by the intent's relay.
  /// - Returns: the first lease on it.
  /// - Throws: `.duplicateSession`; `.illegalFact` for a name that the store cannot keep as it is (one with a zero
  ///   byte).
  func begin(_ intent: SessionIntent) async throws(LedgerFailure) -> Lease

  /// Records facts of a session, all of them or none.
  /// - Throws: `.fenced` when another relay has claimed the session since, `.unknownSession`, `.illegalFact`; nothing
  ///   was recorded then.
  func record(_ facts: [LedgerFact], of session: String, under lease: Lease) async throws(LedgerFailure)

  /// What is known of a session; nil for one that is not, or no longer, in the ledger.
  func session(_ session: String) async throws(LedgerFailure) -> SessionRecord?

  /// Makes a relay the owner of a session that is not over.
  /// - Throws: `.unknownSession`, or `.held` by a living owner, where the rule says so.
  func claim(
    _ session: String, by relay: RelayID, _ rule: ClaimRule
  ) async throws(LedgerFailure) -> Claim

  /// Makes leases last longer where they run out.
  /// - Returns: the leases that are good, by session; those that are missing are lost.
  func renew(_ leases: [String: Lease]) async throws(LedgerFailure) -> [String: Lease]

  /// Gives a session up that is not over, so that another relay may claim it at once.
  func release(_ session: String, _ lease: Lease) async throws(LedgerFailure)

  /// The sessions that are not over and have no living owner, oldest first.
  /// - Parameter relay: who asks; its own sessions are not among them.
  func orphans(for relay: RelayID) async throws(LedgerFailure) -> [SessionRecord]

  /// The sessions at a provider that are not over, whoever owns them, oldest first.
  func unended(at provider: String) async throws(LedgerFailure) -> [SessionRecord]

  /// Puts time on the account of a day, which all relays of the store share.
  /// - Parameters:
  ///   - milliseconds: of open sessions; 0 only asks.
  ///   - day: in days since 1970-01-01 UTC. Accounts are kept for ``LedgerBounds/accountDays``.
  /// - Returns: what is on the account now, in milliseconds.
  func charge(_ milliseconds: Int64, to day: Int64) async throws(LedgerFailure) -> Int64

  /// Writes what waits and lets the store go. Later calls fail.
  func close() async
}
