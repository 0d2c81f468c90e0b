// The end of a test: whatever it left open is played to its end, so that a leak checker finds nothing of the test's
// own.
import Relay
import RelayTestSupport
import Timekeeping
import Transport

/// Ends everything on a ``Stage`` when the test lets go of it.
final class Curtain: Sendable {
  private let executor: HandExecutor
  private let clock: SteppableClock
  private let providers: [MadeUpProvider]
  private let registry: SessionRegistry

  init(_ executor: HandExecutor, _ clock: SteppableClock, _ providers: [MadeUpProvider], _ registry: SessionRegistry) {
    self.executor = executor
    self.clock = clock
    self.providers = providers
    self.registry = registry
  }

  deinit {
    Task(executorPreference: executor) { [registry] in await registry.drain(within: .seconds(1)) }
    executor.run()
    for provider in providers {
      for kind in MadeUpProvider.Kind.allCases { provider.letGo(kind) }
      while let kind = provider.waitingKinds.first { provider.release(kind) }
    }
    clock.advance(by: .seconds(1))
    executor.run()
  }
}
