// The ledger in one file.
import Ledger
import Timekeeping

/// A ledger in an SQLite file that one relay uses.
///
/// It lives on its caller's executor. What is asked for while the file is being written waits and is then written in
/// one transaction, so that the disk is waited for once; that write is the only thing that happens on another thread.
public actor SQLiteLedger: Ledger {
  enum Activity {
    case idle
    /// That batch is being written.
    case writing(UInt64, [CheckedContinuation<Result<LedgerReply, LedgerFailure>, Never>])
    /// That batch took too long and is not waited for any more.
    case stalled(UInt64)
    case closed
  }

  struct Waiting {
    let request: LedgerRequest
    let continuation: CheckedContinuation<Result<LedgerReply, LedgerFailure>, Never>
  }

  private nonisolated let executor: any SerialExecutor & TaskExecutor
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  let file: LedgerFile
  private let clock: any MonotonicClock
  private let bounds: Bounds
  private(set) var activity = Activity.idle
  private(set) var waiting: [Waiting] = []
  private var lastBatch: UInt64 = 0
  /// By when the batch that is being written has to be, and who looks after it. That one outlives many batches, so
  /// that none of them needs a task and a timer of its own.
  private var batchDeadline: MonotonicInstant
  private var watch: Task<Void, Never>?
  private var closers: [CheckedContinuation<Void, Never>] = []

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

  // MARK: Batches

  func perform(_ request: LedgerRequest) async throws(LedgerFailure) -> LedgerReply {
    let result: Result<LedgerReply, LedgerFailure> = await withCheckedContinuation { continuation in
      // Looked at in here: a task that prefers another executor may be put behind others on its way into this closure.
      do throws(LedgerFailure) { try admit() } catch { return continuation.resume(returning: .failure(error)) }
      waiting.append(Waiting(request: request, continuation: continuation))
      writeNext()
    }
    return try result.get()
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
    activity = .writing(lastBatch, batch.map(\.continuation))
    batchDeadline = clock.now.advanced(by: bounds.patience)
    if watch == nil { watch = Task(executorPreference: executor) { await self.watchBatches() } }
    Task(executorPreference: executor) { [lastBatch] in await self.write(batch.map(\.request), as: lastBatch) }
  }

  private func write(_ requests: [LedgerRequest], as batch: UInt64) async {
    let results = await file.carryOut(requests)
    switch activity {
    case .writing(batch, let continuations):
      activity = .idle
      for (continuation, result) in zip(continuations, results) { continuation.resume(returning: result) }
    case .stalled(batch): activity = .idle
    case .idle, .writing, .stalled, .closed: return
    }
    writeNext()
  }

  /// Gives up on a batch that takes too long; returns when nothing is being written.
  private func watchBatches() async {
    while case .writing(let batch, let continuations) = activity {
      guard clock.now < batchDeadline else {
        giveUp(on: batch, continuations)
        break
      }
      do { try await clock.sleep(until: batchDeadline, tolerance: nil) } catch { break }
    }
    watch = nil
  }

  private func giveUp(on batch: UInt64, _ continuations: [CheckedContinuation<Result<LedgerReply, LedgerFailure>, Never>]) {
    activity = .stalled(batch)
    let left = continuations + waiting.map(\.continuation)
    waiting = []
    for continuation in left { continuation.resume(returning: .failure(Self.tooSlow)) }
    settleClosers()
  }

  private static let tooSlow = LedgerFailure(.unavailable, "the ledger's file does not answer in time")

  /// Writes what waits, and lets the file go; not where the file does not answer, since that would take as long.
  public func close() async {
    // A caller that does not prefer this executor gives way before it waits: by then all may be written.
    await withCheckedContinuation { closer in
      if isSettled { closer.resume() } else { closers.append(closer) }
    }
    watch?.cancel()
    if case .idle = activity { file.close() }
    activity = .closed
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
    let settled = closers
    closers = []
    for closer in settled { closer.resume() }
  }
}
