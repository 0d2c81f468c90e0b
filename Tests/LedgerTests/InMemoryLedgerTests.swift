// The ledger of the tests keeps the promises that the others keep.
import Basics
import Ledger
import LedgerTestSupport
import MockClock
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct InMemoryLedgerTests {
  @Test(arguments: LedgerContract.Check.allCases)
  func keepsTheContract(check: LedgerContract.Check) async throws {
    try await withLoop { loop in
      try await LedgerContract(InMemoryLedger(executor: loop, clock: SteppableClock())).run(check)
    }
  }

  @Test func leasesRunOut() async throws {
    try await withLoop { loop in
      let clock = SteppableClock()
      let ledger = InMemoryLedger(executor: loop, clock: clock, leaseTime: .seconds(10))
      let lease = try await ledger.begin(.sample("s"))
      #expect(lease.validity == .seconds(10))
      let other = RelayID(rawValue: "r2")
      #expect(try await ledger.orphans(for: other).isEmpty)
      await #expect(throws: LedgerFailure.self) { try await ledger.claim("s", by: other, .ifOrphaned) }
      clock.advance(by: .seconds(6))
      #expect(try await ledger.renew(["s": lease]).count == 1)
      clock.advance(by: .seconds(6))
      #expect(try await ledger.orphans(for: other).isEmpty)
      clock.advance(by: .seconds(4))
      #expect(try await ledger.orphans(for: other).map(\.intent.session) == ["s"])
      #expect(try await ledger.claim("s", by: other, .ifOrphaned).lease.fence == 2)
      #expect(try await ledger.renew(["s": lease]).isEmpty)
      // Its own lease keeps a relay from claiming a session anew, for as long as it is good.
      await #expect(throws: LedgerFailure.self) { try await ledger.claim("s", by: other, .ifOrphaned) }
      #expect(try await ledger.orphans(for: other).isEmpty)
      clock.advance(by: .seconds(10))
      #expect(try await ledger.orphans(for: other).map(\.intent.session) == ["s"])
      #expect(try await ledger.claim("s", by: other, .ifOrphaned).lease.fence == 3)
    }
  }

  private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
    let loop = try EventLoop()
    do { try await body(loop) } catch {
      await loop.stop()
      throw error
    }
    await loop.stop()
  }
}
