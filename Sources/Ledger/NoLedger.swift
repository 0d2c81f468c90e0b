// The ledger that remembers nothing.

/// For development: sessions of a process that is killed stay open at their providers until these end them.
public struct NoLedger: Ledger {
  public init() {}

  public func begin(_ intent: SessionIntent) async throws(LedgerFailure) -> Lease { Lease(fence: 1) }
  public func record(_ facts: [LedgerFact], of session: String, under lease: Lease) async throws(LedgerFailure) {}
  public func session(_ session: String) async throws(LedgerFailure) -> SessionRecord? { nil }

  public func claim(
    _ session: String, by relay: RelayID, _ rule: ClaimRule
  ) async throws(LedgerFailure) -> Claim {
    throw LedgerFailure(.unknownSession, "no ledger is kept")
  }

  public func renew(_ leases: [String: Lease]) async throws(LedgerFailure) -> [String: Lease] { leases }
  public func release(_ session: String, _ lease: Lease) async throws(LedgerFailure) {}
  public func orphans(for relay: RelayID) async throws(LedgerFailure) -> [SessionRecord] { [] }
  public func unended(at provider: String) async throws(LedgerFailure) -> [SessionRecord] { [] }
  public func charge(_ milliseconds: Int64, to day: Int64) async throws(LedgerFailure) -> Int64 { milliseconds }
  public func close() async {}
}
