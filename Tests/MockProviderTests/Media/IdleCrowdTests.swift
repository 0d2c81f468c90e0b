// Idle streams share a budget of pictures.
import Testing
import Timekeeping
import Transport

@testable import MockProvider

@Suite struct IdleCrowdTests {
  @Test(arguments: [(0, 12), (1, 12), (4, 10), (5, 8), (12, 3), (20, 2), (1000, 2)])
  func manyMoveLessSmoothlyThanFew(count: Int, framesPerSecond: Int) async throws {
    let loop = try EventLoop()
    let crowd = IdleCrowd(on: loop)
    for _ in 0..<count { await crowd.join() }
    #expect(await crowd.interval == .seconds(1) / framesPerSecond)
    for _ in 0..<count { await crowd.leave() }
    #expect(await crowd.interval == .seconds(1) / 12)
    await loop.stop()
  }

  @Test func whoLeavesMakesRoomHoweverItEnds() async throws {
    try await StageFixture.run(StageFixture.plan(.heyGen, isContinuous: true)) { fixture in
      let crowd = fixture.stage.settings.crowd
      for _ in 0..<20 { await crowd.join() }
      try await fixture.connect(channel: nil)
      await fixture.pass(.seconds(2))
      #expect((3...6).contains(fixture.frames.count))
      await fixture.stage.handle(.closed)
      await fixture.stage.close()
      for _ in 0..<20 { await crowd.leave() }
      #expect(await crowd.interval == .seconds(1) / 12)
    }
  }
}
