// A clock that runs can be stopped, moved, and let go on.
import Basics
import MockClock
import Testing
import Transport

@testable import MockProvider

@Suite(.timeLimit(.minutes(2))) struct ScenarioClockTests {
  private func run(_ body: (EventLoop, SteppableClock) async throws -> Void) async throws {
    let loop = try EventLoop()
    do { try await body(loop, SteppableClock(runningWith: loop.clock)) } catch {
      await loop.stop()
      throw error
    }
    await loop.stop()
  }

  /// Returns once the machine's time is so much later.
  private func pass(_ duration: Duration, by clock: LoopClock) async {
    let end = clock.now.advanced(by: duration)
    while clock.now < end, !Task.isCancelled { await Task.yield() }
  }

  @Test func aStoppedClockStandsStillAndGoesOnFromThere() async throws {
    try await run { loop, clock in
      clock.stop()
      let stopped = clock.now
      let sleeper = Task { try await clock.sleep(for: .milliseconds(2)) }
      await clock.waitForSleepers(1)
      await pass(.milliseconds(20), by: loop.clock)
      #expect(clock.now == stopped)
      #expect(clock.sleeperCount == 1)
      #expect(!clock.isRunning)
      clock.goOn()
      try await sleeper.value
      #expect(clock.isRunning)
      // What passed while it stood is not made up for.
      #expect(stopped.duration(to: clock.now) >= .milliseconds(2))
    }
  }

  @Test func aStoppedClockCanBeMoved() async throws {
    try await run { loop, clock in
      clock.stop()
      let stopped = clock.now
      let sleeper = Task { try await clock.sleep(for: .seconds(60)) }
      await clock.waitForSleepers(1)
      clock.advance(by: .seconds(60))
      try await sleeper.value
      #expect(clock.now == stopped.advanced(by: .seconds(60)))
      clock.stop()
      #expect(clock.now == stopped.advanced(by: .seconds(60)))
    }
  }

  @Test func whoSleepsByAStoppedClockCanBeCancelled() async throws {
    try await run { loop, clock in
      clock.stop()
      let sleeper = Task { try await clock.sleep(for: .milliseconds(1)) }
      await clock.waitForSleepers(1)
      sleeper.cancel()
      await #expect(throws: CancellationError.self) { try await sleeper.value }
      clock.goOn()
      try await clock.sleep(for: .milliseconds(1))
    }
  }

  @Test func theControlSurfaceStopsItAndLetsItGoOn() async throws {
    var configuration = MockConfiguration()
    configuration.media = .none
    let mock = try await MockServer.start(configuration)
    try await mock.clock.stop()
    let stopped = await mock.clock.elapsed
    try await mock.clock.advance(by: .seconds(5))
    #expect(await mock.clock.elapsed == stopped + .seconds(5))
    // A further scenario has a clock of its own, which runs.
    let other = try mock.scenario("other")
    #expect(await other.clock.elapsed < .seconds(5))
    try await mock.clock.resume()
    await mock.reset()
    #expect(await mock.clock.elapsed < .seconds(5))
    await mock.stop()
  }
}
