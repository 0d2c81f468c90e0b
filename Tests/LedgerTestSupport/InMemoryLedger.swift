// A ledger that lives as long as the test, and fails when it is told to.
import Basics
import Ledger

/// Keeps records in memory. With a lease time its leases run out, as those of a store that several relays share do.
public actor InMemoryLedger: Ledger {
  private nonisolated let executor: any SerialExecutor & TaskExecutor
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let clock: any MonotonicClock
  private let leaseTime: Duration?
  private var records: [String: SessionRecord] = [:]
  private var order: [String] = []
  /// The latest request that resumed each.
  private var resumes: [String: Int64] = [:]
  private var leaseEnds: [String: MonotonicInstant] = [:]
  private var failure: LedgerFailure?
  private var failingFacts: (@Sendable (LedgerFact) -> Bool)?
  private var isHeld = false
  private var heldRule: ClaimRule?
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var isClosed = false
  /// Milliseconds by day.
  public private(set) var accounts: [Int64: Int64] = [:]
  /// Every fact in the order in which it was recorded, with its session.
  public private(set) var journal: [(session: String, fact: LedgerFact)] = []

  /// How many calls recorded facts.
  public private(set) var recordCount = 0

  public init(
    executor: any SerialExecutor & TaskExecutor, clock: any MonotonicClock, leaseTime: Duration? = nil
  ) {
    self.executor = executor
    self.clock = clock
    self.leaseTime = leaseTime
  }

  // MARK: What a test says

  /// Every call fails from now on; nil lets them succeed.
  public func fail(_ failure: LedgerFailure?) { (self.failure, failingFacts) = (failure, nil) }

  /// Calls that would record such a fact fail from now on.
  public func fail(_ failure: LedgerFailure, where isMeant: @escaping @Sendable (LedgerFact) -> Bool) {
    (self.failure, failingFacts) = (failure, isMeant)
  }

  /// Calls wait until ``letGo()``.
  public func hold() { isHeld = true }

  /// Claims by a rule wait until ``letGo()``.
  public func hold(_ rule: ClaimRule) { heldRule = rule }

  public func letGo() {
    (isHeld, heldRule) = (false, nil)
    let all = waiting
    waiting = []
    for continuation in all { continuation.resume() }
  }

  /// A session is lost, as from a store that lost its disk.
  public func forget(_ session: String) {
    records[session] = nil
    order.removeAll { $0 == session }
  }

  /// How many calls wait.
  public var waitingCount: Int { waiting.count }
  public var all: [SessionRecord] { order.compactMap { records[$0] } }

  // MARK: Ledger

  public func begin(_ intent: SessionIntent) async throws(LedgerFailure) -> Lease {
    try await admit()
    guard records[intent.session] == nil else { throw LedgerFailure(.duplicateSession, "known already") }
    records[intent.session] = SessionRecord(intent)
    order.append(intent.session)
    return lease(intent.session, fence: 1)
  }

  public func record(_ facts: [LedgerFact], of session: String, under lease: Lease) async throws(LedgerFailure) {
    try await admit(facts)
    var record = try owned(session, under: lease)
    for fact in facts { try record.apply(fact) }
    records[session] = record
    for request in facts.compactMap(\.resumingRequest) { resumes[session] = max(resumes[session] ?? 0, request) }
    recordCount += 1
    journal += facts.map { (session, $0) }
    forgetOldEndings()
  }

  public func session(_ session: String) async throws(LedgerFailure) -> SessionRecord? {
    try await admit()
    return records[session]
  }

  public func claim(
    _ session: String, by relay: RelayID, _ rule: ClaimRule
  ) async throws(LedgerFailure) -> Claim {
    if rule == heldRule { await withCheckedContinuation { waiting.append($0) } }
    try await admit()
    guard var record = records[session], record.state != .ended else {
      throw LedgerFailure(.unknownSession, "not in the ledger, or over")
    }
    switch rule {
    case .ifOrphaned:
      guard !isOwned(session) else { throw LedgerFailure(.held, "a living relay owns it") }
    case .byClient(let request):
      guard request >= resumes[session] ?? 0 else { throw LedgerFailure(.overtaken, "resumed by a later request") }
      resumes[session] = request
    }
    record.owner = relay
    record.fence += 1
    records[session] = record
    return Claim(record: record, lease: lease(session, fence: record.fence))
  }

  public func renew(_ leases: [String: Lease]) async throws(LedgerFailure) -> [String: Lease] {
    try await admit()
    var good: [String: Lease] = [:]
    for (session, old) in leases {
      guard let record = records[session], record.fence == old.fence, record.state != .ended else { continue }
      good[session] = lease(session, fence: old.fence)
    }
    return good
  }

  public func release(_ session: String, _ lease: Lease) async throws(LedgerFailure) {
    try await admit()
    _ = try owned(session, under: lease)
    records[session]?.owner = RelayID(rawValue: "")
    leaseEnds[session] = nil
  }

  public func orphans(for relay: RelayID) async throws(LedgerFailure) -> [SessionRecord] {
    try await admit()
    return all.filter { record in
      record.state != .ended && (leaseTime == nil ? record.owner != relay : !isOwned(record.intent.session))
    }
  }

  public func unended(at provider: String) async throws(LedgerFailure) -> [SessionRecord] {
    try await admit()
    return all.filter { $0.state != .ended && $0.intent.provider == provider }
  }

  public func charge(_ milliseconds: Int64, to day: Int64) async throws(LedgerFailure) -> Int64 {
    try await admit()
    accounts[day, default: 0] += milliseconds
    if milliseconds > 0 { accounts = accounts.filter { $0.key > day - LedgerBounds.accountDays } }
    return accounts[day] ?? 0
  }

  public func close() async { isClosed = true }

  // MARK: Leases

  private func admit(_ facts: [LedgerFact] = []) async throws(LedgerFailure) {
    if isHeld { await withCheckedContinuation { waiting.append($0) } }
    if isClosed { throw LedgerFailure(.unavailable, "closed") }
    guard let failure else { return }
    if let failingFacts, !facts.contains(where: failingFacts) { return }
    throw failure
  }

  private func owned(_ session: String, under lease: Lease) throws(LedgerFailure) -> SessionRecord {
    guard let record = records[session] else { throw LedgerFailure(.unknownSession, "not in the ledger") }
    guard record.fence == lease.fence else { throw LedgerFailure(.fenced, "claimed since") }
    return record
  }

  /// Without a lease time there is one process, and whoever else owned a session is dead.
  private func isOwned(_ session: String) -> Bool { leaseEnds[session].map { clock.now < $0 } ?? false }

  private func lease(_ session: String, fence: Int64) -> Lease {
    if let leaseTime { leaseEnds[session] = clock.now.advanced(by: leaseTime) }
    return Lease(fence: fence, validity: leaseTime)
  }

  private func forgetOldEndings() {
    let ended = order.filter { records[$0]?.state == .ended }
    for session in ended.dropLast(LedgerBounds.endedSessions) {
      records[session] = nil
      order.removeAll { $0 == session }
    }
  }
}
