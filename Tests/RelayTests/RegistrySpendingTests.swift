// What the registry does when the day's seconds are used up; the day is 8 hours old at the start.
import AvatarProvider
import Ledger
import LedgerTestSupport
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct RegistrySpendingTests {
  private static let open = Call.open(provider: "offering", avatar: nil, options: [:])
  private static let today = Stage.epoch / 86_400_000
  private static let hoursLeft: Int64 = 16

  private func error(_ connection: MadeUpConnection, _ request: RequestID) -> SignalingError? {
    guard case .error(_, let error) = connection.answers(to: request).first else { return nil }
    return error
  }

  private func account(_ stage: Stage) -> Int64 { stage.withLedger { $0.accounts[Self.today] ?? 0 } }

  private func charge(_ seconds: Int64, _ stage: Stage) {
    Task(executorPreference: stage.executor) { [ledger = stage.ledger] in
      _ = try await ledger.charge(seconds * 1000, to: Self.today)
    }
    stage.executor.run()
  }

  private func left(_ stage: Stage) -> Duration? { stage.registry.assumeIsolated { $0.dayBudgetLeft?.left } }

  @Test func everySessionEndsAndNoneIsOpenedUntilMidnight() {
    var stage = Stage(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    let (one, two) = (stage.connect(), stage.connect())
    let (first, second) = (stage.live(on: one), stage.open("awaiting", on: two))
    stage.advance(.seconds(49))
    #expect(stage.openSessions == 2)
    stage.advance(.seconds(1))
    #expect(stage.openSessions == 0)
    #expect(one.events(of: first).last == .closed(.budget, action: .stop))
    #expect(two.events(of: second).last == .closed(.budget, action: .stop))
    let refused = error(one, stage.send(Self.open, on: one))
    #expect(refused?.kind == .sessionLimit && refused?.limit == .totalSecondsPerDay)
    #expect(refused?.retryAfterMs == Self.hoursLeft * 3_600_000 - 50_000)
    #expect(stage.registry.assumeIsolated { $0.counters.refusals[.totalSecondsPerDay] } == 1)
    stage.advance(.milliseconds(refused?.retryAfterMs ?? 0))
    #expect(error(one, stage.send(Self.open, on: one)) == nil)
    #expect(stage.openSessions == 1 && left(stage) == .seconds(100))
  }

  @Test func theAccountOutlivesTheRelay() {
    var stage = Stage(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    let browser = stage.connect()
    let session = stage.open(on: browser)
    stage.advance(.seconds(10))
    #expect(account(stage) == 10_000, "while it is open")
    stage.advance(.seconds(3))
    stage.send(.close(session: session), on: browser)
    #expect(account(stage) == 13_000, "and when the last one ends")
    #expect(stage.registry.assumeIsolated { $0.sessionTime } == .seconds(13))
  }

  @Test func whatAnEarlierLifeUsedCounts() {
    var stage = Stage(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    charge(90, stage)
    #expect(stage.recover() == nil)
    #expect(left(stage) == .seconds(10))
    _ = stage.open(on: stage.connect())
    stage.advance(.seconds(10))
    #expect(stage.openSessions == 0)
  }

  @Test func whatOtherRelaysUseCounts() {
    var stage = Stage(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    let browser = stage.connect()
    _ = stage.open(on: browser)
    charge(85, stage)
    #expect(left(stage) == .seconds(100))
    stage.advance(.seconds(10))
    #expect(left(stage) == .seconds(5))
    stage.advance(.seconds(5))
    #expect(stage.openSessions == 0)
  }

  @Test func aLedgerThatIsAwayStopsNoCounting() {
    var stage = Stage(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    _ = stage.open(on: stage.connect())
    stage.withLedger { $0.fail(LedgerFailure(.unavailable, "away")) }
    stage.advance(.seconds(60))
    #expect(left(stage) == .seconds(40))
    stage.withLedger { $0.fail(nil) }
    stage.advance(.seconds(10))
    #expect(account(stage) == 70_000)
    stage.advance(.seconds(30))
    #expect(stage.openSessions == 0)
  }

  @Test func aLedgerThatDoesNotAnswerIsAskedOnceAtATime() {
    var stage = Stage(keepsLedger: true) { $0.totalSecondsPerDay = 100 }
    _ = stage.open(on: stage.connect())
    stage.withLedger { $0.hold() }
    stage.advance(.seconds(35))
    #expect(stage.withLedger { $0.waitingCount } == 1)
    stage.advance(.seconds(65))
    #expect(stage.openSessions == 0 || stage.offering.count(.close) == 1)
    stage.withLedger { $0.letGo() }
    #expect(left(stage) == .zero && stage.openSessions == 0)
  }

  @Test func whoWaitsOrIsBeingServedIsToldSo() {
    var stage = Stage {
      $0.totalSecondsPerDay = 100
      $0.maximumSessionsPerProvider["offering"] = 1
      $0.waitingOpens = 5
      $0.waitingTime = .seconds(3600)
    }
    let (one, two) = (stage.connect(), stage.connect())
    stage.offering.hold(.open)
    let (opening, waiting) = (stage.send(Self.open, on: one), stage.send(Self.open, on: two))
    stage.advance(.seconds(100))
    #expect(error(one, opening)?.limit == .totalSecondsPerDay)
    #expect(error(two, waiting)?.limit == .totalSecondsPerDay)
    _ = stage.offering.release(.open)
    stage.executor.run()
    #expect(stage.openSessions == 0 && stage.offering.count(.close) == 1)
  }

  @Test func aSessionThatMayBeOpenCounts() {
    var stage = Stage(keepsLedger: true) { $0.totalSecondsPerDay = 1000 }
    let browser = stage.connect()
    let session = stage.open(on: browser)
    stage.advance(.seconds(10))
    stage.offering.fail(.close, ProviderFailure(.unavailable, "made up"))
    stage.send(.close(session: session), on: browser)
    #expect(stage.leaks == 1)
    stage.advance(.milliseconds(500))
    #expect(left(stage) == .milliseconds(989_500))
    stage.offering.fail(.close, nil)
    stage.advance(.seconds(1))
    #expect(stage.leaks == 0)
    let rest = left(stage)
    stage.advance(.seconds(100))
    #expect(left(stage) == rest)
  }

  @Test func withoutTheLimitSecondsAreOnlyCounted() {
    var stage = Stage(keepsLedger: true)
    _ = stage.open(on: stage.connect())
    stage.advance(.seconds(200))
    #expect(stage.openSessions == 1 && left(stage) == nil)
    #expect(stage.registry.assumeIsolated { $0.sessionTime } == .seconds(200))
    #expect(account(stage) == 0)
  }
}
