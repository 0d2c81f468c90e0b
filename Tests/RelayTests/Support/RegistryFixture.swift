// Sets up a registry with made-up providers and a clock that stands still, and plays what a test left open to its end.
import AvatarProvider
import Basics
import Ledger
import LedgerTestSupport
import Logging
import MockClock
import RelayTestSupport
import Signaling

@testable import Relay

/// Everything a registry needs, on an executor that runs when the test says so.
struct RegistryFixture {
  let executor = HandExecutor()
  let clock = SteppableClock()
  let log: LogLines
  let offering: MadeUpProvider
  let awaiting: MadeUpProvider
  let roomy: MadeUpProvider
  /// These take texts that are still being written, in parts or not.
  let native: MadeUpProvider
  let joined: MadeUpProvider
  let registry: SessionRegistry
  private let limits: RelayLimits
  /// Where sessions are written down, in the tests that ask for it.
  let ledger: InMemoryLedger
  /// This life's name, and the time of day when it begins.
  static let relay = RelayID(rawValue: "this life")
  static let epoch: Int64 = 1_800_000_000_000

  private let teardown: Teardown
  private var lastRequest: Int64 = 0
  private var lastConnection: UInt64 = 0

  init(
    logLevel: Logger.Level = .trace, gate: (any AccessGate)? = nil, keepsLedger: Bool = false,
    exclusive: Set<ProviderID> = [], leaseTime: Duration? = nil, _ change: (inout RelayLimits) -> Void = { _ in }
  ) {
    let log = LogLines(executor)
    self.log = log
    var limits = RelayLimits.withoutQuotas
    limits.lifetime = nil
    limits.graceTime = .zero
    change(&limits)
    self.limits = limits
    offering = MadeUpProvider("offering", .offering, session: .sample(), on: executor)
    awaiting = MadeUpProvider("awaiting", .awaiting, session: .sample(.awaitsOffer(iceServers: [])), on: executor)
    roomy = MadeUpProvider(
      "roomy", .roomy, session: .sample(.room(url: "wss://room.example", token: "token")), on: executor)
    native = MadeUpProvider("native", .writing(.native), session: .sample(), on: executor)
    joined = MadeUpProvider("joined", .writing(.joined), session: .sample(), on: executor)
    let ledger = InMemoryLedger(executor: executor, clock: clock, leaseTime: leaseTime)
    self.ledger = ledger
    let kept = LedgerConfiguration(
      store: ledger, relay: Self.relay, leaseTime: leaseTime, exclusiveProviders: exclusive,
      wallTime: { [clock] in WallTime(millisecondsSinceEpoch: Self.epoch + clock.now.sinceStart.milliseconds) })
    registry = SessionRegistry(
      providers: [offering, awaiting, roomy, native, joined], limits: limits, clock: clock, executor: executor,
      identifiers: CountingIdentifiers(), gate: gate,
      ledger: keepsLedger ? kept : .none,
      logger: Logger(label: "test") { _ in LogLines.Handler(lines: log, logLevel: logLevel) })
    if leaseTime != nil { registry.assumeIsolated { $0.watchLedger() } }
    teardown = Teardown(executor, clock, [offering, awaiting, roomy, native, joined], registry)
  }

  mutating func connect() -> MadeUpConnection {
    lastConnection += 1
    let connection = MadeUpConnection(lastConnection, executor)
    registry.assumeIsolated { $0.opened(connection) }
    return connection
  }

  func drop(_ connection: MadeUpConnection) {
    registry.assumeIsolated { $0.closed(connection.id) }
    executor.run()
  }

  /// Sends a request with the next id, or with a given one, and lets everything run that can.
  @discardableResult
  mutating func send(_ call: Call, id: Int64? = nil, on connection: MadeUpConnection) -> RequestID {
    let request = RequestID(id ?? lastRequest + 1)
    lastRequest = max(lastRequest, request.value)
    registry.assumeIsolated { $0.received(Request(id: request, call: call), on: connection.id) }
    executor.run()
    return request
  }

  func advance(_ time: Duration) {
    clock.advance(by: time)
    executor.run()
  }

