// D-ID's WebSocket on a real socket: the same sessions as over HTTP, with the socket's own order, faults and time.
import Basics
import ProviderHTTP
import StrictJSON
import TestSupport
import Testing
import Transport

@testable import MockProvider

@Suite struct DIDSocketTests {
  @Test func aSessionFromItsOfferToItsEnd() async throws {
    try await DIDSocketClient.run { mock, client in
      try await client.create()
      #expect(client.streamID.hasPrefix("strm_"))
      let candidate: JSONValue = [
        "session_id": .string(client.sessionID), "candidate": .string(Answer.candidate), "sdpMid": "a",
        "sdpMLineIndex": 0, "presenter_type": "talk",
      ]
      #expect(await client.call("ice", candidate)["status"] == "created")
      try await client.connect()
      let first = await client.call("stream-text", client.part("Hello, ", 0))
      #expect(first["messageType"] == "stream-text" && first["status"] == "started" && first["index"] == 0)
      #expect(await client.call("stream-text", client.part("world ", 1))["video_id"] == first["video_id"])
      #expect(await client.call("stream-text", client.part(" ", 2))["video_id"] == first["video_id"])
      let deleted = await client.call("delete-stream", client.own)
      #expect(deleted["messageType"] == "delete-stream" && deleted["status"] == "ok")
      let session = try #require(await mock.sessions.first)
      #expect(session.state == .ended(.closed) && session.contract == "talks" && session.candidates == 1)
      #expect(session.talks.map(\.id) == [first["video_id"]?.string])
      let journal = await mock.journal
      #expect(
        journal.map(\.call) == [
          .didCreate, .didIce, .didSDP, .didIce, .didStreamText, .didStreamText, .didStreamText, .didDelete,
        ])
      #expect(journal.allSatisfy { $0.method == "WS" && $0.path == "/" && $0.session == client.streamID })
      #expect(journal.map(\.status) == [201, 200, 200, 200, 200, 200, 200, 200])
      #expect(journal[4].body["payload"]?["script"]?["input"] == "Hello, ")
      #expect(journal[4].body["payload"]?["apiKeysExternal"] == "(removed)")
    }
  }

  @Test func clipsAreToldByTheirPresenter() async throws {
    try await DIDSocketClient.run { mock, client in
      try await client.create(["presenter_id": "amy", "driver_id": "d", "presenter_type": "clip"])
      #expect(await mock.sessions.first?.contract == "clips")
      try await client.create(["presenter_id": "amy"])
      #expect(await mock.sessions.map(\.contract) == ["clips", "clips"])
      // Older clients leave it out of later calls; another one is another contract's stream.
      let bare: JSONValue = ["stream_id": .string(client.streamID), "session_id": .string(client.sessionID)]
      #expect(await client.call("ice", bare)["status"] == "created")
      #expect(await client.call("ice", client.own)["kind"] == "NotFound")
      #expect(
        await client.call("init-stream", ["presenter_id": "amy", "presenter_type": "puppet"])["kind"]
          == "ValidationError")
    }
  }

  @Test func theKeyComesInTheQueryOrInTheHeader() async throws {
    var configuration = MockConfiguration()
    configuration.media = .none
    configuration.key = DemandedKey("good:key")
    let mock = try await MockServer.start(configuration)
    for (query, status) in [("authorization=Basic%20bad", 401), ("", 401), ("authorization=nonsense", 401)] {
      await #expect { _ = try await DIDSocketClient(mock, query: query) } throws: { error in
        (error as? WebSocketClient.Refused)?.status == status
      }
    }
    let client = try await DIDSocketClient(mock, query: "authorization=Basic%20good%3Akey~connection")
    #expect(await client.call("init-stream", DIDSocketClient.talk)["id"] != nil)
    let header = try await WebSocketClient(port: mock.port, path: "/", authorization: "Basic good:key")
    header.send(#"{"type":"ice","payload":{"session_id":"AWSALB=x"}}"#)
    #expect(
      await header.next()
        == .text(#"{"messageType":"ice","kind":"SessionError","description":"missing or invalid session_id"}"#))
    let page = "https://elsewhere.example"
    await #expect(throws: WebSocketClient.Refused.self) {
      _ = try await WebSocketClient(port: mock.port, path: "/", origin: page, authorization: "Basic good:key")
    }
    #expect(await mock.journal.map(\.status) == [401, 401, 401, 201, 400, 403])
    #expect(await mock.journal.allSatisfy { !$0.json.text.contains("good") })
    await mock.stop()
  }

  @Test func mistakesAreAnsweredInTheVendorsWords() async throws {
    try await DIDSocketClient.run { mock, client in
      for text in [
        "", "{", "[]", #"{"type":"dance","payload":{}}"#, #"{"type":"ice"}"#, #"{"type":"ice","payload":[]}"#,
      ] {
        client.socket.send(text)
        #expect(await client.next() == ["message": "Forbidden"], "\(text)")
      }
      #expect(await client.call("init-stream", [:])["kind"] == "ValidationError")
      try await client.create()
      #expect(await client.call("sdp", ["session_id": "AWSALB=x"])["kind"] == "ValidationError")
      #expect(await client.call("ice", [:])["kind"] == "SessionError")
      #expect(await client.call("delete-stream", ["session_id": "AWSALB=x"])["kind"] == "SessionError")
      let stranger: JSONValue = ["stream_id": "strm_x", "session_id": .string(client.sessionID)]
      #expect(await client.call("delete-stream", stranger)["kind"] == "NotFound")
      let early = await client.call("stream-text", client.part("Hello"))
      #expect(early == ["messageType": "stream-text", "kind": "InternalServerError", "description": "Stream Error"])
      try await client.connect()
      for script in [
        ["type": "text"], ["type": "audio", "input": []], ["type": "text", "input": "a", "x": 1],
        ["type": "text", "input": .string(String(repeating: "a", count: 40_001))],
      ] as [JSONValue] {
        #expect(
          await client.call("stream-text", client.part(script, nil))["kind"] == "ValidationError", "\(script.text)")
      }
      for input in [[256], [-1], ["a"], [0.5], 1] as [JSONValue] {
        let script: JSONValue = ["type": "audio", "input": input]
        #expect(
          await client.call("stream-audio", client.part(script, nil))["kind"] == "ValidationError", "\(input.text)")
      }
      #expect(await mock.journal.allSatisfy { ($0.status ?? 0) < 300 || $0.note != nil })
    }
  }

  @Test func aStreamIsOneOverBothTransports() async throws {
    try await DIDSocketClient.run { mock, client in
      let loop = try EventLoop()
      let http = try await HTTPClient.start(.init(), on: loop)
      try await client.create()
      try await client.connect()
      func post(_ method: String, _ body: JSONValue) async throws -> Int {
        try await http.send(
          ProviderRequest(
            method: method, url: mock.baseURL + "/talks/streams/\(client.streamID)",
            headers: [("Authorization", "Basic k"), ("Content-Type", "application/json")], body: body.serialized,
            repeatability: .once, timeout: .seconds(10))
        ).status
      }
      let whole: JSONValue = ["script": ["type": "text", "input": "Hello"], "session_id": .string(client.sessionID)]
      _ = await client.call("stream-text", client.part("It is "))
      #expect(try await post("POST", whole) == 400, "what came in parts has not ended")
      _ = await client.call("stream-text", client.part(""))
      #expect(try await post("POST", whole) == 200)
      #expect(await mock.sessions.first?.talks.map(\.phase) == ["speaking", "queued"])
      #expect(try await post("DELETE", ["session_id": .string(client.sessionID)]) == 200)
      #expect(await client.call("delete-stream", client.own)["kind"] == "NotFound")
      await loop.stop()
    }
  }

  @Test func theStreamOutlivesItsSocket() async throws {
    try await DIDSocketClient.run { mock, client in
      try await client.create()
      client.socket.close(1000)
      #expect(await client.socket.next() == .close(1000))
      #expect(await mock.sessions.first?.isOpen == true)
      let second = try await DIDSocketClient(mock)
      #expect(await second.call("delete-stream", client.own)["status"] == "ok")
    }
  }

  @Test func otherRequestsToTheSameAddressAreHTTP() async throws {
    try await DIDSocketClient.run { mock, client in
      let plain = try RawSocket(port: mock.port)
      plain.send(Array("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".utf8))
      #expect(String(decoding: plain.readToEnd(), as: UTF8.self).contains("Missing Authentication Token"))
      await #expect { _ = try await WebSocketClient(port: mock.port, path: "/elsewhere") } throws: { error in
        (error as? WebSocketClient.Refused)?.status == 403
      }
      #expect(await mock.journal.map(\.path) == ["/", "/elsewhere"])
    }
  }
}

