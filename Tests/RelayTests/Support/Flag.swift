// Something that happened or did not, on the test's executor.
import RelayTestSupport

/// Is raised once.
actor Flag {
  private nonisolated let executor: HandExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var raised = false

  init(_ executor: HandExecutor) { self.executor = executor }

  nonisolated func raise() { assumeIsolated { $0.raised = true } }
  nonisolated var isRaised: Bool { assumeIsolated { $0.raised } }
}