  /// Takes over what an earlier life left in the ledger.
  func recover() -> LedgerFailure? {
    let outcome = Outcome(executor)
    Task(executorPreference: executor) { [registry] in
      do throws(LedgerFailure) { try await registry.recover() } catch { outcome.set(error) }
    }
    executor.run()
    return outcome.failure
  }

  /// Does something with the ledger and lets everything run that can.
  func withLedger<Value>(_ body: @Sendable (isolated InMemoryLedger) -> Value) -> Value where Value: Sendable {
    defer { executor.run() }
    return ledger.assumeIsolated(body)
  }

  /// What another life would go on with, from the ledger; nil where there is nothing to go on with.
  func snapshot(of session: SessionID) -> SessionSnapshot? {
    let now = WallTime(millisecondsSinceEpoch: Self.epoch + clock.now.sinceStart.milliseconds)
    return record(session).flatMap { SessionSnapshot($0, limits: limits, at: now) }
  }

  /// What the ledger knows of a session.
  func record(_ session: SessionID) -> SessionRecord? {
    withLedger { ledger in ledger.all.first { $0.intent.session == session.rawValue } }
  }

  /// How often facts were recorded.
  var writes: Int { withLedger { $0.recordCount } }

  /// Writes down what an earlier life did.
  func earlierLife(_ intent: SessionIntent, _ facts: LedgerFact...) { earlierLife(intent, facts) }

  /// Writes down what an earlier life did.
  func earlierLife(_ intent: SessionIntent, _ facts: [LedgerFact]) {
    Task(executorPreference: executor) { [ledger] in
      let lease = try await ledger.begin(intent)
      try await ledger.record(facts, of: intent.session, under: lease)
    }
    executor.run()
  }

  /// Another relay takes a session.
  func otherRelayClaims(_ session: SessionID) {
    Task(executorPreference: executor) { [ledger, lastRequest] in
      _ = try await ledger.claim(session.rawValue, by: RelayID(rawValue: "other"), .byClient(request: lastRequest))
    }
    executor.run()
  }

  /// Starts a drain; the returned flag says whether it came to its end.
  func drain(within time: Duration) -> Flag {
    let flag = Flag(executor)
    Task(executorPreference: executor) { [registry] in
      await registry.drain(within: time)
      flag.raise()
    }
    executor.run()
    return flag
  }

  var openSessions: Int { registry.assumeIsolated { $0.openSessionCount } }
  var leaks: Int { registry.assumeIsolated { $0.possiblyLeakedSessionCount } }

  // MARK: Whole steps

  /// Opens a session and says its id.
  mutating func open(_ provider: String = "offering", on connection: MadeUpConnection) -> SessionID {
    let request = send(.open(provider: provider, avatar: nil, options: [:]), on: connection)
    return connection.opened(request) ?? SessionID(rawValue: "none")
  }

  /// Opens a session and brings it to `live`.
  mutating func live(on connection: MadeUpConnection) -> SessionID {
    let session = open(on: connection)
    send(.answer(session: session, .sampleAnswer), on: connection)
    send(.report(session: session, .iceConnectionState(.connected)), on: connection)
    return session
  }

  /// A new connection with a session that is live.
  mutating func live() -> (MadeUpConnection, SessionID) {
    let connection = connect()
    return (connection, live(on: connection))
  }
}

/// Ends everything on a ``RegistryFixture`` when the test lets go of it.
final class Teardown: Sendable {
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

/// Is raised once.
actor Flag {
  private nonisolated let executor: HandExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var raised = false

  init(_ executor: HandExecutor) { self.executor = executor }

  nonisolated func raise() { assumeIsolated { $0.raised = true } }
  nonisolated var isRaised: Bool { assumeIsolated { $0.raised } }
}

/// A failure that a task leaves behind. Lives on the test's executor.
actor Outcome {
  private nonisolated let executor: HandExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var kept: LedgerFailure?

  init(_ executor: HandExecutor) { self.executor = executor }

  nonisolated func set(_ failure: LedgerFailure) { assumeIsolated { $0.kept = failure } }
  nonisolated var failure: LedgerFailure? { assumeIsolated { $0.kept } }
}
