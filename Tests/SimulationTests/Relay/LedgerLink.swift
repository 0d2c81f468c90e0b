// Carries calls to the ledger, late or never.
import Ledger
import LedgerTestSupport
import RelayTestSupport

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

/// Lets calls through in the order in which they came.
actor LedgerDesk {
  enum Mood { case fast, slow, broken }

  private nonisolated let executor: HandExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var mood = Mood.fast
  private var waiting: [(life: Int, continuation: CheckedContinuation<Bool, Never>)] = []
  private var deadLives: Set<Int> = []
  /// Whether anything was ever not written down.
  private(set) var hasFailed = false

  init(on executor: HandExecutor) { self.executor = executor }

  /// Waits for the turn of a call.
  /// - Throws: `.full` while the store is broken, `.unavailable` for a process that is gone.
  func admit(_ life: Int) async throws(LedgerFailure) {
    guard !deadLives.contains(life) else { throw LedgerFailure(.unavailable, "the process is gone") }
    switch mood {
    case .broken:
      hasFailed = true
      throw LedgerFailure(.full, "the disk is full")
    case .fast where waiting.isEmpty: return
    case .fast, .slow:
      guard await withCheckedContinuation({ waiting.append((life, $0)) }) else {
        throw LedgerFailure(.unavailable, "the process is gone")
      }
    }
  }

  var waitingCount: Int { waiting.count }

  func set(_ mood: Mood) {
    self.mood = mood
    if mood != .slow { letGo(waiting.count) }
  }

  /// The first calls that wait are carried out.
  func letGo(_ count: Int) {
    let first = waiting.prefix(count)
    waiting.removeFirst(first.count)
    for call in first { call.continuation.resume(returning: true) }
  }

  /// What a process that was killed had not written yet is not written.
  func kill(_ life: Int) {
    deadLives.insert(life)
    let lost = waiting.filter { $0.life == life }
    waiting.removeAll { $0.life == life }
    for call in lost { call.continuation.resume(returning: false) }
  }
}
