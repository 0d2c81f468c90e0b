// Continuous streams share a budget of idle pictures, and take turns with key frames.
import Basics
import Testing
import Transport

@testable import MockProvider

@Suite struct IdleStreamsTests {
  @Test(arguments: [(0, 12), (1, 12), (2, 10), (4, 5), (8, 2.5), (20, 1), (1000, 1)])
  func manyMoveLessSmoothlyThanFew(count: Int, framesPerSecond: Double) async throws {
    let loop = try EventLoop()
    let idleStreams = IdleStreams(on: loop)
    for _ in 0..<count { await idleStreams.join() }
    #expect(abs(await idleStreams.interval / .seconds(1) - 1 / framesPerSecond) < 1e-9)
    for _ in 0..<count { await idleStreams.leave() }
    #expect(await idleStreams.interval == .seconds(1) / 12)
    await loop.stop()
  }

  @Test func oneKeyFrameComesInATurn() async throws {
    let loop = try EventLoop()
    let idleStreams = IdleStreams(on: loop)
    let start = MonotonicInstant(sinceStart: .seconds(7))
    #expect(await idleStreams.takesTurn(at: start))
    #expect(await !idleStreams.takesTurn(at: start))
    #expect(await !idleStreams.takesTurn(at: start.advanced(by: IdleStreams.keyFrameTurn - .nanoseconds(1))))
    #expect(await idleStreams.takesTurn(at: start.advanced(by: IdleStreams.keyFrameTurn)))
    await loop.stop()
  }

  @Test func streamsThatBeganTogetherRefreshOneAfterTheOther() async throws {
    let plan = MediaSessionFixture.plan(.heyGen, isContinuous: true)
    try await MediaSessionFixture.run(plan) { fixture in
      let idleStreams = fixture.mediaSession.settings.idleStreams
      try await fixture.connect(channel: nil)
      await fixture.pass(Camera.idleKeyFrameInterval - .milliseconds(100))
      #expect(fixture.keyFrames.count == 1)
      // Somebody else's turn has just begun, and another one's after that.
      for _ in 0..<10 {
        _ = await idleStreams.takesTurn(at: fixture.clock.now)
        await fixture.pass(.milliseconds(40))
      }
      #expect(fixture.keyFrames.count == 1)
      await fixture.pass(.milliseconds(200))
      #expect(fixture.keyFrames.count == 2)
    }
  }

  @Test func whoLeavesMakesRoomHoweverItEnds() async throws {
    try await MediaSessionFixture.run(MediaSessionFixture.plan(.heyGen, isContinuous: true)) { fixture in
      let idleStreams = fixture.mediaSession.settings.idleStreams
      for _ in 0..<20 { await idleStreams.join() }
      try await fixture.connect(channel: nil)
      await fixture.pass(.seconds(2))
      #expect((2...4).contains(fixture.frames.count))
      await fixture.mediaSession.handle(.closed)
      await fixture.mediaSession.close()
      for _ in 0..<20 { await idleStreams.leave() }
      #expect(await idleStreams.interval == .seconds(1) / 12)
    }
  }
}
