// The order in which one session's calls reach a provider that takes its time.
import MockProvider
import StrictJSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct LaneTests {
  /// How long the first talk takes, on the mock's clock.
  private static let slowness = Duration.seconds(20)

  /// A session that is connected, at a provider whose first talk is answered late.
  private static func withSlowTalk(
    _ provider: String, _ body: (Stage, SessionScript) async throws -> Void
  ) async throws {
    try await Stage.run { stage in
      let isDID = provider == "did"
      // Fluent streams of agents are those that D-ID lets a browser interrupt.
      let (session, _) = try await SessionScript.open(
        try await stage.client(), provider, avatar: isDID ? "agt_1" : nil,
        options: isDID ? ["kind": "agent", "fluent": true] : [:])
      try await session.negotiate(mid: isDID ? "a" : "0")
      var fault = Fault(.call(isDID ? .didSpeak : .heyGenTask), .none)
      fault.delay = slowness
      try await stage.mock.fault(fault)
      try await body(stage, session)
    }
  }

  private static func post(_ words: String, _ session: SessionScript) async -> Int64 {
    await session.client.post("session.speak", ["session": .string(session.session), "text": .string(words)])
  }

  private static func texts(_ stage: Stage) async -> [String?] {
    await stage.mock.journal.filter { $0.call == .didSpeak || $0.call == .heyGenTask }.map {
      ($0.body["script"]?["input"] ?? $0.body["text"])?.string
    }
  }

  @Test(arguments: ["did", "heygen"])
  func noTalkOvertakesAnother(provider: String) async throws {
    try await Self.withSlowTalk(provider) { stage, session in
      let first = await Self.post("First.", session)
      let second = await Self.post("Second.", session)
      _ = try await session.client.call("ping")
      try await stage.until { await !Self.texts(stage).isEmpty }
      #expect(await Self.texts(stage) == ["First."], "the second waits for the answer to the first")
      stage.mock.advance(by: Self.slowness)
      let talk = try await session.client.answer(to: first)["result"]?["talk"]
      let next = try await session.client.answer(to: second)["result"]?["talk"]
      #expect(talk != nil && next != nil && talk != next)
      #expect(await Self.texts(stage) == ["First.", "Second."])
    }
  }

  @Test func interruptionOfATalkOnItsWayIsAnsweredAtOnceAndTheBrowserCutsItLater() async throws {
    try await Self.withSlowTalk("did") { stage, session in
      let speak = await Self.post("A long story.", session)
      try await stage.until { await !Self.texts(stage).isEmpty }
      #expect(try await session.call("session.interrupt") == ["pending": true])
      #expect(await session.client.notifications.allSatisfy { $0["method"] != "session.talk" })
      stage.mock.advance(by: Self.slowness)
      let talk = try #require(try await session.client.answer(to: speak)["result"]?["talk"]?.string)
      let cut = try await session.client.notification("session.interrupted")
      #expect(cut["params"]?["talk"]?.string == talk)
      let text = try #require(cut["params"]?["sendOnDataChannel"]?.string)
      #expect(try JSONParser.parse(text)["videoId"]?.string == talk)
    }
  }

  @Test func interruptionGivesUpWhatWaitsAndTheRelayCutsWhatIsOnItsWay() async throws {
    try await Self.withSlowTalk("heygen") { stage, session in
      let talks = [await Self.post("First.", session), await Self.post("Second.", session)]
      #expect(try await session.call("session.interrupt") == ["pending": true])
      let later = await Self.post("Later.", session)
      let waited = try await session.client.answer(to: talks[1])
      #expect(waited["error"]?["data"]?["kind"] == "talk.interrupted")
      try await stage.until { await !Self.texts(stage).isEmpty }
      stage.mock.advance(by: Self.slowness)
      #expect(try await session.client.answer(to: talks[0])["result"]?["talk"] != nil)
      let cut = try await session.client.notification("session.interrupted")
      #expect(cut["params"]?["sendOnDataChannel"] == nil && cut["params"]?["error"] == nil)
      #expect(try await session.client.answer(to: later)["result"]?["talk"] != nil)
      #expect(await Self.texts(stage) == ["First.", "Later."])
      #expect(await stage.calls.suffix(3) == [.heyGenTask, .heyGenInterrupt, .heyGenTask])
    }
  }

  @Test func sixtyFourCandidatesAndTheirEndMayComeBeforeTheAnswer() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "did", avatar: "https://avatar.example/anna.png")
      var posted: [Int64] = []
      for port in 50_001...50_064 {
        let text = "candidate:1 1 udp 2122260223 127.0.0.1 \(port) typ host generation 0"
        posted.append(
          await client.post(
            "session.candidate",
            [
              "session": .string(session.session),
              "candidate": ["candidate": .string(text), "sdpMid": "a", "sdpMLineIndex": 0],
            ]))
      }
      posted.append(await client.post("session.candidate", ["session": .string(session.session), "candidate": nil]))
      try await session.call(
        "session.answer", ["answer": ["type": "answer", "sdp": .string(SessionScript.answer(mid: "a"))]])
      for id in posted { #expect(try await client.answer(to: id)["result"] != nil) }
      let told = await stage.mock.journal.filter { $0.call == .didIce }
      #expect(told.count == 65 && told.last?.body["candidate"] == nil)
    }
  }

  @Test(arguments: [("did", CallName.didIce), ("heygen", .heyGenIce)])
  func candidateWhoseReplyIsLostIsSentAgain(provider: String, call: CallName) async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(
        client, provider, avatar: provider == "did" ? "https://avatar.example/anna.png" : nil)
      let mid = provider == "did" ? "a" : "0"
      try await session.call(
        "session.answer", ["answer": ["type": "answer", "sdp": .string(SessionScript.answer(mid: mid))]])
      var lost = Fault(.call(call), .drop)
      lost.takesEffect = true
      try await stage.mock.fault(lost)
      let request = await client.post(
        "session.candidate",
        [
          "session": .string(session.session),
          "candidate": ["candidate": .string(SessionScript.candidates[0]), "sdpMid": .string(mid), "sdpMLineIndex": 0],
        ])
      // The pause before the second try is on the relay's clock.
      try await stage.until {
        stage.relayClock.advance(by: .seconds(1))
        return await stage.calls.count { $0 == call } >= 2
      }
      #expect(try await client.answer(to: request)["result"] != nil)
    }
  }
}
