// Holds the whole relay, the whole mock and clients in one process, on one thread and one clock, moved by a seed.
import Basics
import Ledger
import LedgerTestSupport
import Logging
import MockClock
import Relay
import RelayTestSupport
import Signaling
import TestSupport

@testable import MockProvider

/// Plays a random life and compares what the mock saw with what the clients asked. The same seed plays the same life.
struct Simulation {
  /// The moment at which a relay read a request.
  struct Receipt {
    let request: Int64
    let life: Int
    /// How many calls had been sent to providers.
    let sent: Int
    /// Those of which no relay had heard the end.
    let underWay: Set<Int>
  }

  /// How many steps a life has before its end.
  static let standardSteps = 150

  let seed: UInt64
  var random: SplitMix
  let setting: SimulationSetting
  let world = HandExecutor()
  let clock = SteppableClock()
  let mock: MockState
  let network: ProviderNetwork
  let store: InMemoryLedger
  let desk: LedgerDesk
  /// All lives of the relay; only the last one may live.
  var lives: [RelayLife] = []
  var isAlive = false
  /// Connections are taken once the relay has taken over what an earlier life left.
  var recovered: [Recovery] = []
  var clients: [SimulatedClient] = []
  /// Connections of which one end still has something to read.
  var wires: [Wire] = []
  /// How many more jobs the relay runs before it is killed.
  var jobsLeft: Int?
  var words = 0
  /// Whether its clients have texts spoken as they write them. The seeds that once found something play what they did.
  var writesTexts: Bool { seed % 4 == 3 }
  /// When relays read candidates, and that sessions end or are interrupted.
  var receipts: [Receipt] = []
  var counts = SimulationCounts()
  var trace: SimulationTrace

  init(seed: UInt64, tracing: Bool = false) {
    self.seed = seed
    random = SplitMix(seed: seed)
    setting = SimulationSetting(&random)
    trace = SimulationTrace(isKept: tracing)
    let logger = Logger(label: "mock") { _ in SwiftLogNoOpLogHandler() }
    mock = MockState(setting.mock, on: world, clock: clock, logger: logger)
    network = ProviderNetwork(MockHandler(state: mock), clock, on: world)
    store = InMemoryLedger(executor: world, clock: clock)
    desk = LedgerDesk(on: world)
    if setting.isLedgerSlow { desk.assumeIsolated { $0.set(.slow) } }
    start()
    for index in 0..<setting.clientCount {
      clients.append(SimulatedClient(firstID: Int64(index) * 10_000 + 1))
    }
    trace.add("seed \(seed)")
  }

  /// Plays that many steps and the end.
  /// - Returns: what must not be; empty if all is well.
  mutating func play(steps: Int) -> [String] {
    for _ in 0..<steps { step() }
    let mistakes = end() + clients.flatMap(\.mistakes) + self.mistakes()
    bury()
    return mistakes
  }

  // MARK: The relay's lives

  var life: RelayLife { lives[lives.count - 1] }
  /// Whether the relay takes connections.
  var isServing: Bool { isAlive && recovered[recovered.count - 1].isOver }

  mutating func start() {
    let number = lives.count + 1
    let life = RelayLife(
      number, setting, network: network, ledger: LedgerLink(store: store, desk: desk, life: number), clock: clock)
    let recovery = Recovery(world)
    lives.append(life)
    recovered.append(recovery)
    isAlive = true
    Task(executorPreference: life.executor) { [registry = life.registry] in
      do throws(LedgerFailure) {
        try await registry.recover()
        recovery.end(nil)
      } catch { recovery.end(error) }
    }
    trace.add("the relay starts")
    run()
  }

  /// SIGKILL: nothing of that process runs any more, and what it had not sent is not sent.
  mutating func kill() {
    guard isAlive else { return }
    isAlive = false
    jobsLeft = nil
    counts[.kills] += 1
    trace.add("the relay is killed")
    let number = life.number
    network.assumeIsolated { $0.kill(number) }
    desk.assumeIsolated { $0.kill(number) }
    for wire in life.wires {
      wire.relayDied(keepingToClient: Int.random(in: 0...wire.counts.toClient, using: &random))
    }
  }

  /// Lets everything run that can; the relay no further than to where it is killed.
  mutating func run() {
    while true {
      var count = world.run(atMost: .max)
      if isAlive {
        let done = life.executor.run(atMost: jobsLeft ?? .max)
        count += done
        if let left = jobsLeft {
          jobsLeft = left - done
          if left == done { kill() }
        }
      }
      if count == 0 { return }
    }
  }
}
