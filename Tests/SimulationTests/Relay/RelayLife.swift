// Brings a relay to life and kills it, again and again on the same ledger.
import AvatarProvider
import Basics
import DIDProvider
import HeyGenProvider
import Ledger
import Logging
import MockClock
import ProviderCalls
import ProviderHTTP
import Relay
import RelayTestSupport
import Signaling

@testable import MockProvider

/// A registry with the real adapters on an executor of its own: a process that is killed runs no further.
struct RelayLife {
  let number: Int
  let executor = HandExecutor()
  let registry: SessionRegistry
  let log: LogLines
  private(set) var wires: [Wire] = []

  /// The time of day when the simulation begins, in milliseconds since 1970, which the mock shares.
  static let epoch = VendorTime.epoch * 1000

  /// - Parameter leaseTime: how long a claim is good where several relays live at a time.
  init(
    _ number: Int, _ setting: SimulationSetting, network: ProviderNetwork, ledger: LedgerLink, clock: SteppableClock,
    leaseTime: Duration? = nil
  ) {
    self.number = number
    let client = NetworkClient(network: network, life: number)
    let time: @Sendable () -> Int64 = { Self.epoch + clock.now.sinceStart.milliseconds }
    let did = DIDProvider(
      configuration: .init(
        baseURL: ProviderNetwork.baseURL, key: Secret("key"), defaultSourceURL: "https://example.com/face.jpg"),
      client: client, clock: clock, jitter: Jitter { 0.5 }, millisecondsSinceEpoch: time)
    let heyGen = HeyGenProvider(
      configuration: .init(baseURL: ProviderNetwork.baseURL, key: Secret("key")), client: client, clock: clock,
      jitter: Jitter { 0.5 })
    let lines = LogLines(executor)
    log = lines
    registry = SessionRegistry(
      providers: [did, heyGen], limits: setting.limits, clock: clock, executor: executor,
      identifiers: CountingIdentifiers(prefix: "r\(number)"),
      ledger: LedgerConfiguration(
        store: ledger, relay: RelayID(rawValue: "life \(number)"), leaseTime: leaseTime,
        exclusiveProviders: setting.hasExclusiveKey ? ["heygen"] : [],
        wallTime: { WallTime(millisecondsSinceEpoch: time()) }),
      logger: Logger(label: "relay") { _ in LogLines.Handler(lines: lines, logLevel: .error) })
  }

  /// What the relay itself calls a mistake of its own.
  var complaints: [String] { log.lines.filter { $0.contains("did not fit") } }

  mutating func accept(_ wire: Wire) {
    wires.append(wire)
    registry.assumeIsolated { $0.opened(wire) }
  }

  /// Reads what came on a connection, as the server's endpoint does.
  func read(_ frame: Wire.Frame, of wire: Wire) {
    switch frame {
    case .text(let text):
      switch SignalingCodec.decode(text) {
      case .request(let request): registry.assumeIsolated { $0.received(request, on: wire.id) }
      case .refused(let id, let error): wire.send(.error(id, error))
      }
    case .close(let code):
      let end: ConnectionEnd = code == CloseCode.normal.rawValue ? .done : .lost
      registry.assumeIsolated { $0.closed(wire.id, end) }
    case .end: registry.assumeIsolated { $0.closed(wire.id) }
    }
  }
}

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
