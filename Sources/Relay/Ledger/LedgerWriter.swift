// Writes down what another life of the relay must know. What costs money waits for it; what saves money does not.
import AvatarProvider
import Basics
import Ledger
import Logging
import Signaling

/// A ledger, and under whose name and by which clock it is kept.
public struct LedgerConfiguration: Sendable {
  /// What it is kept in.
  public var store: any Ledger
  /// This life of this relay.
  public var relay: RelayID
  /// How long a claim on a session is good where several relays share the ledger; nil where this is the only one.
  public var leaseTime: Duration?
  /// Providers whose key nobody else uses: a session that is open there and that nobody knows is this relay's own.
  public var exclusiveProviders: Set<ProviderID>
  /// The time of day, by which another life knows how old everything is.
  public var wallTime: @Sendable () -> WallTime

  /// Describes a ledger and how this relay uses it.
  public init(
    store: any Ledger, relay: RelayID, leaseTime: Duration? = nil, exclusiveProviders: Set<ProviderID> = [],
    wallTime: @escaping @Sendable () -> WallTime
  ) {
    self.store = store
    self.relay = relay
    self.leaseTime = leaseTime
    self.exclusiveProviders = exclusiveProviders
    self.wallTime = wallTime
  }

  /// Nothing is kept.
  public static let none = LedgerConfiguration(store: NoLedger(), relay: RelayID(rawValue: "none")) {
    WallTime(millisecondsSinceEpoch: 0)
  }

  /// Whether anything outlives the process.
  var isKept: Bool { !(store is NoLedger) }
}

/// What is being written down, and what waits a moment for it.
final class LedgerWriter {
  /// What became of a session's talks and is not written yet, oldest first.
  private struct HeldOutcomes {
    let lease: Lease
    var facts: [LedgerFact]
  }

  let store: any Ledger
  let relay: RelayID
  let isKept: Bool
  /// Whether other relays write to it too.
  let isShared: Bool
  private let wallClock: @Sendable () -> WallTime
  /// What is being written while everything else goes on.
  private var notes = UnderWay()
  private var outcomes: [SessionID: HeldOutcomes] = [:]
  /// What writes the outcomes.
  private var outcomeAlarm: Task<Void, Never>?
  private let limits: RelayLimits
  private let clock: any MonotonicClock

  init(_ configuration: LedgerConfiguration, _ limits: RelayLimits, clock: any MonotonicClock) {
    store = configuration.store
    relay = configuration.relay
    isKept = configuration.isKept
    isShared = configuration.leaseTime != nil
    wallClock = configuration.wallTime
    self.limits = limits
    self.clock = clock
  }

  /// What is told where nothing can be written.
  static let unavailable = SignalingError(
    .ledgerUnavailable, "the server cannot write down what it is about to do, so it does nothing that costs money")

  /// The time of day.
  var wallTime: WallTime { wallClock() }

  // MARK: Facts

  /// Writes facts down and waits until they are durable.
  /// - Returns: why they are not; nil if they are.
  func write(
    _ facts: [LedgerFact], of session: SessionID, under lease: Lease?, on registry: isolated SessionRegistry
  ) async -> LedgerFailure? {
    guard let lease else { return nil }
    let facts = takeOutcomes(of: session, under: lease) + facts
    do throws(LedgerFailure) {
      try await store.record(facts, of: session.rawValue, under: lease)
      return nil
    } catch {
      registry.report(error, of: session)
      if error.code == .fenced, registry.heldLease(session) == lease { registry.giveUp(session) }
      return error
    }
  }

  /// Writes facts down while everything else goes on.
  func note(
    _ facts: [LedgerFact], of session: SessionID, under lease: Lease?, on registry: isolated SessionRegistry
  ) {
    guard isKept, lease != nil else { return }
    notes.begin()
    registry.start {
      _ = await $0.ledger.write(facts, of: session, under: lease, on: $0)
      $0.ledger.notes.end()
    }
  }

  /// Returns once everything that was noted is written, or was refused.
  func finish(on registry: isolated SessionRegistry) async {
    writeOutcomes(on: registry)
    // What is waited for may end between a look at it and the wait: a task that does not prefer this executor gives way
    // in between. So the look that counts is the one inside.
    while notes.count > 0 {
      await withCheckedContinuation { waiter in notes.wait(waiter) }
    }
  }

