// How a relay's start came out.
import Ledger
import RelayTestSupport

/// Is under way until it is over.
actor Recovery {
  private nonisolated let executor: HandExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var outcome: Result<Void, LedgerFailure>?

  init(_ executor: HandExecutor) { self.executor = executor }

  nonisolated func end(_ failure: LedgerFailure?) {
    assumeIsolated { $0.outcome = failure.map { .failure($0) } ?? .success(()) }
  }

  /// The relay serves.
  nonisolated var isOver: Bool { assumeIsolated { if case .success = $0.outcome { true } else { false } } }
  /// The relay could not read its ledger and went away.
  nonisolated var hasFailed: Bool { assumeIsolated { if case .failure = $0.outcome { true } else { false } } }
}
