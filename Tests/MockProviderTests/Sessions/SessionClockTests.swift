// Sessions end on the clock, with the vendors' own limits and errors.
import Basics
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct SessionClockTests {
  @Test func didEndsAfterFiveSilentMinutes() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      mock.clock.advance(by: .milliseconds(299_999))
      #expect(await stream.speak().status == 200)
      // The call began the five minutes anew.
      mock.clock.advance(by: .seconds(290))
      let reply = await stream.speak()
      #expect(reply.status == 200)
      // They begin once all has been said.
      let seconds = try #require(reply["duration"]?.double)
      mock.clock.advance(by: .seconds(300 + seconds))
      let late = await stream.speak()
      #expect(late.status == 400)
      #expect(late["kind"] == "SessionError")
      #expect(await stream.delete()["kind"] == "SessionError")
      #expect(await mock.state.sessions.first?.state == .ended(.idle))
    }
  }

  @Test func didHonoursSessionTimeout() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(
        mock, prefix: "talks", ["source_url": "https://example.com/a.jpg", "session_timeout": 60])
      mock.clock.advance(by: .seconds(50))
      #expect(await stream.endOfCandidates().status == 200)
      mock.clock.advance(by: .seconds(60))
      #expect(await stream.endOfCandidates().status == 400)
    }
  }

  @Test func anAvatarThatSpeaksIsNotIdle() async throws {
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(mock, ["activity_idle_timeout": 30])
      try await session.connect()
      // A minute of speech.
      #expect(await session.task(String(repeating: "a", count: 900))["code"] == 100)
      mock.clock.advance(by: .seconds(85))
      #expect(await mock.state.sessions.first?.state == .connected)
      #expect(await session.task(String(repeating: "a", count: 900))["code"] == 100)
      #expect(await session.call("interrupt")["code"] == 100)
      mock.clock.advance(by: .seconds(30))
      #expect(await mock.state.sessions.first?.state == .ended(.idle))
    }
  }

  @Test func aRefusedCallDoesNotKeepASessionAlive() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      mock.clock.advance(by: .seconds(200))
      _ = await mock.post(stream.path + "/ice", ["session_id": "AWSALB=wrong"])
      mock.clock.advance(by: .seconds(100))
      #expect(await stream.endOfCandidates().status == 400)
    }
  }

  @Test(arguments: [(nil, 180), (30, 30), (3600, 600)] as [(Int64?, Int64)])
  func heyGenEndsWhenIdle(asked: Int64?, limit: Int64) async throws {
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(
        mock, asked.map { ["activity_idle_timeout": .integer($0)] } ?? [:])
      mock.clock.advance(by: .milliseconds(limit * 1000 - 1))
      let list = await mock.send("GET", "/v1/streaming.list")
      #expect(list.data?["sessions"]?.array?.count == 1)
      mock.clock.advance(by: .milliseconds(1))
      #expect(await session.call("keep_alive").json == ["code": 10005, "message": "session state wrong: closed"])
    }
  }

  @Test func heyGensLaterDefaultCanBeChosen() async throws {
    var configuration = MockConfiguration()
    configuration.heyGenIdleLimit = .seconds(120)
    try await MockFixture.run(configuration) { mock in
      let session = try await HeyGenSession.new(mock)
      mock.clock.advance(by: .seconds(120))
      #expect(await session.call("keep_alive")["code"] == 10005)
    }
  }

  @Test func keepAliveHoldsUntilTheHardLimit() async throws {
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(mock)
      for _ in 0..<5 {
        mock.clock.advance(by: .seconds(110))
        #expect(await session.call("keep_alive").status == 200)
      }
      mock.clock.advance(by: .seconds(50))
      #expect(await session.call("keep_alive")["code"] == 10005)
      #expect(await mock.state.sessions.first?.state == .ended(.lifetime))
    }
  }

  @Test func disableIdleTimeoutLeavesOnlyTheHardLimit() async throws {
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(mock, ["disable_idle_timeout": true])
      mock.clock.advance(by: .seconds(599))
      #expect(await session.call("keep_alive").status == 200)
      mock.clock.advance(by: .seconds(1))
      #expect(await session.call("keep_alive")["code"] == 10005)
    }
  }

  @Test func anExpiredSessionFreesItsSlotAndCutsItsTalks() async throws {
    var configuration = MockConfiguration()
    configuration.maximumSessions = 1
    // An avatar that speaks is not idle.
    configuration.heyGenLifetime = .seconds(30)
    try await MockFixture.run(configuration) { mock in
      let session = try await HeyGenSession.new(mock)
      try await session.connect()
      _ = await session.task(String(repeating: "a", count: 1500))
      #expect(await mock.post("/v1/streaming.new", [:])["code"] == 10004)
      mock.clock.advance(by: .seconds(30))
      _ = try await HeyGenSession.new(mock)
      #expect(await mock.state.sessions.first?.talks.map(\.phase) == ["interrupted"])
    }
  }

  @Test func datesFollowTheClock() {
    let time = VendorTime(start: MonotonicInstant(sinceStart: .seconds(5)))
    #expect(time.cookieExpiry(at: .init(sinceStart: .seconds(6))) == "Thu, 14 Aug 2025 15:15:54 GMT")
  }

  /// Seconds are those of the machine's clock, not of the mock's start.
  @Test func theTimeOfCreationIsTrue() {
    let time = VendorTime(start: MonotonicInstant(sinceStart: .seconds(5)), wallClock: 1_800_000_000_700)
    let seconds = [5.0, 5.299, 5.3, 65.3].map { time.trueUnix(at: .init(sinceStart: .seconds($0))) }
    #expect(seconds == [1_800_000_000, 1_800_000_000, 1_800_000_001, 1_800_000_061])
  }

  @Test func listAndHeaderTellTheMocksTime() async throws {
    try await MockFixture.run { mock in
      mock.clock.advance(by: .seconds(7))
      _ = try await HeyGenSession.new(mock)
      mock.clock.advance(by: .seconds(60))
      let list = await mock.send("GET", "/v1/streaming.list")
      #expect(list.data?["sessions"]?.array?.first?["created_at"] == .integer(VendorTime.epoch + 7))
      #expect(list.response.headers["Date"] == HTTPDate.text(secondsSince1970: Int(VendorTime.epoch) + 67))
      _ = await mock.admin("POST", "faults", ["call": "heygen.list", "headers": ["Date": "then"], "status": 200])
      #expect(await mock.send("GET", "/v1/streaming.list").response.headers["Date"] == "then")
    }
  }

  /// An embedded mock knows the time of day.
  @Test func aServerTellsTheMachinesTime() async throws {
    var configuration = MockConfiguration()
    configuration.media = .none
    let mock = try await MockServer.start(configuration)
    func now() -> Int64 { Int64(WallClock.milliseconds() / 1000) }
    let before = now()
    let told = await mock.state.date
    #expect((before...now()).contains { HTTPDate.text(secondsSince1970: Int($0)) == told })
    await mock.stop()
  }
}