/// Messages that come late, in another order, or never, and sockets that end.
@Suite struct DIDSocketFaultTests {
  @Test func anAnswerMayComeLate() async throws {
    try await DIDSocketClient.run { mock, client in
      try await client.create()
      var fault = Fault(.call(.didIce), .none)
      fault.delay = .seconds(5)
      try await mock.fault(fault)
      client.send("ice", client.own)
      #expect(await client.call("delete-stream", client.own)["messageType"] == "delete-stream", "it is not held up")
      await mock.state.clock.waitForSleepers(2)
      mock.advance(by: .seconds(5))
      #expect(await client.next()["messageType"] == "ice")
    }
  }

  @Test func aMessageOrItsAnswerMayBeLost() async throws {
    try await DIDSocketClient.run { mock, client in
      try await client.create()
      try await client.connect()
      try await mock.fault(Fault(.call(.didStreamText), .lose))
      var answerLost = Fault(.call(.didStreamText), .lose)
      answerLost.takesEffect = true
      try await mock.fault(answerLost)
      client.send("stream-text", client.part("Lost. ", 0))
      client.send("stream-text", client.part("Hello. ", 0))
      #expect(await client.call("stream-text", client.part("", 1))["index"] == 1)
      let talks = await mock.sessions.first?.talks
      #expect(talks?.count == 1 && talks?.first?.duration == SpeechDuration.ofText("Hello. "))
      #expect(await mock.journal.suffix(3).map(\.status) == [0, 0, 200])
    }
  }

