// The ledger as one life of the simulated relay sees it.
import Ledger
import LedgerTestSupport

/// Passes calls to a store that outlives the relay, when the desk lets them.
struct LedgerLink: Ledger {
  let store: InMemoryLedger
  let desk: LedgerDesk
  let life: Int

  func begin(_ intent: SessionIntent) async throws(LedgerFailure) -> Lease {
    try await desk.admit(life)
    return try await store.begin(intent)
  }

  func record(_ facts: [LedgerFact], of session: String, under lease: Lease) async throws(LedgerFailure) {
    try await desk.admit(life)
    try await store.record(facts, of: session, under: lease)
  }

  func session(_ session: String) async throws(LedgerFailure) -> SessionRecord? {
    try await desk.admit(life)
    return try await store.session(session)
  }

  func claim(_ session: String, by relay: RelayID, _ rule: ClaimRule) async throws(LedgerFailure) -> Claim {
    try await desk.admit(life)
    return try await store.claim(session, by: relay, rule)
  }

  func renew(_ leases: [String: Lease]) async throws(LedgerFailure) -> [String: Lease] {
    try await desk.admit(life)
    return try await store.renew(leases)
  }

  func release(_ session: String, _ lease: Lease) async throws(LedgerFailure) {
    try await desk.admit(life)
    try await store.release(session, lease)
  }

  func orphans(for relay: RelayID) async throws(LedgerFailure) -> [SessionRecord] {
    try await desk.admit(life)
    return try await store.orphans(for: relay)
  }

  func unended(at provider: String) async throws(LedgerFailure) -> [SessionRecord] {
    try await desk.admit(life)
    return try await store.unended(at: provider)
  }

  func charge(_ milliseconds: Int64, to day: Int64) async throws(LedgerFailure) -> Int64 {
    try await desk.admit(life)
    return try await store.charge(milliseconds, to: day)
  }

  /// The store lives on; another life opens it again.
  func close() async {}
}
