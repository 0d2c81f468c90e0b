// Checks what the registry does when the day's seconds are used up; the day is 8 hours old at the start.
import AvatarProvider
import Basics
import Ledger
import LedgerTestSupport
import Signaling
import Testing

@testable import Relay

@Suite struct RegistrySpendingTests {
  private static let open = Call.open(provider: "offering", avatar: nil, options: [:])
  private static let today = RegistryFixture.epoch / 86_400_000
  private static let hoursLeft: Int64 = 16

  private func error(_ connection: MadeUpConnection, _ request: RequestID) -> SignalingError? {
    guard case .error(_, let error) = connection.answers(to: request).first else { return nil }
    return error
  }

  private func account(_ fixture: RegistryFixture) -> Int64 { fixture.withLedger { $0.accounts[Self.today] ?? 0 } }

  private func charge(_ seconds: Int64, _ fixture: RegistryFixture) {
    Task(executorPreference: fixture.executor) { [ledger = fixture.ledger] in
      _ = try await ledger.charge(seconds * 1000, to: Self.today)
    }
    fixture.executor.run()
  }

  private func left(_ fixture: RegistryFixture) -> Duration? {
    fixture.registry.assumeIsolated { $0.dayBudgetLeft?.left }
  }

  @Test func everySessionEndsAndNoneIsOpenedUntilMidnight() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    let (one, two) = (fixture.connect(), fixture.connect())
    let (first, second) = (fixture.live(on: one), fixture.open("awaiting", on: two))
    fixture.advance(.seconds(49))
    #expect(fixture.openSessions == 2)
    fixture.advance(.seconds(1))
    #expect(fixture.openSessions == 0)
    #expect(one.events(of: first).last == .closed(.budget, action: .stop))
    #expect(two.events(of: second).last == .closed(.budget, action: .stop))
    let refused = error(one, fixture.send(Self.open, on: one))
    #expect(refused?.kind == .sessionLimit && refused?.limit == .totalSecondsPerDay)
    #expect(refused?.retryAfterMs == Self.hoursLeft * 3_600_000 - 50_000)
    #expect(fixture.registry.assumeIsolated { $0.counters.refusals[.totalSecondsPerDay] } == 1)
    fixture.advance(.milliseconds(refused?.retryAfterMs ?? 0))
    #expect(error(one, fixture.send(Self.open, on: one)) == nil)
    #expect(fixture.openSessions == 1 && left(fixture) == .seconds(100))
  }

  @Test func theAccountOutlivesTheRelay() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    fixture.advance(.seconds(10))
    #expect(account(fixture) == 10_000, "while it is open")
    fixture.advance(.seconds(3))
    fixture.send(.close(session: session), on: browser)
    #expect(account(fixture) == 13_000, "and when the last one ends")
    #expect(fixture.registry.assumeIsolated { $0.sessionTime } == .seconds(13))
  }

  @Test func whatAnEarlierLifeUsedCounts() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    charge(90, fixture)
    #expect(fixture.recover() == nil)
    #expect(left(fixture) == .seconds(10))
    _ = fixture.open(on: fixture.connect())
    fixture.advance(.seconds(10))
    #expect(fixture.openSessions == 0)
  }

  @Test func whatOtherRelaysUseCounts() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    let browser = fixture.connect()
    _ = fixture.open(on: browser)
    charge(85, fixture)
    #expect(left(fixture) == .seconds(100))
    fixture.advance(.seconds(10))
    #expect(left(fixture) == .seconds(5))
    fixture.advance(.seconds(5))
    #expect(fixture.openSessions == 0)
  }

  @Test func aLedgerThatIsAwayStopsNoCounting() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    _ = fixture.open(on: fixture.connect())
    fixture.withLedger { $0.fail(LedgerFailure(.unavailable, "away")) }
    fixture.advance(.seconds(60))
    #expect(left(fixture) == .seconds(40))
    fixture.withLedger { $0.fail(nil) }
    fixture.advance(.seconds(10))
    #expect(account(fixture) == 70_000)
    fixture.advance(.seconds(30))
    #expect(fixture.openSessions == 0)
  }

  @Test func aLedgerThatDoesNotAnswerIsAskedOnceAtATime() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    _ = fixture.open(on: fixture.connect())
    fixture.withLedger { $0.hold() }
    fixture.advance(.seconds(35))
    #expect(fixture.withLedger { $0.waitingCount } == 1)
    fixture.advance(.seconds(65))
    #expect(fixture.openSessions == 0 || fixture.offering.count(.close) == 1)
    fixture.withLedger { $0.letGo() }
    #expect(left(fixture) == .zero && fixture.openSessions == 0)
  }

  @Test func whoWaitsOrIsBeingServedIsToldSo() {
    var fixture = RegistryFixture {
      $0.totalSecondsPerDay = 100
      $0.maximumSessionsPerProvider["offering"] = 1
      $0.waitingOpens = 5
      $0.waitingTime = .seconds(3600)
    }
    let (one, two) = (fixture.connect(), fixture.connect())
    fixture.offering.hold(.open)
    let (opening, waiting) = (fixture.send(Self.open, on: one), fixture.send(Self.open, on: two))
    fixture.advance(.seconds(100))
    #expect(error(one, opening)?.limit == .totalSecondsPerDay)
    #expect(error(two, waiting)?.limit == .totalSecondsPerDay)
    _ = fixture.offering.release(.open)
    fixture.executor.run()
    #expect(fixture.openSessions == 0 && fixture.offering.count(.close) == 1)
  }

  @Test func aSessionThatMayBeOpenCounts() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.totalSecondsPerDay = 1000 }
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    fixture.advance(.seconds(10))
    fixture.offering.fail(.close, ProviderFailure(.unavailable, "made up"))
    fixture.send(.close(session: session), on: browser)
    #expect(fixture.leaks == 1)
    fixture.advance(.milliseconds(500))
    #expect(left(fixture) == .milliseconds(989_500))
    fixture.offering.fail(.close, nil)
    fixture.advance(.seconds(1))
    #expect(fixture.leaks == 0)
    let rest = left(fixture)
    fixture.advance(.seconds(100))
    #expect(left(fixture) == rest)
  }

  @Test func withoutTheLimitSecondsAreOnlyCounted() {
    var fixture = RegistryFixture(keepsLedger: true)
    _ = fixture.open(on: fixture.connect())
    fixture.advance(.seconds(200))
    #expect(fixture.openSessions == 1 && left(fixture) == nil)
    #expect(fixture.registry.assumeIsolated { $0.sessionTime } == .seconds(200))
    #expect(account(fixture) == 0)
  }
}
