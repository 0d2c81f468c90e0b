// The ledger of a relay that may be killed before it writes and before it knows that it has written.
import Ledger

/// Keeps a ledger as long as its relay lives.
struct KillableLedger: Ledger {
  let ledger: any Ledger
  let killSwitch: KillSwitch

  func begin(_ intent: SessionIntent) async throws(LedgerFailure) -> Lease {
    try pass("before intent")
    let lease = try await ledger.begin(intent)
    try pass("after intent")
    return lease
  }

  func record(_ facts: [LedgerFact], of session: String, under lease: Lease) async throws(LedgerFailure) {
    let names = facts.map { String("\($0)".prefix { $0 != "(" }) }.joined(separator: ", ")
    try pass("before \(names) is written")
    try await ledger.record(facts, of: session, under: lease)
    try pass("after \(names) is written")
  }

  func session(_ session: String) async throws(LedgerFailure) -> SessionRecord? {
    try await ledger.session(session)
  }

  func claim(_ session: String, by relay: RelayID, _ rule: ClaimRule) async throws(LedgerFailure) -> Claim {
    try pass("before a claim")
    let claim = try await ledger.claim(session, by: relay, rule)
    try pass("after a claim")
    return claim
  }

  func renew(_ leases: [String: Lease]) async throws(LedgerFailure) -> [String: Lease] {
    try await ledger.renew(leases)
  }

  func release(_ session: String, _ lease: Lease) async throws(LedgerFailure) {
    try await ledger.release(session, lease)
  }

  func orphans(for relay: RelayID) async throws(LedgerFailure) -> [SessionRecord] {
    try await ledger.orphans(for: relay)
  }

  func unended(at provider: String) async throws(LedgerFailure) -> [SessionRecord] {
    try await ledger.unended(at: provider)
  }

  func charge(_ milliseconds: Int64, to day: Int64) async throws(LedgerFailure) -> Int64 {
    try await ledger.charge(milliseconds, to: day)
  }

  func close() async { await ledger.close() }

  private func pass(_ moment: String) throws(LedgerFailure) {
    guard killSwitch.pass(moment) else { throw LedgerFailure(.unavailable, "the relay is dead") }
  }
}
