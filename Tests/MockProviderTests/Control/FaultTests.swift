// Forced answers: which calls they hit, how often, and what happens to the call itself.
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct FaultTests {
  private let create: JSONValue = ["source_url": "https://example.com/a.jpg"]

  private func force(_ mock: MockFixture, _ fault: JSONValue) async throws {
    let reply = await mock.admin("POST", "faults", fault)
    try #require(reply.status == 201, "\(reply.json?.text ?? "")")
  }

  @Test func aFaultHitsAsOftenAsItSays() async throws {
    try await MockFixture.run { mock in
      try await force(mock, ["call": "did.create", "error": "tooManyRequests", "times": 2])
      #expect(await mock.post("/talks/streams", create).status == 429)
      #expect(await mock.post("/clips/streams", ["presenter_id": "amy"]).status == 429)
      #expect(await mock.post("/talks/streams", create).status == 201)
      #expect(await mock.admin("GET", "faults")["faults"] == [])
    }
  }

  @Test func faultsOfOneCallComeInTheirOrder() async throws {
    try await MockFixture.run { mock in
      try await force(mock, ["call": "did.create", "status": 503, "body": ["x": 1], "headers": ["Retry-After": "2"]])
      try await force(mock, ["call": "did.create", "error": "insufficientCredits", "skip": 1])
      let first = await mock.post("/talks/streams", create)
      #expect(first.status == 503)
      #expect(first.json == ["x": 1])
      #expect(first.response.headers["retry-after"] == "2")
      #expect(await mock.post("/talks/streams", create).status == 201)
      #expect(await mock.post("/talks/streams", create).status == 402)
    }
  }

  @Test func aFaultCanBeForOneSession() async throws {
    try await MockFixture.run { mock in
      let first = try await HeyGenSession.new(mock)
      let second = try await HeyGenSession.new(mock)
      try await force(mock, ["call": "heygen.keepAlive", "error": "internalError", "session": .string(second.id)])
      #expect(await first.call("keep_alive").status == 200)
      #expect(await second.call("keep_alive").status == 500)
      let stream = try await DIDStream.create(mock)
      try await force(mock, ["call": "did.*", "status": 502, "session": .string(stream.id)])
      #expect(await stream.endOfCandidates().status == 502)
    }
  }

  @Test func aReplacedAnswerLeavesNoSession() async throws {
    try await MockFixture.run { mock in
      try await force(mock, ["call": "did.create", "drop": true])
      let reply = await mock.post("/talks/streams", create)
      #expect(reply.isDropped)
      #expect(await mock.state.sessions.isEmpty)
    }
  }

  @Test func aLostAnswerLeavesOne() async throws {
    try await MockFixture.run { mock in
      try await force(mock, ["call": "did.create", "drop": true, "takesEffect": true])
      #expect(await mock.post("/talks/streams", create).isDropped)
      #expect(await mock.state.sessions.map(\.isOpen) == [true])
      let entry = await mock.state.journal.entries.last
      #expect(entry?.status == 0)
      #expect(entry?.isFaulted == true)
      #expect(entry?.session == (await mock.state.sessions.first?.id))
    }
  }

  /// HeyGen-Official/StreamingAvatar issue 20: a task is answered with 400, and yet the avatar speaks.
  @Test func aTaskMayBeRefusedAndYetBeSaid() async throws {
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(mock)
      try await session.connect()
      try await force(mock, ["call": "heygen.task", "error": "textToSpeech", "takesEffect": true])
      #expect(await session.task()["code"] == 400009)
      #expect(await mock.state.sessions.first?.talks.map(\.phase) == ["speaking"])
    }
  }

  @Test func aDelayedAnswerWaitsForTheMocksClock() async throws {
    try await MockFixture.run { mock in
      try await force(mock, ["call": "did.create", "delayMs": 60_000])
      async let reply = mock.post("/talks/streams", create)
      await mock.clock.waitForSleepers(1)
      // The call was carried out; only its answer waits.
      #expect(await mock.state.sessions.count == 1)
      mock.clock.advance(by: .seconds(60))
      #expect(await reply.status == 201)
    }
  }

  @Test func aDelayEndsWithTheLoop() async throws {
    let task = Task {
      try await MockFixture.run { mock in
        try await force(mock, ["call": "*", "delayMs": 600_000, "status": 200])
        let handler = mock.handler
        let waiting = mock.loop.spawn {
          try? await handler.respond(to: .init(method: "GET", path: "/v1/streaming.list")).status
        }
        await mock.clock.waitForSleepers(1)
        waiting.cancel()
        #expect(await waiting.value == nil)
      }
    }
    try await task.value
  }

  @Test func anyCallCanBeHit() async throws {
    try await MockFixture.run { mock in
      try await force(mock, ["call": "*", "status": 418, "times": 2])
      #expect(await mock.post("/talks/streams", create).status == 418)
      #expect(await mock.send("GET", "/v1/streaming.list").status == 418)
    }
  }

  @Test func faultsAreBounded() async throws {
    try await MockFixture.run { mock in
      for _ in 0..<FaultList.faultLimit { try await force(mock, ["call": "did.ice", "error": "sessionError"]) }
      let reply = await mock.admin("POST", "faults", ["call": "did.ice", "error": "sessionError"])
      #expect(reply.status == 400)
      #expect(reply["error"]?["message"]?.string?.contains("256") == true)
      #expect(await mock.admin("DELETE", "faults")["faults"] == [])
      try await force(mock, ["call": "did.ice", "error": "sessionError"])
    }
  }

  @Test func aFaultCanWaitForAnotherCallOfTheSameSession() async throws {
    try await MockFixture.run { mock in
      let first = try await DIDStream.create(mock)
      let second = try await DIDStream.create(mock)
      try await force(mock, ["call": "did.ice", "status": 503, "after": "did.sdp", "times": 9])
      #expect(await first.endOfCandidates().status == 200)
      // A call that is refused is none that it waits for.
      #expect(await first.answer("no answer").status == 500)
      #expect(await first.endOfCandidates().status == 200)
      #expect(await first.answer().status == 200)
      #expect(await first.endOfCandidates().status == 503)
      #expect(await second.endOfCandidates().status == 200)
      #expect(await second.answer().status == 200)
      #expect(await second.endOfCandidates().status == 503)
    }
  }

  @Test func aFaultOfACallWithoutASessionWaitsForAnyOther() async throws {
    try await MockFixture.run { mock in
      try await force(mock, ["call": "did.create", "error": "maxUserSessions", "after": "did.delete"])
      let stream = try await DIDStream.create(mock)
      #expect(await stream.delete().status == 200)
      #expect(await mock.post("/talks/streams", create)["kind"] != nil)
      #expect(await mock.post("/talks/streams", create).status == 201)
    }
  }

  @Test func aFaultCanAskForWhatIsInTheCall() async throws {
    try await MockFixture.run { mock in
      try await force(
        mock, ["call": "did.create", "status": 418, "times": 9, "where": ["body.source_url": ["contains": "bob"]]])
      #expect(await mock.post("/talks/streams", create).status == 201)
      #expect(await mock.post("/talks/streams", ["source_url": "https://example.com/bob.jpg"]).status == 418)
    }
  }

  @Test func faultsFollowEachOtherByStates() async throws {
    try await MockFixture.run { mock in
      try await force(mock, ["call": "heygen.list", "newState": "listed"])
      try await force(mock, ["call": "did.create", "status": 402, "inState": "listed", "newState": "paid", "times": 9])
      #expect(await mock.post("/talks/streams", create).status == 201)
      #expect(await mock.send("GET", "/v1/streaming.list").status == 200)
      #expect(await mock.admin("GET", "faults")["state"] == "listed")
      #expect(await mock.post("/talks/streams", create).status == 402)
      #expect(await mock.admin("GET", "faults")["state"] == "paid")
      #expect(await mock.post("/talks/streams", create).status == 201)
      #expect(await mock.admin("DELETE", "faults")["state"] == "started")
    }
  }

  static let wrong: [JSONValue] = [
    ["call": "did.create", "drop": true, "after": "did.nope"], ["call": "did.create", "drop": true, "where": ["x": ["like": 1]]],
    ["call": "did.create", "drop": true, "inState": ""], ["call": "did.create", "inState": "x"], ["call": "did.create", "newState": 1],
    [:], [], nil, ["call": "did.create"], ["call": "did.nope", "error": "unauthorized"], ["call": 1, "error": "x"],
    ["call": "did.create", "error": "nope"], ["call": "did.create", "error": "concurrentLimit"],
    ["call": "*", "error": "unauthorized"], ["call": "did.create", "status": 99],
    ["call": "did.create", "status": 600],
    ["call": "did.create", "status": "503"], ["call": "did.create", "error": "unauthorized", "status": 500],
    ["call": "did.create", "error": "unauthorized", "drop": true], ["call": "did.create", "drop": false],
    ["call": "did.create", "error": "unauthorized", "body": [:]], ["call": "did.create", "drop": true, "body": [:]],
    ["call": "did.create", "error": "unauthorized", "times": 0],
    ["call": "did.create", "error": "unauthorized", "times": -1],
    ["call": "did.create", "error": "unauthorized", "skip": -1], ["call": "did.create", "delayMs": -1],
    ["call": "did.create", "delayMs": 600_001], ["call": "did.create", "delayMs": 0],
    ["call": "did.create", "status": 500, "headers": ["X\r\nY": "1"]],
    ["call": "did.create", "status": 500, "headers": ["X": "1\r\nY: 2"]],
    ["call": "did.create", "status": 500, "headers": ["": "1"]],
    ["call": "did.create", "status": 500, "headers": ["X": 1]],
    ["call": "did.create", "status": 500, "headers": []], ["call": "did.create", "error": "unauthorized", "extra": 1],
    ["call": "did.create", "error": "unauthorized", "takesEffect": "yes"],
  ]

  @Test(arguments: wrong)
  func aWrongFaultIsRefusedInWords(fault: JSONValue) async throws {
    try await MockFixture.run { mock in
      let reply = await mock.admin("POST", "faults", fault)
      #expect(reply.status == 400, "\(fault.text)")
      #expect(reply["error"]?["message"]?.string?.isEmpty == false)
      #expect(await mock.admin("GET", "faults")["faults"] == [])
    }
  }

  @Test func faultsAreListedAsTheyWereSet() async throws {
    try await MockFixture.run { mock in
      let faults: [JSONValue] = [
        ["call": "did.create", "times": 2, "error": "unauthorized"],
        ["call": "heygen.*", "times": 1, "status": 500, "body": ["a": 1], "headers": ["X-A": "1"]],
        ["call": "*", "times": 1, "drop": true, "skip": 3, "session": "s", "delayMs": 5, "takesEffect": true],
        [
          "call": "did.speak", "times": 1, "drop": true, "after": "did.sdp", "where": ["text": ["pattern": "^H"]],
          "inState": "a", "newState": "b",
        ],
      ]
      for fault in faults { try await force(mock, fault) }
      #expect(await mock.admin("GET", "faults")["faults"] == .array(faults))
    }
  }
}
