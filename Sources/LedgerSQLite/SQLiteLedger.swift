// Keeps the ledger in one file: what is asked while the file is being written waits and is written together.
import Basics
import CLedgerSQLite
import Ledger

/// A ledger in an SQLite file that one relay uses.
///
/// It lives on its caller's executor. What is asked for while the file is being written waits and is then written in
/// one transaction, so that the disk is waited for once; that write is the only thing that happens on another thread.
public actor SQLiteLedger: Ledger {
  /// The bounds of one ``SQLiteLedger``.
  public struct Bounds: Sendable, Hashable {
    /// Requests that wait for the file; one more fails as `.overloaded`.
    public var waiting = 4096
    /// Requests that are written together.
    public var batch = 256
    /// How long the file may take for one batch; then everything that waits fails as `.unavailable`, and so does what
    /// comes before it is back.
    public var patience = Duration.seconds(5)

    /// The defaults.
    public init() {}
  }

  enum Activity {
    case idle
    /// That batch is being written.
    case writing(UInt64, [Call])
    /// That batch took too long and is not waited for any more.
    case stalled(UInt64)
    case closed(isFileStalled: Bool)
  }

  /// A call that waits for its turn, or for the disk.
  struct Call {
    let work: LedgerFile.Work
    /// Tells its caller that nothing came of it.
    let fail: @Sendable (LedgerFailure) -> Void
  }

  private nonisolated let executor: any SerialExecutor & TaskExecutor
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  let file: LedgerFile
  private let clock: any MonotonicClock
  private let bounds: Bounds
  private(set) var activity = Activity.idle
  private(set) var waiting: [Call] = []
  private var lastBatch: UInt64 = 0
  /// By when the batch that is being written has to be, and who looks after it. That one outlives many batches, so
  /// that none of them needs a task and a timer of its own.
  private var batchDeadline: MonotonicInstant
  private var watch: Task<Void, Never>?
  private var closers = Waiters()

  /// Opens a file, or makes one that only its owner can read. Blocks until the file is checked.
  /// - Parameters:
  ///   - executor: where it is called.
  ///   - clock: measures how long the file takes.
  /// - Throws: ``LedgerFailure`` that says what to do: `.inUse`, `.corrupt`, `.tooNew`, `.readOnly`, `.full`,
  ///   `.unavailable`.
  public init(
    path: String, executor: any SerialExecutor & TaskExecutor, clock: any MonotonicClock, bounds: Bounds = Bounds()
  ) throws(LedgerFailure) {
    try self.init(
      file: LedgerFile(path: path, durability: .full), executor: executor, clock: clock, bounds: bounds)
  }

  init(
    file: LedgerFile, executor: any SerialExecutor & TaskExecutor, clock: any MonotonicClock, bounds: Bounds = Bounds()
  ) {
    self.file = file
    self.executor = executor
    self.clock = clock
    self.bounds = bounds
    batchDeadline = clock.now
  }

  // MARK: Calls

  public func begin(_ intent: SessionIntent) async throws(LedgerFailure) -> Lease {
    try await perform { try $0.begin(intent) }
  }

  public func record(_ facts: [LedgerFact], of session: String, under lease: Lease) async throws(LedgerFailure) {
    try await perform { try $0.record(facts, of: session, under: lease) }
  }

  public func session(_ session: String) async throws(LedgerFailure) -> SessionRecord? {
    try await perform { try $0.session(session) }
  }

  public func claim(
    _ session: String, by relay: RelayID, _ rule: ClaimRule
  ) async throws(LedgerFailure) -> Claim {
    try await perform { try $0.claim(session, by: relay, rule) }
  }

  public func renew(_ leases: [String: Lease]) async throws(LedgerFailure) -> [String: Lease] {
    try await perform { try $0.renew(leases) }
  }

  public func release(_ session: String, _ lease: Lease) async throws(LedgerFailure) {
    try await perform { try $0.release(session, lease) }
  }

  public func orphans(for relay: RelayID) async throws(LedgerFailure) -> [SessionRecord] {
    try await perform { try $0.orphans(for: relay) }
  }

  public func unended(at provider: String) async throws(LedgerFailure) -> [SessionRecord] {
    try await perform { try $0.unended(at: provider) }
  }

  public func charge(_ milliseconds: Int64, to day: Int64) async throws(LedgerFailure) -> Int64 {
    try await perform { try $0.charge(milliseconds, to: day) }
  }

  // MARK: Batches

  /// Has a call carried out with the next batch, and waits until that is on the disk.
  private func perform<Value: Sendable>(
    _ body: @escaping @Sendable (LedgerTables) throws -> Value
  ) async throws(LedgerFailure) -> Value {
    let result: Result<Value, LedgerFailure> = await withCheckedContinuation { continuation in
      // Looked at in here: a task that prefers another executor may be put behind others on its way into this closure.
      do throws(LedgerFailure) { try admit() } catch { return continuation.resume(returning: .failure(error)) }
      waiting.append(
        Call(
          work: { tables in
            let result = try Self.result { try body(tables) }
            return { continuation.resume(returning: result) }
          }, fail: { continuation.resume(returning: .failure($0)) }))
      writeNext()
    }
    return try result.get()
  }

  /// - Throws: SQLite's own errors, which end the transaction.
  private static func result<Value>(_ body: () throws -> Value) throws -> Result<Value, LedgerFailure> {
    do { return .success(try body()) } catch let failure as LedgerFailure {
      return .failure(failure)
    } catch let error where !(error is SQLiteError) {
      return .failure(SQLiteRow.unreadable)
    }
  }

  /// - Throws: why nothing can be asked now.
  private func admit() throws(LedgerFailure) {
    switch activity {
    case .idle, .writing: break
    case .stalled: throw Self.tooSlow
    case .closed: throw LedgerFailure(.unavailable, "the ledger is closed")
    }
    guard waiting.count < bounds.waiting else {
      throw LedgerFailure(.overloaded, "\(waiting.count) records wait for the ledger's file already")
    }
  }

  private func writeNext() {
    guard case .idle = activity else { return }
    guard !waiting.isEmpty else { return settleClosers() }
    let batch = Array(waiting.prefix(bounds.batch))
    waiting.removeFirst(batch.count)
    lastBatch += 1
    activity = .writing(lastBatch, batch)
    batchDeadline = clock.now.advanced(by: bounds.patience)
    if watch == nil { watch = Task(executorPreference: executor) { await self.watchBatches() } }
    Task(executorPreference: executor) { [lastBatch] in await self.write(batch.map(\.work), as: lastBatch) }
  }

  private func write(_ work: [LedgerFile.Work], as batch: UInt64) async {
    let outcome: Result<[@Sendable () -> Void], LedgerFailure>
    do throws(LedgerFailure) { outcome = .success(try await file.carryOut(work)) } catch { outcome = .failure(error) }
    switch activity {
    case .writing(batch, let calls):
      activity = .idle
      switch outcome {
      case .success(let answers): for answer in answers { answer() }
      case .failure(let failure): for call in calls { call.fail(failure) }
      }
    case .stalled(batch): activity = .idle
    case .idle, .writing, .stalled, .closed: return
    }
    writeNext()
  }

  /// Gives up on a batch that takes too long; returns when nothing is being written.
  private func watchBatches() async {
    while case .writing(let batch, let calls) = activity {
      guard clock.now < batchDeadline else {
        giveUp(on: batch, calls)
        break
      }
      do { try await clock.sleep(until: batchDeadline, tolerance: nil) } catch { break }
    }
    watch = nil
  }

  private func giveUp(on batch: UInt64, _ calls: [Call]) {
    activity = .stalled(batch)
    let left = calls + waiting
    waiting = []
    for call in left { call.fail(Self.tooSlow) }
    settleClosers()
  }

  private static let tooSlow = LedgerFailure(.unavailable, "the ledger's file does not answer in time")

  /// Writes what waits, and lets the file go; not where the file does not answer, since that would take as long.
  public func close() async {
    // A caller that does not prefer this executor gives way before it waits: by then all may be written.
    await withCheckedContinuation { closer in
      if isSettled { closer.resume() } else { closers.add(closer) }
    }
    watch?.cancel()
    switch activity {
    case .idle, .closed(isFileStalled: false):
      activity = .closed(isFileStalled: false)
      await file.close()
    case .writing, .stalled, .closed: activity = .closed(isFileStalled: true)
    }
  }

  private var isSettled: Bool {
    switch activity {
    case .idle: waiting.isEmpty
    case .stalled, .closed: true
    case .writing: false
    }
  }

  private func settleClosers() {
    guard isSettled else { return }
    closers.resumeAll()
  }
}

extension LedgerFailure {
  /// Takes SQLite's own message, which names no value, and never the statement or its arguments.
  init(_ error: any Error) {
    guard let error = error as? SQLiteError else {
      self = error as? LedgerFailure ?? LedgerFailure(.unavailable, "the ledger's file cannot be used")
      return
    }
    let words = "\(error.message) (SQLite code \(error.code))"
    switch error.kind {
    case SQLITE_FULL: self.init(.full, "no room is left for the ledger: \(words)")
    case SQLITE_READONLY: self.init(.readOnly, "the ledger cannot be written: \(words)")
    case SQLITE_CORRUPT, SQLITE_NOTADB:
      self.init(
        .corrupt,
        "the ledger's file is damaged: \(words). Restore a back-up, or move the file away: then sessions that are open "
          + "at providers stay so until their idle limit")
    case SQLITE_BUSY, SQLITE_LOCKED: self.init(.inUse, "another program holds the ledger: \(words)")
    default: self.init(.unavailable, "the ledger cannot be used: \(words)")
    }
  }
}
