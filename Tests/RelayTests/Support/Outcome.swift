// What became of something that a test waits for.
import Ledger
import RelayTestSupport

/// A failure that a task leaves behind. Lives on the test's executor.
actor Outcome {
  private nonisolated let executor: HandExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var kept: LedgerFailure?

  init(_ executor: HandExecutor) { self.executor = executor }

  nonisolated func set(_ failure: LedgerFailure) { assumeIsolated { $0.kept = failure } }
  nonisolated var failure: LedgerFailure? { assumeIsolated { $0.kept } }
}
