// Checks the day's seconds: counting, midnight, and what goes to the ledger.
import Basics
import Ledger
import Signaling
import Testing

@testable import Relay

@Suite struct DayBudgetTests {
  /// 23:59:00 UTC of the first day is at second 0.
  private func at(_ second: Int64) -> (MonotonicInstant, WallTime) {
    (
      MonotonicInstant(sinceStart: .seconds(second)),
      WallTime(millisecondsSinceEpoch: 86_400_000 - 60_000 + second * 1000)
    )
  }

  private func make(_ limit: Int?) -> DayBudget {
    DayBudget(limit: limit.map { .seconds($0) }, at: at(0).0, at(0).1)
  }

  private func session(_ name: String) -> SessionID { SessionID(rawValue: name) }

  private func count(_ budget: inout DayBudget, to second: Int64) { budget.count(to: at(second).0, at(second).1) }

  @Test func twoSessionsCountTwice() {
    var budget = make(40)
    #expect(budget.deadline == nil)
    budget.opened(session("a"))
    budget.opened(session("a"))
    #expect(budget.openCount == 1 && budget.deadline == at(40).0)
    count(&budget, to: 10)
    budget.opened(session("b"))
    #expect(budget.deadline == at(25).0)
    count(&budget, to: 15)
    let wasOpen = budget.closed(session("b"))
    let wasOpenStill = budget.closed(session("b"))
    #expect(wasOpen && !wasOpenStill)
    #expect(budget.used == .seconds(20) && budget.left == .seconds(20))
    count(&budget, to: 35)
    #expect(budget.isUsedUp && budget.inAll == .seconds(40))
  }

  @Test func midnightBeginsAnew() {
    var budget = make(50)
    budget.opened(session("a"))
    count(&budget, to: 49)
    #expect(!budget.isUsedUp)
    count(&budget, to: 51)
    #expect(budget.isUsedUp)
    count(&budget, to: 70)
    #expect(budget.used == .seconds(10), "only what passed since midnight is the new day's")
    #expect(budget.inAll == .seconds(70))
    #expect(budget.day == 1)
  }

  @Test func theDayEndsBeforeTheBudgetDoes() {
    var budget = make(1000)
    budget.opened(session("a"))
    #expect(budget.deadline == at(60).0)
    count(&budget, to: 60)
    #expect(budget.deadline == at(1060).0 && budget.used == .zero)
  }

  @Test func othersChargesCount() {
    var budget = make(100)
    budget.opened(session("a"))
    count(&budget, to: 10)
    #expect(budget.takeCharge() == DayBudget.Charge(day: 0, milliseconds: 10_000))
    #expect(budget.takeCharge() == nil, "one at a time")
    #expect(budget.used == .seconds(10))
    count(&budget, to: 12)
    budget.charged(total: 60_000)
    #expect(budget.used == .seconds(62) && budget.deadline == at(50).0)
    #expect(budget.owes)
  }

  @Test func aFailedChargeIsMadeAgain() {
    var budget = make(100)
    budget.opened(session("a"))
    count(&budget, to: 10)
    _ = budget.takeCharge()
    budget.chargeFailed()
    count(&budget, to: 11)
    #expect(budget.used == .seconds(11))
    #expect(budget.takeCharge()?.milliseconds == 11_000)
  }

  @Test func aChargeOfYesterdayIsNotTodays() {
    var budget = make(100)
    budget.opened(session("a"))
    count(&budget, to: 50)
    _ = budget.takeCharge()
    count(&budget, to: 65)
    budget.charged(total: 50_000)
    #expect(budget.used == .seconds(5))
    count(&budget, to: 66)
    _ = budget.takeCharge()
    budget.chargeFailed()
    #expect(budget.used == .seconds(6))
  }

  @Test func theRefusalSaysWhen() {
    let refusal = make(1).refusal(at: at(59).1)
    #expect(refusal.kind == .sessionLimit && refusal.limit == .totalSecondsPerDay && refusal.retryAfterMs == 1000)
  }

  @Test func aClockThatIsSetBackBeginsTheOtherDayAnew() {
    var budget = make(100)
    budget.opened(session("a"))
    count(&budget, to: 90)
    #expect(budget.used == .seconds(30))
    budget.count(to: at(95).0, at(40).1)
    #expect(budget.used == .seconds(5) && budget.day == 0)
  }
}
