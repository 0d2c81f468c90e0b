// Continuous streams share a budget of idle pictures, and take turns with key frames.
import Testing
import Timekeeping
import Transport

@testable import MockProvider

@Suite struct StreamCrowdTests {
  @Test(arguments: [(0, 12), (1, 12), (2, 10), (4, 5), (8, 2.5), (20, 1), (1000, 1)])
  func manyMoveLessSmoothlyThanFew(count: Int, framesPerSecond: Double) async throws {
    let loop = try EventLoop()
    let crowd = StreamCrowd(on: loop)
    for _ in 0..<count { await crowd.join() }
    #expect(abs(await crowd.interval / .seconds(1) - 1 / framesPerSecond) < 1e-9)
    for _ in 0..<count { await crowd.leave() }
    #expect(await crowd.interval == .seconds(1) / 12)
    await loop.stop()
  }

  @Test func oneKeyFrameComesInATurn() async throws {
    let loop = try EventLoop()
    let crowd = StreamCrowd(on: loop)
    let start = MonotonicInstant(sinceStart: .seconds(7))
    #expect(await crowd.takesTurn(at: start))
    #expect(await !crowd.takesTurn(at: start))
    #expect(await !crowd.takesTurn(at: start.advanced(by: StreamCrowd.keyFrameTurn - .nanoseconds(1))))
    #expect(await crowd.takesTurn(at: start.advanced(by: StreamCrowd.keyFrameTurn)))
    await loop.stop()
  }

  @Test func streamsThatBeganTogetherRefreshOneAfterTheOther() async throws {
    let plan = StageFixture.plan(.heyGen, isContinuous: true)
    try await StageFixture.run(plan) { fixture in
      let crowd = fixture.stage.settings.crowd
      try await fixture.connect(channel: nil)
      await fixture.pass(Camera.idleKeyFrameInterval - .milliseconds(100))
      #expect(fixture.keyFrames.count == 1)
      // Somebody else's turn has just begun, and another one's after that.
      for _ in 0..<10 {
        _ = await crowd.takesTurn(at: fixture.clock.now)
        await fixture.pass(.milliseconds(40))
      }
      #expect(fixture.keyFrames.count == 1)
      await fixture.pass(.milliseconds(200))
      #expect(fixture.keyFrames.count == 2)
    }
  }

  @Test func whoLeavesMakesRoomHoweverItEnds() async throws {
    try await StageFixture.run(StageFixture.plan(.heyGen, isContinuous: true)) { fixture in
      let crowd = fixture.stage.settings.crowd
      for _ in 0..<20 { await crowd.join() }
      try await fixture.connect(channel: nil)
      await fixture.pass(.seconds(2))
      #expect((2...4).contains(fixture.frames.count))
      await fixture.stage.handle(.closed)
      await fixture.stage.close()
      for _ in 0..<20 { await crowd.leave() }
      #expect(await crowd.interval == .seconds(1) / 12)
    }
  }
}
