// What agents' clients hear on their notifications sockets: parts, answers and videos, each at its time and place.
import ProviderHTTP
import StrictJSON
import TestSupport
import Testing
import Transport

@testable import MockProvider

@Suite struct AgentSocketTests {
  /// A mock without media whose time only the test moves, a chat on a connected stream, and a socket that hears of it.
  private struct Stage {
    let mock: MockServer
    let http: HTTPClient
    var socket: WebSocketClient
    var authorization = "Basic any-key~1"
    var chat = ""
    var stream = ""
    var sessionID = ""

    static func run(_ body: (inout Stage) async throws -> Void) async throws {
      var configuration = MockConfiguration()
      configuration.media = .none
      let mock = try await MockServer.start(configuration)
      let loop = try EventLoop()
      do {
        try await mock.clock.stop()
        let http = try await HTTPClient.start(HTTPClientConfiguration(), on: loop)
        var stage = Stage(mock: mock, http: http, socket: try await listen(mock, as: "Basic%20any-key~1"))
        try await stage.open()
        try await body(&stage)
      } catch {
        await mock.stop()
        await loop.stop()
        throw error
      }
      await mock.stop()
      await loop.stop()
    }

    static func listen(_ mock: MockServer, as authorization: String, at path: String = "/notifications") async throws
      -> WebSocketClient
    {
      try await WebSocketClient(port: mock.port, path: "\(path)?authorization=\(authorization)")
    }

    func post(_ path: String, _ body: JSONValue, method: String = "POST") async throws -> JSONValue {
      let reply = try await http.send(
        ProviderRequest(
          method: method, url: mock.baseURL + path,
          headers: [("Authorization", authorization), ("Content-Type", "application/json")], body: body.serialized,
          repeatability: .once, timeout: .seconds(60)))
      return (try? JSONParser.parse(reply.body)) ?? .null
    }

