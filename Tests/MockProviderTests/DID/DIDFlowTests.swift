// D-ID's five calls, in the order and in the disorder of real clients.
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct DIDFlowTests {
  static let creations: [(String, JSONValue)] = [
    ("talks", ["source_url": "https://example.com/face.jpg", "stream_warmup": true]),
    ("clips", ["presenter_id": "amy-jcwCkr1grs", "driver_id": "uM00QMwJ9x"]),
    ("agents/agt_1", [:]),
  ]

  @Test(arguments: creations)
  func aSessionFromOfferToDelete(prefix: String, body: JSONValue) async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock, prefix: prefix, body)
      #expect(stream.id.hasPrefix("strm_"))
      #expect(await stream.candidate().status == 200)
      #expect(await stream.answer().status == 200)
      #expect(await stream.endOfCandidates()["status"] == "created")
      let talk = await stream.speak()
      #expect(talk.status == 200)
      #expect(talk["status"] == "started")
      #expect(talk["video_id"]?.string?.hasPrefix("tlk_") == true)
      #expect(talk["duration"] == 0.733)
      let deleted = await stream.delete()
      #expect(deleted.status == 200)
      #expect(deleted["status"] == "ok")
      #expect(await mock.state.sessions.map(\.state) == [.ended(.closed)])
      #expect(await mock.state.sessions.first?.contract == prefix)
    }
  }

  @Test func sessionIDIsTheWholeCookieAndNothingLess() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      let cookie = stream.sessionID
      #expect(cookie.hasPrefix("AWSALB="))
      #expect(cookie.contains("; Expires=Thu, 14 Aug 2025 15:15:53 GMT; Path=/; AWSALBCORS="))
      #expect(cookie.hasSuffix("SameSite=None; Secure"))
      for wrong in [String(cookie.prefix { $0 != ";" }), cookie + " ", "", "AWSALB=x"] {
        let reply = await mock.post(stream.path + "/ice", ["session_id": .string(wrong)])
        #expect(reply.status == 400)
        #expect(reply.json == ["kind": "SessionError", "description": "missing or invalid session_id"])
      }
      #expect(await mock.post(stream.path + "/ice", [:]).status == 400)
      #expect(await stream.endOfCandidates().status == 200)
    }
  }

  @Test func originalAndRefreshedSessionIDsAreBothGood() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      let refreshed = try #require(await stream.answer()["session_id"])
      #expect(refreshed != .string(stream.sessionID))
      #expect(await mock.post(stream.path + "/ice", ["session_id": refreshed]).status == 200)
      #expect(await stream.endOfCandidates().status == 200)
      // The original stays good however many refreshed ones follow; of these the latest are remembered.
      for _ in 0..<DIDDetails.refreshedLimit { _ = await stream.candidate() }
      #expect(await mock.post(stream.path + "/ice", ["session_id": refreshed]).status == 400)
      #expect(await stream.endOfCandidates().status == 200)
    }
  }

  @Test func anotherStreamsSessionIDIsRefused() async throws {
    try await MockFixture.run { mock in
      let first = try await DIDStream.create(mock)
      let second = try await DIDStream.create(mock)
      let reply = await mock.post(first.path + "/ice", ["session_id": .string(second.sessionID)])
      #expect(reply["kind"] == "SessionError")
    }
  }

  @Test func speakBeforeThePeerIsUpIsAStreamError() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      let error: JSONValue = ["kind": "InternalServerError", "description": "Stream Error"]
      #expect(await stream.speak().json == error)
      _ = await stream.candidate()
      #expect(await stream.speak().status == 500)
      let other = try await DIDStream.create(mock)
      _ = await other.answer()
      #expect(await other.speak().json == error)
      _ = await other.endOfCandidates()
      #expect(await other.speak().status == 200)
    }
  }

  @Test(
    arguments: [
      [:], ["candidate": nil], ["candidate": [:]], ["candidate": ""],
      ["candidate": nil, "sdpMid": nil, "sdpMLineIndex": nil],
    ] as [JSONValue])
  func everyFormOfTheEndOfCandidatesIsTaken(form: JSONValue) async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      var body = form.object ?? [:]
      body["session_id"] = .string(stream.sessionID)
      #expect(await mock.post(stream.path + "/ice", .object(body)).status == 200)
      #expect(await mock.state.sessions.first?.hasEndOfCandidates == true)
    }
  }

  @Test func aBadAnswerIsAnUnknownError() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      let error: JSONValue = ["kind": "UnknownError", "description": "Internal Server Error"]
      let good = Answer.sdp(for: stream.offer)
      for bad in [
        "", "v=0\r\n", "hello", stream.offer, good.replacing("a=setup:active", with: "a=setup:actpass"),
        good.replacing("a=ice-ufrag", with: "a=x"), good.replacing("m=application", with: "x=application"),
        good.replacing("fingerprint", with: "f"), good + String(repeating: "a=x\r\n", count: 20_000),
      ] {
        let reply = await stream.answer(bad)
        #expect(reply.status == 500)
        #expect(reply.json == error)
      }
      #expect(await stream.answer().status == 200)
      // The same answer again is a repeated call, another one is a mistake.
      #expect(await stream.answer().status == 200)
      #expect(await stream.answer(good + "a=x\r\n").status == 500)
    }
  }

  @Test func anUnknownStreamIsNotFoundInTheVendorsSpelling() async throws {
    try await MockFixture.run { mock in
      let reply = await mock.send("DELETE", "/talks/streams/strm_nope", ["session_id": "AWSALB=x"])
      #expect(reply.status == 404)
      #expect(
        reply.json == ["kind": "NotFound", "description": "stream_id doesn't exits or not owened by the user"])
      // D-ID's demo does this when Destroy is pressed before Connect.
      #expect(await mock.send("DELETE", "/talks/streams/undefined", [:]).status == 400)
      #expect(await mock.send("DELETE", "/talks/streams/undefined").status == 400)
    }
  }

  @Test func aStreamIsFoundUnderItsOwnPrefixOnly() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      let reply = await mock.post("/clips/streams/\(stream.id)/ice", ["session_id": .string(stream.sessionID)])
      #expect(reply.status == 404)
    }
  }

  @Test func afterDeleteEveryCallIsRefused() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      _ = await stream.delete()
      #expect(await stream.speak().status == 404)
      #expect(await stream.answer().status == 404)
      #expect(await stream.endOfCandidates().status == 404)
      #expect(await stream.delete().status == 404)
    }
  }

  @Test func theCapIsForbiddenAndFreedByDelete() async throws {
    var configuration = MockConfiguration()
    configuration.maximumSessions = 2
    try await MockFixture.run(configuration) { mock in
      let first = try await DIDStream.create(mock)
      _ = try await DIDStream.create(mock)
      let reply = await mock.post("/clips/streams", ["presenter_id": "amy"])
      #expect(reply.status == 403)
      #expect(reply.json == ["kind": "Forbidden", "description": "Max user sessions reached"])
      _ = await first.delete()
      _ = try await DIDStream.create(mock)
      // The other vendor's account has a cap of its own.
      _ = try await HeyGenSession.new(mock)
    }
  }

  @Test func aSlotIsFreeOnlyAfterItsDelay() async throws {
    var configuration = MockConfiguration()
    configuration.maximumSessions = 1
    configuration.slotReleaseDelay = .seconds(20)
    try await MockFixture.run(configuration) { mock in
      let first = try await DIDStream.create(mock)
      _ = await first.delete()
      #expect(await mock.state.sessions.first?.holdsSlot == true)
      #expect(await mock.post("/talks/streams", ["source_url": "https://example.com/face.jpg"]).status == 403)
      mock.clock.advance(by: .seconds(20))
      _ = try await DIDStream.create(mock)
    }
  }

  @Test func unknownAgentAndActorHaveTheirOwnErrors() async throws {
    try await MockFixture.run { mock in
      let agent = await mock.post("/agents/unknown-1/streams", [:])
      #expect(agent.status == 404)
      #expect(agent.json == ["kind": "NotFoundError", "description": "agent not found"])
      let actor = await mock.post("/talks/streams", ["source_url": "face.jpg"])
      #expect(actor.json == ["kind": "BadRequestError", "description": "invalid actor url"])
    }
  }

  @Test func compatibilityModeChoosesTheCodec() async throws {
    try await MockFixture.run { mock in
      for (mode, codec) in [("on", "VP8"), ("off", "H264"), ("auto", "H264")] {
        let stream = try await DIDStream.create(
          mock, prefix: "talks", ["source_url": "https://example.com/a.jpg", "compatibility_mode": .string(mode)])
        #expect(stream.offer.contains("a=rtpmap:102 \(codec)/90000"))
      }
    }
  }

  @Test func talksQueueAndGoByTheClock() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      _ = await stream.speak(String(repeating: "a", count: 150))
      _ = await stream.speak(String(repeating: "b", count: 300))
      func phases() async -> [String] { await mock.state.sessions.first?.talks.map(\.phase) ?? [] }
      #expect(await phases() == ["speaking", "queued"])
      mock.clock.advance(by: .seconds(10))
      #expect(await phases() == ["ended", "speaking"])
      mock.clock.advance(by: .seconds(20))
      #expect(await phases() == ["ended", "ended"])
    }
  }

  @Test func tooManyWaitingTalksAreRefused() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      for _ in 0..<TalkQueue.waitingLimit { #expect(await stream.speak().status == 200) }
      #expect(await stream.speak().status == 429)
      mock.clock.advance(by: .milliseconds(733))
      #expect(await stream.speak().status == 200)
    }
  }
}
