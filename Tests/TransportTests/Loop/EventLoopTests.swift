// Tests the event loop: jobs, timers, cancellation and the end.
import Basics
import Glibc
import MockClock
import Synchronization
import Testing
@testable import Transport

@Suite struct EventLoopTests {
  private func withLoop<Value: Sendable>(_ body: (EventLoop) async throws -> Value) async throws -> Value {
    let loop = try EventLoop()
    do {
      let value = try await body(loop)
      await loop.stop()
      return value
    } catch {
      await loop.stop()
      throw error
    }
  }

  @Test func spawnedTaskRunsOnTheLoopAndStaysThere() async throws {
    try await withLoop { loop in
      let onLoop = await loop.spawn {
        let before = loop.isCurrent
        await Task.yield()
        try? await loop.clock.sleep(for: .milliseconds(1))
        return (before, loop.isCurrent)
      }.value
      #expect(onLoop == (true, true))
      #expect(!loop.isCurrent)
    }
  }

  @Test func sleepersWakeInOrderOfTheirDeadlines() async throws {
    try await withLoop { loop in
      // On the loop, from one instant on: tasks of other threads begin when these have time for them. All are asleep before the
      // first of them is to wake, even on a busy machine.
      let start = loop.clock.now
      let order = await withTaskGroup(of: Int.self) { group in
        for delay in [300, 100, 200] {
          group.addTask(executorPreference: loop) {
            try? await loop.clock.sleep(until: start.advanced(by: .milliseconds(1000 + delay)))
            return delay / 10
          }
        }
        return await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(order == [10, 20, 30])
    }
  }

  @Test func cancelledSleepEndsAtOnce() async throws {
    try await withLoop { loop in
      let task = Task { try await loop.clock.sleep(for: .seconds(3600)) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  /// The system gives a thread's name to another one, and a job for the first loop must not wait for it then.
  @Test func loopThatHasEndedIsNotTakenForTheNextOne() async throws {
    for _ in 0..<20 {
      let ended = try EventLoop()
      await ended.stop()
      try await withLoop { next in
        let answers = await next.spawn { (ended.isCurrent, await ended.spawn { 1 }.value) }.value
        #expect(answers == (false, 1))
      }
    }
  }

  @Test func sleepersAreCancelledWhenTheLoopStops() async throws {
    let loop = try EventLoop()
    let task = loop.spawn { () -> Bool in
      do { try await loop.clock.sleep(for: .seconds(3600)) } catch { return true }
      return false
    }
    await loop.stop()
    #expect(await task.value)
    // A sleep that starts after the end does not hang either.
    await #expect(throws: CancellationError.self) { try await loop.clock.sleep(for: .seconds(1)) }
  }

  @Test func sleepersOfASteppableClockEndWithTheLoopItRunsWith() async throws {
    let loop = try EventLoop()
    let clock = SteppableClock(runningWith: loop.clock)
    let task = loop.spawn { () -> Bool in
      do { try await clock.sleep(for: .seconds(3600)) } catch { return true }
      return false
    }
    await clock.waitForSleepers(1)
    await loop.stop()
    #expect(await task.value)
  }

  @Test func stoppingTwiceEndsOnceAndWhatComesLaterRunsWhereItIsCalled() async throws {
    let loop = try EventLoop()
    async let first: Void = loop.stop()
    async let second: Void = loop.stop()
    _ = await (first, second)
    await loop.stop()
    let hasRun = Mutex(false)
    loop.execute { hasRun.withLock { $0 = true } }
    #expect(hasRun.withLock { $0 })
    await #expect(throws: CancellationError.self) { try await loop.clock.sleep(for: .seconds(3600)) }
  }

  @Test func steppableClockWakesWhatItPassesInOrder() async throws {
    let clock = SteppableClock()
    let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
    for delay in [3, 1, 2, 9] {
      Task {
        try await clock.sleep(for: .seconds(delay))
        continuation.yield(delay)
      }
    }
    await clock.waitForSleepers(4)
    clock.advance(by: .seconds(1))
    var woken = stream.makeAsyncIterator()
    #expect(await woken.next() == 1)
    clock.advance(by: .seconds(2))
    #expect(Set([await woken.next(), await woken.next()]) == [2, 3])
    #expect(clock.sleeperCount == 1)
    clock.advance(by: .seconds(6))
    #expect(await woken.next() == 9)
  }

  @Test func steppableClockRunsWithItsBase() async throws {
    try await withLoop { loop in
      let clock = SteppableClock(runningWith: loop.clock)
      let start = clock.now
      try await clock.sleep(for: .milliseconds(5))
      #expect(start.duration(to: clock.now) >= .milliseconds(5))
    }
  }

  /// The test program would end by the first signal that meets a loop which is just ending.
  @Test func signalsThatComeWhileALoopEndsDoNotEndTheProcess() async throws {
    let (signals, seen) = AsyncStream.makeStream(of: Int.self)
    var numbers = signals.makeAsyncIterator()
    func watch(_ loop: EventLoop, _ number: Int) { loop.onSignal(SIGUSR2) { seen.yield(number) } }
    // One loop has watched before the first signal is sent.
    try await withLoop { loop in
      watch(loop, 0)
      await loop.perform {}
    }
    let sender = Task {
      while !Task.isCancelled {
        kill(getpid(), SIGUSR2)
        await Task.yield()
      }
    }
    for number in 1...300 {
      let loop = try EventLoop()
      watch(loop, number)
      while await numbers.next() != number {}
      await loop.stop()
    }
    sender.cancel()
    await sender.value
  }
}