  // MARK: Charges

  /// Puts a charge on its day's account while everything else goes on.
  func note(_ charge: DayBudget.Charge, on registry: isolated SessionRegistry) {
    notes.begin()
    registry.start { await $0.ledger.carry(charge, on: $0) }
  }

  private func carry(_ charge: DayBudget.Charge, on registry: isolated SessionRegistry) async {
    let total: Int64?
    do throws(LedgerFailure) { total = try await store.charge(charge.milliseconds, to: charge.day) } catch {
      total = nil
      registry.logger.error(
        "the ledger failed", metadata: ["failure": "\(error.code.rawValue)", "reason": "\(error.message)"])
    }
    registry.quotas.charged(total: total, on: registry)
    notes.end()
  }

  // MARK: Outcomes of talks

  /// Notes what became of a talk. Nobody waits for it, and a life that ends before it is written reports the talk as
  /// `talk.unknown`: so it goes with the session's next write, or after ``RelayLimits/outcomePatience`` by itself.
  func note(
    _ outcome: SpeakOutcome, of request: RequestID, _ session: SessionID, on registry: isolated SessionRegistry
  ) {
    let fact = LedgerFact.speakEnded(request: request.value, outcome)
    guard isKept, let lease = registry.session(session)?.lease else { return }
    // Where several relays share the ledger another one may need it at once.
    guard !isShared, limits.outcomesHeld > 0 else { return note([fact], of: session, under: lease, on: registry) }
    if let held = outcomes[session], held.lease != lease { writeOutcomes(of: session, on: registry) }
    outcomes[session, default: HeldOutcomes(lease: lease, facts: [])].facts.append(fact)
    if outcomes[session]?.facts.count == limits.outcomesHeld { writeOutcomes(of: session, on: registry) }
    guard outcomeAlarm == nil, !outcomes.isEmpty else { return }
    outcomeAlarm = registry.alarm(at: clock.now.advanced(by: limits.outcomePatience)) {
      $0.ledger.outcomeAlarm = nil
      $0.ledger.writeOutcomes(on: $0)
    }
  }

  /// The outcomes that go with a write under a lease.
  private func takeOutcomes(of session: SessionID, under lease: Lease) -> [LedgerFact] {
    guard let held = outcomes[session], held.lease == lease else { return [] }
    outcomes[session] = nil
    return held.facts
  }

  /// Writes all that is held. The order of sessions is theirs by name, so that a run can be repeated.
  private func writeOutcomes(on registry: isolated SessionRegistry) {
    for session in outcomes.keys.sorted(by: { $0.rawValue < $1.rawValue }) { writeOutcomes(of: session, on: registry) }
  }

  private func writeOutcomes(of session: SessionID, on registry: isolated SessionRegistry) {
    guard let held = outcomes.removeValue(forKey: session) else { return }
    note(held.facts, of: session, under: held.lease, on: registry)
  }
}

/// Counts what is under way, and who waits for the end of all of it.
private struct UnderWay {
  private(set) var count = 0
  private var waiters = Waiters()

  mutating func begin() { count += 1 }

  mutating func end() {
    count -= 1
    guard count == 0 else { return }
    waiters.resumeAll()
  }

  /// Resumes a waiter once nothing is under way, at once where nothing is.
  mutating func wait(_ waiter: CheckedContinuation<Void, Never>) {
    if count > 0 { waiters.add(waiter) } else { waiter.resume() }
  }
}

extension SessionRegistry {
  /// Writes facts down and waits until they are durable.
  /// - Returns: why they are not; nil if they are.
  func write(_ facts: [LedgerFact], of session: SessionID, under lease: Lease?) async -> LedgerFailure? {
    await ledger.write(facts, of: session, under: lease, on: self)
  }

  /// Writes facts down while everything else goes on.
  func note(_ facts: LedgerFact..., of session: SessionID, under lease: Lease?) {
    ledger.note(facts, of: session, under: lease, on: self)
  }

  func report(_ failure: LedgerFailure, of session: SessionID) {
    logger.error(
      "the ledger failed",
      metadata: ["session": "\(session)", "failure": "\(failure.code.rawValue)", "reason": "\(failure.message)"])
  }
}
