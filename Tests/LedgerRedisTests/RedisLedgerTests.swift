// The ledger in Redis keeps what it promises, for several relays at once.
import Ledger
import LedgerTestSupport
import MockClock
import Synchronization
import Testing

@testable import LedgerRedis

@Suite(.timeLimit(.minutes(1))) struct RedisLedgerTests {
  private let first = RelayID(rawValue: "r1")
  private let second = RelayID(rawValue: "r2")

  @Test(arguments: LedgerContract.Check.allCases)
  func keepsTheContract(check: LedgerContract.Check) async throws {
    try await RedisStage.run { stage in
      let ledger = try await stage.open()
      try await LedgerContract(ledger).run(check)
    }
  }

  @Test func anotherRelayFindsEverything() async throws {
    try await RedisStage.run { stage in
      let one = try await stage.open()
      let lease = try await one.begin(.sample("s"))
      #expect(lease.validity == .seconds(10))
      try await one.record([.sampleOpened, .sampleSpeak(5)], of: "s", under: lease)
      let other = try await stage.open()
      #expect(try await other.session("s") == one.session("s"))
      #expect(try await other.session("s")?.speak(5)?.outcome == nil)
    }
  }

  @Test func aRecordThatCannotBeReadKeepsNobodyFromTheOthers() async throws {
    try await RedisStage.run { stage in
      let told = Told()
      let clock = SteppableClock(runningWith: stage.loop.clock)
      let dead = try await stage.open { $0.leaseTime = .milliseconds(1) }
      for name in ["a", "b", "c", "d"] { _ = try await dead.begin(.sample(name)) }
      for words in [
        ["HSET", "{avatar-relay}:session:b", "document", "{}"], ["HSET", "{avatar-relay}:session:c", "until", "soon"],
        ["DEL", "{avatar-relay}:session:d"], ["SET", "{avatar-relay}:session:d", "x"],
      ] { _ = try await dead.perform(words) }
      await dead.close()
      let other = try await stage.open(clock: clock) { $0.onUnreadable = { told.add($0) } }
      clock.advance(by: .seconds(60))
      for _ in 1...2 {
        #expect(try await other.orphans(for: second).map(\.intent.session).sorted() == ["a", "c"])
      }
      #expect(told.all.sorted() == ["b", "d"])
    }
  }

  @Test func relaysOfAnotherPrefixHaveNothingToDoWithEachOther() async throws {
    try await RedisStage.run { stage in
      let clock = SteppableClock(runningWith: stage.loop.clock)
      let staging = try await stage.open {
        $0.leaseTime = .milliseconds(1)
        $0.keyPrefix = "{staging}:"
      }
      _ = try await staging.begin(.sample("s"))
      await staging.close()
      let production = try await stage.open(clock: clock)
      clock.advance(by: .seconds(60))
      #expect(try await production.orphans(for: second).isEmpty)
      #expect(try await production.session("s") == nil)
      let other = try await stage.open(clock: clock) { $0.keyPrefix = "{staging}:" }
      clock.advance(by: .seconds(60))
      #expect(try await other.orphans(for: second).map(\.intent.session) == ["s"])
    }
  }

  @Test func aLivingOwnerKeepsItsSessionsUntilTheClientComes() async throws {
    try await RedisStage.run { stage in
      let clock = SteppableClock(runningWith: stage.loop.clock)
      let one = try await stage.open()
      let other = try await stage.open(clock: clock)
      let lease = try await one.begin(.sample("s"))
      clock.advance(by: .seconds(60))
      #expect(try await other.orphans(for: second).isEmpty)
      #expect(await code { try await other.claim("s", by: second, .ifOrphaned) } == .held)
      let claim = try await other.claim("s", by: second, .byClient(request: 1))
      #expect(claim.lease.fence == 2)
      // Nor is it claimed anew by the one to which its client has just brought it.
      #expect(await code { try await other.claim("s", by: second, .ifOrphaned) } == .held)
      // Whoever is slow must not undo it, in whatever way.
      #expect(await code { try await one.record([.sampleOpened], of: "s", under: lease) } == .fenced)
      #expect(await code { try await one.release("s", lease) } == .fenced)
      #expect(try await one.renew(["s": lease]).isEmpty)
      #expect(try await other.session("s")?.owner == second)
      #expect(try await other.session("s")?.state == .intended)
    }
  }

  @Test func aDeadOwnersSessionsGoToExactlyOneOther() async throws {
    try await RedisStage.run { stage in
      let clock = SteppableClock(runningWith: stage.loop.clock)
      let dead = try await stage.open { $0.leaseTime = .milliseconds(1) }
      for number in 0..<20 { _ = try await dead.begin(.sample("s\(number)")) }
      await dead.close()
      var others: [RedisLedger] = []
      for _ in 0..<3 { others.append(try await stage.open(clock: clock)) }
      clock.advance(by: .seconds(10))
      // The server's clock has to pass the end of the leases, and nothing else tells when it has.
      while try await others[0].orphans(for: second).count < 20 {}
      let claims = try await withThrowingTaskGroup(of: Int.self) { group in
        for (index, ledger) in others.enumerated() {
          let relay = RelayID(rawValue: "other\(index)")
          for number in 0..<20 {
            group.addTask { await code { try await ledger.claim("s\(number)", by: relay, .ifOrphaned) } == nil ? 1 : 0 }
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(claims == 20)
    }
  }

  /// After a failure of the server every lease has run out, although every owner lives.
  @Test func aNewConnectionWaitsBeforeItCallsOthersDead() async throws {
    try await RedisStage.run { stage in
      let clock = SteppableClock(runningWith: stage.loop.clock)
      let owner = try await stage.open { $0.leaseTime = .milliseconds(1) }
      _ = try await owner.begin(.sample("s"))
      let other = try await stage.open(clock: clock)
      clock.advance(by: .seconds(9))
      #expect(try await other.orphans(for: second).isEmpty)
      #expect(await code { try await other.claim("s", by: second, .ifOrphaned) } == .held)
      clock.advance(by: .seconds(1))
      while try await other.orphans(for: second).isEmpty {}
      #expect(await code { try await other.claim("s", by: second, .ifOrphaned) } == nil)
    }
  }

  @Test func anEarlierResumeClaimsNothing() async throws {
    try await RedisStage.run { stage in
      let (one, other) = (try await stage.open(), try await stage.open())
      let lease = try await one.begin(.sample("s"))
      try await one.record([.sampleOpened, .resumed(request: 9)], of: "s", under: lease)
      try await one.record([.resumed(request: 8), .sampleSpeak(1)], of: "s", under: lease)
      #expect(await code { try await other.claim("s", by: second, .byClient(request: 8)) } == .overtaken)
      #expect(try await other.claim("s", by: second, .byClient(request: 10)).lease.fence == 2)
      #expect(await code { try await one.claim("s", by: RelayID(rawValue: "r1"), .byClient(request: 9)) } == .overtaken)
      #expect(try await one.session("s")?.owner == second)
    }
  }

  /// The relay may have lost the answer to its claim, and not know that it has the session.
  @Test func anOwnersOwnLeaseMayRunOut() async throws {
    try await RedisStage.run { stage in
      let clock = SteppableClock(runningWith: stage.loop.clock)
      let ledger = try await stage.open(clock: clock) { $0.leaseTime = .milliseconds(1) }
      _ = try await ledger.begin(.sample("s"))
      _ = try await ledger.claim("s", by: second, .byClient(request: 1))
      clock.advance(by: .seconds(1))
      while try await ledger.orphans(for: second).isEmpty {}
      #expect(try await ledger.claim("s", by: second, .ifOrphaned).lease.fence == 3)
    }
  }

  @Test func aLeaseThatRanOutIsRenewedWhereNobodyClaimedIt() async throws {
    try await RedisStage.run { stage in
      let ledger = try await stage.open { $0.leaseTime = .milliseconds(1) }
      let lease = try await ledger.begin(.sample("s"))
      #expect(try await ledger.renew(["s": lease]) == ["s": lease])
      try await ledger.record([.sampleOpened], of: "s", under: lease)
    }
  }

  @Test func manyLeasesAreRenewedInParts() async throws {
    try await RedisStage.run { stage in
      let ledger = try await stage.open { $0.leasesPerScript = 3 }
      var leases: [String: Lease] = [:]
      for number in 0..<10 { leases["s\(number)"] = try await ledger.begin(.sample("s\(number)")) }
      #expect(try await ledger.renew(leases) == leases)
      #expect(try await ledger.renew([:]).isEmpty)
    }
  }

  /// Facts are recorded one after the other, however many are on their way at once.
  @Test func nothingIsLostWhereMuchIsWrittenAtOnce() async throws {
    try await RedisStage.run { stage in
      let ledger = try await stage.open { $0.recordsKept = 1 }
      let lease = try await ledger.begin(.sample("s"))
      let unkept = try await ledger.begin(.sample("u"))
      try await ledger.record([.sampleOpened], of: "s", under: lease)
      try await ledger.record([.sampleOpened], of: "u", under: unkept)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for request in 1...100 {
          group.addTask { try await ledger.record([.sampleSpeak(Int64(request))], of: "s", under: lease) }
        }
        for request in 1...4 {
          group.addTask { try await ledger.record([.sampleSpeak(Int64(request))], of: "u", under: unkept) }
        }
        try await group.waitForAll()
      }
      #expect(try await ledger.session("s")?.speaks.count == 100)
      #expect(try await ledger.session("u")?.speaks.count == 4)
    }
  }

  @Test func endedSessionsAreBounded() async throws {
    try await RedisStage.run { stage in
      let ledger = try await stage.open()
      let count = LedgerBounds.endedSessions
      // The lines are made by hand: what is tested is what one more end does.
      _ = try stage.server.command(
        "EVAL",
        "for n = 1, \(count) do redis.call('HSET', KEYS[1] .. 'session:old' .. n, 'ended', 1)"
          + " redis.call('ZADD', KEYS[1] .. 'ended', -\(count) + n, 'old' .. n) end", "1", "{avatar-relay}:")
      let lease = try await ledger.begin(.sample("last"))
      try await ledger.record([.notOpened], of: "last", under: lease)
      #expect(try stage.server.command("EXISTS", "{avatar-relay}:session:old1") == "0")
      #expect(try stage.server.command("EXISTS", "{avatar-relay}:session:old2") == "1")
      #expect(try stage.server.command("ZCARD", "{avatar-relay}:ended") == "\(count)")
      #expect(try await ledger.session("last")?.ending == .notOpened)
    }
  }

  @Test func whatIsNoRecordIsSaidToBeCorrupt() async throws {
    try await RedisStage.run { stage in
      let ledger = try await stage.open()
      _ = try await ledger.begin(.sample("s"))
      _ = try stage.server.command("HSET", "{avatar-relay}:session:s", "document", "{\"half\":")
      #expect(await code { try await ledger.session("s") } == .corrupt)
      _ = try stage.server.command("SET", "{avatar-relay}:session:t", "a string")
      #expect(await code { try await ledger.session("t") } == .unavailable)
    }
  }
}

/// Collects what is told from another thread.
private final class Told: Sendable {
  private let names = Mutex<[String]>([])
  func add(_ name: String) { names.withLock { $0.append(name) } }
  var all: [String] { names.withLock { $0 } }
}
