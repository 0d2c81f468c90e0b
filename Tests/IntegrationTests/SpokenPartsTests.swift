// Texts that are spoken as they are written: in parts over D-ID's WebSocket, in sentences over HTTP.
import MockProvider
import RelayServer
import StrictJSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct SpokenPartsTests {
  private static let anna = "https://avatar.example/anna.png"
  private static let webSocket: [ConfigurationKey: SettingValue] = [.didTransport: .string("websocket")]

  /// A session that is live.
  private func live(_ stage: Stage, _ provider: String = "did") async throws -> (SessionScript, parts: String?) {
    let (session, opened) = try await SessionScript.open(
      try await stage.client(), provider, avatar: provider == "did" ? Self.anna : nil)
    try await session.negotiate(mid: provider == "did" ? "a" : "0")
    return (session, opened["capabilities"]?["parts"]?.string)
  }

  private func begin(_ session: SessionScript, _ text: String? = nil) async throws -> JSONValue {
    var params: JSONObject = ["open": true]
    params["text"] = text.map { .string($0) }
    return try #require(try await session.call("session.speak", params)["talk"])
  }

  private func part(_ talk: JSONValue, _ index: Int64, _ text: String) -> JSONObject {
    ["talk": talk, "index": .integer(index), "text": .string(text)]
  }

  @Test func overTheWebSocketEachPartGoesAsItComes() async throws {
    try await Stage.run(flags: Self.webSocket) { stage in
      let (session, parts) = try await live(stage)
      #expect(parts == "native")
      let talk = try await begin(session, "Hello")
      #expect(talk.string?.hasPrefix("tlk_") == true)
      for (index, text) in [" there,", " ", "how are", " you?"].enumerated() {
        #expect(try await session.call("session.speakPart", part(talk, Int64(index) + 1, text))["interrupted"] == nil)
      }
      try await session.call("session.speakEnd", ["talk": talk, "index": 5])
      let said = await stage.mock.journal.filter { $0.call == .didStreamText }.compactMap { $0.body["payload"] }
      #expect(said.map { $0["script"]?["input"]?.string } == ["Hello", " there,", " how are", " you?", " "])
      #expect(said.map { $0["index"]?.integer } == [0, 1, 2, 3, 4])
      #expect(await stage.mock.sessions.first?.talks.map(\.id) == [talk.string].compactMap(\.self))
      // A whole text is said afterwards as ever.
      let next = try await session.call("session.speak", ["text": "Something else"])
      #expect(next["talk"] != talk)
      try await session.call("session.close")
      #expect(await stage.openAtProvider == 0)
    }
  }

  @Test(arguments: ["did", "heygen"]) func overHTTPSentencesGo(provider: String) async throws {
    try await Stage.run { stage in
      let (session, parts) = try await live(stage, provider)
      #expect(parts == "joined")
      let talk = try await begin(session)
      let texts = ["How ", "are ", "you", "? I", " am fine. ", "And", " you"]
      for (index, text) in texts.enumerated() {
        try await session.call("session.speakPart", part(talk, Int64(index) + 1, text))
      }
      try await session.call("session.speakEnd", ["talk": talk, "index": 8])
      let calls = await stage.mock.journal.filter { $0.call == .didSpeak || $0.call == .heyGenTask }
      let said = calls.map { $0.body["script"]?["input"]?.string ?? $0.body["text"]?.string }
      #expect(said == ["How are you?", "I am fine.", "And you"])
      try await session.call("session.close")
    }
  }

  @Test func aPartOfUnknownFateIsNotSentAgainAndTheTalkIsEnded() async throws {
    for arrives in [true, false] {
      try await Stage.run(flags: Self.webSocket) { stage in
        let (session, _) = try await live(stage)
        let talk = try await begin(session, "Hello")
        var fault = Fault(.call(.didStreamText), .drop)
        fault.takesEffect = arrives
        try await stage.mock.fault(fault)
        #expect(try await session.failure("session.speakPart", part(talk, 1, " there")) == "talk.unknown")
        #expect(try await session.failure("session.speakPart", part(talk, 2, " again")) == "talk.unknown")
        #expect(try await session.failure("session.speakEnd", ["talk": talk, "index": 3]) == "talk.unknown")
        // The next one is a talk of its own: the provider was told that this one is over.
        let next = try await session.call("session.speak", ["text": "Something else"])
        #expect(next["talk"]?.string?.hasPrefix("tlk_") == true && next["talk"] != talk)
        let said = await stage.mock.journal.filter { $0.call == .didStreamText }.compactMap { $0.body["payload"] }
        #expect(
          said.map { $0["script"]?["input"]?.string }
            == ["Hello", " there", " ", "Something else", " "], "\(arrives)")
        #expect(said[2]["index"] == nil)
        #expect(await stage.mock.sessions.first?.talks.map(\.id) == [talk.string, next["talk"]?.string].compactMap(\.self))
        try await session.call("session.close")
      }
    }
  }

  @Test func aClientThatFallsSilentHoldsNobodyUp() async throws {
    try await Stage.run(flags: Self.webSocket.merging([.timePartSeconds: .int(5)]) { $1 }) { stage in
      let (session, _) = try await live(stage)
      let talk = try await begin(session, "Hello")
      let waiting = await session.client.post(
        "session.speak", ["session": .string(session.session), "text": "Something else"])
      stage.relayClock.advance(by: .seconds(5))
      let answer = try await session.client.answer(to: waiting)
      #expect(answer["result"]?["talk"] != nil)
      #expect(try await session.call("session.speakPart", part(talk, 1, " there"))["interrupted"] == true)
    }
  }
}
