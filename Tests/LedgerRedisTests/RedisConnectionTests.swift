// What the connection to Redis does when the server does not do what it should.
import Basics
import Ledger
import LedgerTestSupport
import MockClock
import ProviderHTTP
import Testing

@testable import LedgerRedis

@Suite(.timeLimit(.minutes(1))) struct RedisConnectionTests {
  @Test func whatWasRecordedSurvivesACrashOfTheServer() async throws {
    try await RedisStage.run { stage in
      let ledger = try await stage.open { $0.patience = .seconds(20) }
      let lease = try await ledger.begin(.sample("s"))
      try await ledger.record([.sampleOpened], of: "s", under: lease)
      stage.server.kill()
      try stage.server.start()
      // The connection is made again by itself. What was on its way when the old one ended fails; nothing was here.
      while await code({ try await ledger.session("s") }) != nil {}
      try await ledger.record([.sampleSpeak(1)], of: "s", under: lease)
      #expect(try await ledger.session("s")?.speaks.count == 1)
    }
  }

  /// Calls while the server crashes and comes back: each gets its own answer or fails, and what succeeded is there.
  @Test func noReplyIsLostOrCrossedWhileTheServerRestarts() async throws {
    try await RedisStage.run { stage in
      let ledger = try await stage.open { $0.patience = .seconds(20) }
      let started = AsyncStream.makeStream(of: Void.self)
      let work = Task(executorPreference: stage.loop) {
        var begun: [String] = []
        for round in 0..<40 {
          await withTaskGroup(of: String?.self) { group in
            for number in 0..<25 {
              group.addTask {
                let name = "s\(round)-\(number)"
                return await code { try await ledger.begin(.sample(name)) } == nil ? name : nil
              }
            }
            for await name in group { if let name { begun.append(name) } }
          }
          started.continuation.yield()
        }
        started.continuation.finish()
        return begun
      }
      var rounds = 0
      for await _ in started.stream {
        rounds += 1
        guard rounds == 5 else { continue }
        stage.server.kill()
        try stage.server.start()
      }
      let begun = await work.value
      #expect(begun.count >= 5 * 25)
      for name in begun { #expect(try await ledger.session(name)?.intent.session == name) }
    }
  }

  @Test func aServerThatSaysNothingIsGivenUp() async throws {
    try await RedisStage.run { stage in
      let clock = SteppableClock()
      let ledger = try await stage.open(clock: clock) { $0.patience = .seconds(2) }
      stage.server.halt()
      let calls = (0..<3).map { number in
        Task(executorPreference: stage.loop) { await code { try await ledger.begin(.sample("s\(number)")) } }
      }
      while await ledger.sent.count < 3 {}
      for _ in 0..<6 {
        await clock.waitForSleepers(1)
        clock.advance(by: .milliseconds(500))
      }
      for call in calls { #expect(await call.value == .unavailable) }
      #expect(await !ledger.isConnected)
      stage.server.goOn()
    }
  }

  @Test func noMoreCallsWaitThanMay() async throws {
    try await RedisStage.run { stage in
      let ledger = try await stage.open { $0.maximumCalls = 3 }
      stage.server.halt()
      let calls = (0..<3).map { number in
        Task(executorPreference: stage.loop) { await code { try await ledger.begin(.sample("s\(number)")) } }
      }
      while await ledger.sent.count < 3 {}
      #expect(await code { try await ledger.begin(.sample("more")) } == .overloaded)
      stage.server.goOn()
      for call in calls { #expect(await call.value == nil) }
    }
  }

  @Test func closingFailsWhatWaits() async throws {
    try await RedisStage.run { stage in
      let ledger = try await stage.open()
      stage.server.halt()
      let call = Task(executorPreference: stage.loop) { await code { try await ledger.begin(.sample("s")) } }
      while await ledger.sent.isEmpty {}
      await ledger.close()
      #expect(await call.value == .unavailable)
      #expect(await code { try await ledger.begin(.sample("t")) } == .unavailable)
      stage.server.goOn()
    }
  }

  @Test func aPasswordIsNeededAndNeverSaid() async throws {
    try await RedisStage.run(["--requirepass", "canary-password"]) { stage in
      let none = try #require(await stage.failureOfOpening())
      #expect(none.code == .unavailable && none.message.contains("NOAUTH"))
      let wrong = try #require(await stage.failureOfOpening { $0.password = Secret("canary-wrong") })
      #expect(wrong.message.contains("WRONGPASS"))
      #expect(!"\(none) \(wrong)".contains("canary"))
      #expect(await stage.failureOfOpening { $0.password = Secret("canary-password") } == nil)
    }
  }

  @Test func anotherDatabaseIsAnotherLedger() async throws {
    try await RedisStage.run { stage in
      let one = try await stage.open()
      let other = try await stage.open { $0.address.database = 3 }
      _ = try await one.begin(.sample("s"))
      #expect(try await other.session("s") == nil)
      #expect(await stage.failureOfOpening { $0.address.database = 99 }?.code == .unavailable)
    }
  }

  @Test func nobodyThereIsSaidSo() async throws {
    try await RedisStage.run { stage in
      stage.server.kill()
      let failure = try #require(await stage.failureOfOpening { $0.patience = .milliseconds(200) })
      #expect(failure.code == .unavailable && failure.message.contains("cannot be reached"))
    }
  }

  @Test func aServerWithoutMemoryIsFull() async throws {
    try await RedisStage.run { stage in
      let ledger = try await stage.open()
      _ = try stage.server.command("CONFIG", "SET", "maxmemory", "1")
      #expect(await code { try await ledger.begin(.sample("s")) } == .full)
      #expect(try await ledger.session("s") == nil)
    }
  }

  @Test func badSettingsOfTheServerAreNamed() async throws {
    try await RedisStage.run(["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"]) { stage in
      let ledger = try await stage.open()
      #expect(await ledger.advice.count == 2)
    }
    try await RedisStage.run { stage in
      let ledger = try await stage.open()
      #expect(await ledger.advice.isEmpty)
    }
  }
}
