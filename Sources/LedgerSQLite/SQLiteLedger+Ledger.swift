// The ledger's calls as requests to the file.
import Ledger

extension SQLiteLedger {
  public func begin(_ intent: SessionIntent) async throws(LedgerFailure) -> Lease {
    guard case .lease(let lease) = try await perform(.begin(intent)) else { throw Self.wrongReply }
    return lease
  }

  public func record(_ facts: [LedgerFact], of session: String, under lease: Lease) async throws(LedgerFailure) {
    _ = try await perform(.record(facts, session: session, lease))
  }

  public func session(_ session: String) async throws(LedgerFailure) -> SessionRecord? {
    guard case .record(let record) = try await perform(.read(session: session)) else { throw Self.wrongReply }
    return record
  }

  public func claim(
    _ session: String, by relay: RelayID, _ rule: ClaimRule
  ) async throws(LedgerFailure) -> Claim {
    guard case .claim(let claim) = try await perform(.claim(session: session, relay, rule)) else {
      throw Self.wrongReply
    }
    return claim
  }

  public func renew(_ leases: [String: Lease]) async throws(LedgerFailure) -> [String: Lease] {
    guard case .leases(let good) = try await perform(.renew(leases)) else { throw Self.wrongReply }
    return good
  }

  public func release(_ session: String, _ lease: Lease) async throws(LedgerFailure) {
    _ = try await perform(.release(session: session, lease))
  }

  public func orphans(for relay: RelayID) async throws(LedgerFailure) -> [SessionRecord] {
    guard case .records(let records) = try await perform(.orphans(relay)) else { throw Self.wrongReply }
    return records
  }

  public func unended(at provider: String) async throws(LedgerFailure) -> [SessionRecord] {
    guard case .records(let records) = try await perform(.unended(provider: provider)) else { throw Self.wrongReply }
    return records
  }

  public func charge(_ milliseconds: Int64, to day: Int64) async throws(LedgerFailure) -> Int64 {
    guard case .account(let total) = try await perform(.charge(milliseconds: milliseconds, day: day)) else {
      throw Self.wrongReply
    }
    return total
  }

  private static let wrongReply = LedgerFailure(.corrupt, "the ledger's file gave another kind of answer")
}
