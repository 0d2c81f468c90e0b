// The way to the ledger: fast, slow or broken, as the schedule has it.
import Ledger
import RelayTestSupport

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