  @Test func anAnswerMayBeOvertaken() async throws {
    try await DIDSocketClient.run { mock, client in
      try await client.create()
      try await client.connect()
      var fault = Fault(.call(.didStreamText), .none)
      fault.isOvertaken = true
      try await mock.fault(fault)
      for index in 0..<3 { client.send("stream-text", client.part("a ", index)) }
      #expect(await [client.next()["index"], client.next()["index"], client.next()["index"]] == [1, 0, 2])
    }
  }

  @Test(arguments: [(Fault.Effect.close(1011), WebSocketClient.Event.close(1011)), (.drop, .end)])
  func theSocketMayEndInsteadOfAnAnswer(effect: Fault.Effect, end: WebSocketClient.Event) async throws {
    try await DIDSocketClient.run { mock, client in
      try await client.create()
      var fault = Fault(.call(.didDelete), effect)
      fault.takesEffect = true
      try await mock.fault(fault)
      client.send("delete-stream", client.own)
      #expect(await client.socket.next() == end)
      #expect(await mock.sessions.first?.isOpen == false)
    }
  }

  @Test func errorsAndAnswersOfAFaultAreMessagesToo() async throws {
    try await DIDSocketClient.run { mock, client in
      try await mock.fault(Fault(.call(.didCreate), .error("maxUserSessions")))
      try await mock.fault(Fault(.did, .answer(status: 500, body: ["message": "Internal server error"])))
      let full: JSONValue = [
        "messageType": "init-stream", "kind": "Forbidden", "description": "Max user sessions reached",
      ]
      #expect(await client.call("init-stream", DIDSocketClient.talk) == full)
      let failure: JSONValue = ["messageType": "ice", "message": "Internal server error"]
      #expect(await client.call("ice", ["session_id": "x"]) == failure)
    }
  }

  @Test func aSilentSocketIsClosedAfterTenMinutesAndAnyAfterTwoHours() async throws {
    try await DIDSocketClient.run { mock, client in
      let silent = try await DIDSocketClient(mock)
      #expect(await silent.call("ice", [:])["kind"] == "SessionError")
      await mock.state.clock.waitForSleepers(1)
      for _ in 0..<12 {
        mock.advance(by: .seconds(599))
        #expect(await client.call("ice", [:])["kind"] == "SessionError")
      }
      #expect(await silent.socket.next() == .close(1001))
      mock.advance(by: .seconds(12))
      #expect(await client.socket.next() == .close(1001), "599 times 12 and 12 are two hours")
    }
  }

  @Test func aSocketHasBounds() async throws {
    try await DIDSocketClient.run { mock, client in
      var fault = Fault(.call(.didIce), .none, times: DIDSocketRoom.pendingLimit)
      fault.delay = .seconds(1)
      try await mock.fault(fault)
      for _ in 0..<DIDSocketRoom.pendingLimit { client.send("ice", [:]) }
      #expect(await client.call("ice", [:]) == ["messageType": "ice", "message": "Too Many Requests"])
      await mock.state.clock.waitForSleepers(DIDSocketRoom.pendingLimit + 1)
      mock.advance(by: .seconds(1))
      for _ in 0..<DIDSocketRoom.pendingLimit { #expect(await client.next()["kind"] == "SessionError") }
      client.send("ice", ["session_id": .string(String(repeating: "a", count: DIDSocketRoom.maximumMessageBytes))])
      #expect(await client.socket.next() == .close(1009))
    }
  }
}