    mutating func open() async throws {
      let made = try await post("/agents/agt_ann/streams", [:])
      (stream, sessionID) = (try #require(made["id"]?.string), try #require(made["session_id"]?.string))
      let sdp = Answer.sdp(for: try #require(made["offer"]?["sdp"]?.string))
      let session = ("session_id", JSONValue.string(sessionID))
      _ = try await post(
        "/agents/agt_ann/streams/\(stream)/sdp", ["answer": ["type": "answer", "sdp": .string(sdp)], "session_id": session.1])
      _ = try await post("/agents/agt_ann/streams/\(stream)/ice", ["session_id": session.1])
      chat = try #require(try await post("/agents/agt_ann/chat", ["persist": false])["id"]?.string)
    }

    func ask(_ text: String) async throws -> JSONValue {
      try await post(
        "/agents/agt_ann/chat/\(chat)",
        [
          "chatMode": "Functional", "streamId": .string(stream), "sessionId": .string(sessionID),
          "messages": [["role": "user", "content": .string(text)]],
        ])
    }

    func close() async throws {
      _ = try await post("/agents/agt_ann/streams/\(stream)", ["session_id": .string(sessionID)], method: "DELETE")
    }

    func pass(_ duration: Duration) { mock.advance(by: duration) }

    func next(_ socket: WebSocketClient? = nil) async -> JSONValue {
      guard case .text(let text) = await (socket ?? self.socket).next() else { return .null }
      return (try? JSONParser.parse(text)) ?? .null
    }

    /// The next events, as `chat/partial 0 Hello `.
    func events(_ count: Int, _ socket: WebSocketClient? = nil) async -> [String] {
      var events: [String] = []
      for _ in 0..<count {
        let event = await next(socket)
        let parts = [event["event"], event["sequence"], event["content"]].compactMap { $0?.string ?? $0?.integer.map { "\($0)" } }
        events.append(parts.joined(separator: " "))
      }
      return events
    }

    var talks: [SessionStatus.Talk] { get async { await mock.sessions.first?.talks ?? [] } }
  }

  @Test func anAnswerComesInPartsAndIsThenSpoken() async throws {
    try await Stage.run { stage in
      let reply = try await stage.ask("Hello there")
      stage.pass(.milliseconds(99))
      #expect(await stage.talks.isEmpty)
      stage.pass(.milliseconds(1))
      let part = await stage.next()
      #expect(part["event"] == "chat/partial" && part["content"] == "Hello " && part["sequence"] == 0)
      #expect(part["chat_id"] == .string(stage.chat) && part["role"] == "assistant" && part["id"]?.string != nil)
      stage.pass(.milliseconds(100))
      #expect(await stage.events(2) == ["chat/partial 1 there", "chat/answer Hello there"])
      let started = await stage.next()
      #expect(started["event"] == "stream-video/started" && started["videoId"] == reply["videoId"])
      #expect(started["stream_id"] == .string(stage.stream) && started["chat_id"] == .string(stage.chat))
      let talk = try #require(await stage.talks.first)
      #expect(talk.id == reply["videoId"]?.string && talk.phase == "speaking" && talk.duration == SpeechDuration.ofText("Hello there"))
      stage.pass(talk.duration)
      let done = await stage.next()
      #expect(done["event"] == "stream-video/done" && done["videoId"] == reply["videoId"])
    }
  }

  @Test func aRuleHasItsOwnPartsAndPace() async throws {
    try await Stage.run { stage in
      var rule = AnswerRule(.parts(["One. ", "Two."]))
      rule.delay = .seconds(2)
      try await stage.mock.answer(rule)
      _ = try await stage.ask("Count!")
      stage.pass(.seconds(4))
      #expect(await stage.events(3) == ["chat/partial 0 One. ", "chat/partial 1 Two.", "chat/answer One. Two."])
      #expect(await stage.events(1) == ["stream-video/started"])
    }
  }

  @Test func answersComeOneBehindTheOther() async throws {
    try await Stage.run { stage in
      try await stage.mock.answer("First.", contains: "1")
      try await stage.mock.answerNext("Next.")
      for question in ["0", "1"] { _ = try await stage.ask(question) }
      stage.pass(.milliseconds(100))
      #expect(await stage.events(3) == ["chat/partial 0 Next.", "chat/answer Next.", "stream-video/started"])
      stage.pass(.milliseconds(100))
      #expect(await stage.events(2) == ["chat/partial 0 First.", "chat/answer First."])
      stage.pass(.seconds(5))
      #expect(await stage.events(3) == ["stream-video/done", "stream-video/started", "stream-video/done"])
    }
  }

  @Test func onlyTheConnectionThatAskedIsTold() async throws {
    try await Stage.run { stage in
      let stranger = try await Stage.listen(stage.mock, as: "Basic%20any-key~2")
      // Without a path, as the vendor's hosts are: it is told, and may call.
      let both = try await Stage.listen(stage.mock, as: "Basic%20any-key~1", at: "/")
      both.send(#"{"type":"ice","payload":{}}"#)
      #expect(await stage.next(both)["kind"] == "SessionError")
      _ = try await stage.ask("Hello")
      stage.pass(.milliseconds(100))
      for socket in [stage.socket, both] { #expect(await stage.events(2, socket) == ["chat/partial 0 Hello", "chat/answer Hello"]) }
      stranger.send("{}")
      #expect(await stage.next(stranger) == ["message": "Forbidden"], "nothing came before, and it takes no calls")
      #expect(await stage.mock.journal.last?.path == "/notifications")
    }
  }

  @Test(arguments: [
    ("Client-Key ck_1.page_7", "Client-Key%20ck_1.page_7"), ("Client-Key ck_1.a_b_7", "Client-Key%20ck_2.c_7"),
    ("Bearer a.b.c~9", "Bearer%20d~9"), ("Basic same", "Basic%20same"),
  ])
  func theIDBehindTheKeyIsTheConnection(call: String, socket: String) async throws {
    try await Stage.run { stage in
      stage.socket = try await Stage.listen(stage.mock, as: socket)
      stage.authorization = call
      _ = try await stage.ask("Hello")
      stage.pass(.milliseconds(100))
      #expect(await stage.events(2) == ["chat/partial 0 Hello", "chat/answer Hello"])
    }
  }

  @Test(arguments: [AnswerRule.Video.error, .rejected])
  func aVideoMayFail(video: AnswerRule.Video) async throws {
    try await Stage.run { stage in
      var rule = AnswerRule()
      rule.video = video
      try await stage.mock.answer(rule)
      _ = try await stage.ask("Hello")
      stage.pass(.milliseconds(100))
      #expect(await stage.events(2) == ["chat/partial 0 Hello", "chat/answer Hello"])
      let event = await stage.next()
      #expect(event["event"] == .string("stream-video/\(video.rawValue)") && event["error"]?["kind"]?.string != nil)
      #expect(await stage.talks.isEmpty)
    }
  }

  @Test func anAnswerIsCutOffWithItsStream() async throws {
    try await Stage.run { stage in
      _ = try await stage.ask("Hello there you")
      stage.pass(.milliseconds(100))
      #expect(await stage.events(1) == ["chat/partial 0 Hello "])
      try await stage.close()
      stage.pass(.milliseconds(100))
      #expect(await stage.events(1) == ["chat/answer Hello "], "shorter than what was asked for: it was cut off")
      #expect(await stage.talks.isEmpty)
    }
  }

  @Test func whereNothingIsAskedNothingIsSpoken() async throws {
    try await Stage.run { stage in
      for question in ["", " ", "Hello"] { _ = try await stage.ask(question) }
      stage.pass(.milliseconds(300))
      #expect(await stage.events(4) == ["chat/partial 0 ", "chat/answer ", "chat/partial 0  ", "chat/answer  "])
      #expect(await stage.events(3) == ["chat/partial 0 Hello", "chat/answer Hello", "stream-video/started"])
    }
  }

  @Test func aVideoEndsWithItsStream() async throws {
    try await Stage.run { stage in
      _ = try await stage.ask("Hello")
      stage.pass(.milliseconds(100))
      #expect(await stage.events(3) == ["chat/partial 0 Hello", "chat/answer Hello", "stream-video/started"])
      try await stage.close()
      #expect(await stage.events(1) == ["stream-video/done"])
    }
  }

  @Test func whatIsSpokenWithoutAQuestionIsToldToo() async throws {
    try await Stage.run { stage in
      let said = try await stage.post(
        "/agents/agt_ann/streams/\(stage.stream)",
        [
          "script": ["type": "text", "input": "Good morning"], "session_id": .string(stage.sessionID),
          "metadata": ["chat_id": .string(stage.chat), "agent_id": "agt_ann"],
        ])
      let started = await stage.next()
      #expect(started["event"] == "stream-video/started" && started["videoId"] == said["video_id"])
      #expect(started["chat_id"] == .string(stage.chat))
      stage.pass(.seconds(5))
      #expect(await stage.events(1) == ["stream-video/done"])
    }
  }

  @Test func faultsMeetWhatIsToldToo() async throws {
    try await Stage.run { stage in
      try await stage.mock.messageFault(MessageFault(.didChatPartial, .lost))
      try await stage.mock.messageFault(MessageFault(.didChatPartial, .twice))
      try await stage.mock.messageFault(MessageFault(.didChatAnswer, .swapped))
      try await stage.mock.messageFault(MessageFault(.didVideoDone, .late(.seconds(60))))
      _ = try await stage.ask("a b")
      stage.pass(.milliseconds(200))
      #expect(
        await stage.events(4) == ["chat/partial 1 b", "chat/partial 1 b", "stream-video/started", "chat/answer a b"])
      stage.pass(.seconds(5))
      // The socket's limit, and the message.
      await stage.mock.state.clock.waitForSleepers(2)
      stage.pass(.seconds(59))
      stage.pass(.seconds(1))
      #expect(await stage.events(1) == ["stream-video/done"])
    }
  }

  @Test func anAnswerComesAlsoWhereTheCallsReplyIsLost() async throws {
    try await Stage.run { stage in
      var fault = Fault(.call(.didChat), .drop)
      fault.takesEffect = true
      try await stage.mock.fault(fault)
      await #expect(throws: ProviderHTTPFailure.self) { _ = try await stage.ask("Hello") }
      stage.pass(.milliseconds(100))
      #expect(await stage.events(2) == ["chat/partial 0 Hello", "chat/answer Hello"])
    }
  }

  @Test func anAnswerComesBehindAReplyThatIsLate() async throws {
    try await Stage.run { stage in
      var fault = Fault(.call(.didChat), .none)
      fault.delay = .seconds(3)
      try await stage.mock.fault(fault)
      let asked = stage
      async let reply = asked.ask("Hello")
      // The socket's limit, the reply and the answer.
      await stage.mock.state.clock.waitForSleepers(3)
      stage.pass(.milliseconds(2999))
      stage.pass(.milliseconds(1))
      #expect(try await reply["videoId"] != nil)
      stage.pass(.milliseconds(100))
      #expect(await stage.events(2) == ["chat/partial 0 Hello", "chat/answer Hello"])
    }
  }

  @Test func scenariosHearNothingOfEachOther() async throws {
    try await Stage.run { stage in
      let scenario = try stage.mock.scenario("tests.agents")
      try await scenario.clock.stop()
      var other = stage
      other.authorization = "Basic tests.agents~1"
      other.socket = try await Stage.listen(stage.mock, as: "Basic%20tests.agents~1")
      try await other.open()
      try await scenario.answer("There.")
      _ = try await other.ask("Hello")
      _ = try await stage.ask("Hello")
      stage.pass(.milliseconds(100))
      #expect(await stage.events(2) == ["chat/partial 0 Hello", "chat/answer Hello"])
      try await scenario.clock.advance(by: .milliseconds(100))
      #expect(await other.events(2) == ["chat/partial 0 There.", "chat/answer There."])
    }
  }

  @Test func aResetEndsWhatWasUnderWay() async throws {
    try await Stage.run { stage in
      _ = try await stage.ask("Hello there")
      stage.pass(.milliseconds(100))
      #expect(await stage.events(1) == ["chat/partial 0 Hello "])
      await stage.mock.setChatMode(.textOnly)
      await stage.mock.reset()
      try await stage.mock.clock.stop()
      try await stage.open()
      _ = try await stage.ask("Again")
      stage.pass(.milliseconds(200))
      #expect(await stage.events(2) == ["chat/partial 0 Again", "chat/answer Again"])
    }
  }

  @Test func aSocketThatIsToldSomethingIsNotSilent() async throws {
    try await Stage.run { stage in
      let silent = try await Stage.listen(stage.mock, as: "Basic%20any-key~2")
      stage.pass(.seconds(299))
      _ = try await stage.ask("Hello")
      stage.pass(.milliseconds(100))
      #expect(await stage.events(3).last == "stream-video/started")
      stage.pass(.seconds(301))
      #expect(await silent.next() == .close(1001))
      #expect(await stage.events(1) == ["stream-video/done"])
    }
  }
}
