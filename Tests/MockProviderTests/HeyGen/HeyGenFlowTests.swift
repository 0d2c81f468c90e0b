// HeyGen's calls, in the order and in the disorder of real clients.
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct HeyGenFlowTests {
  private let success: JSONValue = ["code": 100, "data": nil, "message": "success"]
  private let closed: JSONValue = ["code": 10005, "message": "session state wrong: closed"]
  private let wrongState: JSONValue = ["code": 400006, "message": "Session is not in correct state"]

  @Test func aSessionFromOfferToStop() async throws {
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(mock)
      // A UUID of version 1.
      #expect(session.id.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
      #expect(session.id.split(separator: "-")[2].hasPrefix("1"))
      #expect(await session.candidate().json == success)
      #expect(await session.start().json == success)
      let task = await session.task()
      #expect(task["code"] == 100)
      #expect(task.data?["task_id"]?.string?.isEmpty == false)
      #expect(task.data?["duration_ms"] == .number(733))
      for call in ["keep_alive", "start_listening", "stop_listening", "interrupt", "stop"] {
        #expect(await session.call(call).json == success)
      }
      for call in ["stop", "keep_alive", "interrupt", "start_listening"] {
        let reply = await session.call(call)
        #expect(reply.status == 400)
        #expect(reply.json == closed)
      }
      #expect(await session.start().json == closed)
      #expect(await session.task().json == closed)
      #expect(await session.candidate().json == closed)
    }
  }

  @Test func taskBeforeThePeerIsUpIsAWrongState() async throws {
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(mock)
      #expect(await session.task().status == 400)
      #expect(await session.task().json == wrongState)
      _ = await session.start()
      #expect(await session.task().json == wrongState)
      #expect(await session.call("interrupt").json == wrongState)
      _ = await session.candidate()
      #expect(await session.task().status == 200)
    }
  }

  @Test(
    arguments: [
      ["candidate": ["candidate": "candidate:1 1 udp 1 192.0.2.7 5000 typ host", "sdpMid": "0", "sdpMLineIndex": 0]],
      ["candidate": "candidate:1 1 udp 1 192.0.2.7 5000 typ host", "sdpMid": "0", "sdpMLineIndex": 0],
      ["candidate": ["candidate": "candidate:1 1 udp 1 192.0.2.7 5000 typ host", "sdpMid": nil, "sdpMLineIndex": nil]],
      ["candidate": nil], ["candidate": [:]], ["candidate": ["candidate": "", "sdpMid": "0", "sdpMLineIndex": 0]],
      ["candidate": ""],
    ] as [JSONValue])
  func everyFormOfACandidateIsTaken(form: JSONValue) async throws {
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(mock)
      _ = await session.start()
      #expect(await session.call("ice", form.object ?? [:]).json == success)
      #expect(await session.task().status == 200)
    }
  }

  @Test func interruptCutsWhatIsSaidAndWhatWaits() async throws {
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(mock)
      try await session.connect()
      _ = await session.task(String(repeating: "a", count: 15))
      mock.clock.advance(by: .seconds(1))
      _ = await session.task(String(repeating: "a", count: 150))
      _ = await session.task(String(repeating: "a", count: 150))
      _ = await session.call("interrupt")
      #expect(await mock.state.sessions.first?.talks.map(\.phase) == ["ended", "interrupted", "interrupted"])
      // A new task does not wait for what was cut off.
      _ = await session.task()
      #expect(await mock.state.sessions.first?.talks.last?.phase == "speaking")
    }
  }

  @Test func aBadAnswerDoesNotStartThePeer() async throws {
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(mock)
      let reply = await session.start("v=0\r\n")
      #expect(reply.status == 400)
      #expect(reply["message"] == "peer start failed,please check the answer")
      #expect(await session.start().json == success)
      #expect(await session.start().json == success)
      let other = await session.start(Answer.sdp(for: session.offer) + "a=x\r\n")
      #expect(other["message"] == "session state wrong: connecting")
    }
  }

  @Test func theCapHasHeyGensCode() async throws {
    var configuration = MockConfiguration()
    configuration.maximumSessions = 1
    try await MockFixture.run(configuration) { mock in
      let session = try await HeyGenSession.new(mock)
      let reply = await mock.post("/v1/streaming.new", [:])
      #expect(reply.status == 400)
      #expect(reply["code"] == 10004)
      _ = await session.stop()
      _ = try await HeyGenSession.new(mock)
    }
  }

  @Test func anUnknownAvatarIsNotFound() async throws {
    try await MockFixture.run { mock in
      for member in ["avatar_name", "avatar_id"] {
        let reply = await mock.post("/v1/streaming.new", .object(JSONObject([.init(name: member, value: "unknown-1")])))
        #expect(reply.json == ["code": 10013, "message": "avatar not found"])
      }
    }
  }

  @Test func videoEncodingChoosesTheCodec() async throws {
    try await MockFixture.run { mock in
      let standard = try await HeyGenSession.new(mock)
      #expect(standard.offer.contains("a=rtpmap:96 VP8/90000"))
      let asked = try await HeyGenSession.new(mock, ["video_encoding": "H264"])
      #expect(asked.offer.contains("a=rtpmap:96 H264/90000"))
    }
  }

  @Test func version2GrantsARoom() async throws {
    try await MockFixture.run { mock in
      let reply = await mock.post("/v1/streaming.new", ["version": "v2"])
      #expect(reply.data?["sdp"] == .some(.null))
      #expect(reply.data?["url"]?.string?.hasPrefix("ws://127.0.0.1") == true)
      #expect(reply.data?["access_token"]?.string?.split(separator: ".").count == 3)
      let session = HeyGenSession(mock: mock, id: try #require(reply.data?["session_id"]?.string), offer: "")
      #expect(await session.task().json == wrongState)
      #expect(await session.call("start").json == success)
      #expect(await session.task().status == 200)
    }
  }

  @Test func aTokenOpensOneSession() async throws {
    try await MockFixture.run { mock in
      let made = await mock.post("/v1/streaming.create_token", [:])
      #expect(made.json?.object?.members.map(\.name) == ["error", "data"])
      let token = try #require(made.data?["token"]?.string)
      func new() async -> MockReply {
        await mock.post("/v1/streaming.new", [:], headers: ["Authorization": "Bearer \(token)"])
      }
      let opened = await new()
      #expect(opened.status == 200)
      let again = await new()
      #expect(again.status == 401)
      #expect(again["code"] == 401057)
      // It goes on to work for the session's own calls.
      let kept = await mock.post(
        "/v1/streaming.keep_alive", ["session_id": opened.data?["session_id"] ?? .null],
        headers: ["Authorization": "Bearer \(token)"])
      #expect(kept.json == success)
      // A token cannot make tokens.
      let nested = await mock.post(
        "/v1/streaming.create_token", [:], headers: ["Authorization": "Bearer \(token)"])
      #expect(nested.status == 401)
    }
  }

  @Test func createTokenNeedsNeitherBodyNorContentType() async throws {
    try await MockFixture.run { mock in
      #expect(await mock.send("POST", "/v1/streaming.create_token").status == 200)
    }
  }

  @Test func aFailedNewDoesNotSpendTheToken() async throws {
    try await MockFixture.run { mock in
      let token = try #require(await mock.post("/v1/streaming.create_token", [:]).data?["token"]?.string)
      let bad = await mock.post(
        "/v1/streaming.new", ["quality": "best"], headers: ["Authorization": "Bearer \(token)"])
      #expect(bad.status == 400)
      let good = await mock.post("/v1/streaming.new", [:], headers: ["Authorization": "Bearer \(token)"])
      #expect(good.status == 200)
    }
  }

  @Test func listsShowOpenSessionsWithTheirStatus() async throws {
    try await MockFixture.run { mock in
      let first = try await HeyGenSession.new(mock)
      let second = try await HeyGenSession.new(mock)
      let third = try await HeyGenSession.new(mock)
      _ = await second.start()
      try await third.connect()
      let sessions = await mock.send("GET", "/v1/streaming.list").data?["sessions"]?.array ?? []
      #expect(sessions.map { $0["status"] } == ["new", "connecting", "connected"])
      #expect(sessions.first?["created_at"] == .integer(VendorTime.epoch))
      _ = await first.stop()
      let listed = await mock.send("GET", "/v2/streaming.list")
      #expect(listed["total"] == 2)
      #expect(listed.data?.array?.first?["session_id"] == .string(second.id))
      #expect(listed["next_pagination_token"] == .some(.null))
      #expect(await mock.send("GET", "/v2/streaming.list?token=99").status == 400)
      #expect(await mock.send("GET", "/v1/streaming/avatar.list").data?.array?.first?["status"] == "ACTIVE")
    }
  }

  @Test func listV2IsPaged() async throws {
    var configuration = MockConfiguration()
    configuration.maximumSessions = 150
    try await MockFixture.run(configuration) { mock in
      for _ in 0..<120 { _ = try await HeyGenSession.new(mock) }
      let first = await mock.send("GET", "/v2/streaming.list")
      #expect(first.data?.array?.count == 100)
      let token = try #require(first["next_pagination_token"]?.string)
      let second = await mock.send("GET", "/v2/streaming.list?token=\(token)")
      #expect(second.data?.array?.count == 20)
      #expect(second["page"] == 2)
      #expect(second["next_pagination_token"] == .some(.null))
    }
  }

  @Test func missingAndInvalidParametersHaveTheirCodes() async throws {
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(mock)
      #expect(await mock.post("/v1/streaming.start", [:])["code"] == 40001)
      #expect(await session.call("start")["code"] == 40001)
      #expect(await session.call("ice")["code"] == 40001)
      #expect(await session.call("task")["code"] == 40001)
      #expect(await session.call("task", ["text": 3])["code"] == 400175)
      #expect(await session.call("task", ["text": "hi", "task_type": "sing"])["code"] == 400175)
      #expect(await session.call("start", ["sdp": ["type": "offer", "sdp": "v=0"]])["code"] == 400175)
      #expect(await mock.post("/v1/streaming.new", ["quality": "best"])["code"] == 400175)
      #expect(await mock.post("/v1/streaming.new", ["activity_idle_timeout": 29])["code"] == 400175)
      #expect(await mock.post("/v1/streaming.new", ["activity_idle_timeout": 3601])["code"] == 400175)
      #expect(await mock.post("/v1/streaming.stop", ["session_id": "nope"])["code"] == 10006)
      // What HeyGen does not know it ignores.
      #expect(await mock.post("/v1/streaming.new", ["session_duration_limit": 9])["code"] == 100)
    }
  }
}
