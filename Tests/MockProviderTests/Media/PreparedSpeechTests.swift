// Words become sound before a call is decided, in order, and without holding up anybody else.
import Basics
import StrictJSON
import TalkingAvatar
import Testing

@testable import MockProvider

@Suite struct PreparedSpeechTests {
  @Test func theAnswerTellsTheTrueDuration() async throws {
    try await MockFixture.run(voice: ScriptedVoice(isPatient: false)) { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      #expect(await stream.speak("one two three four")["duration"]?.double == 4)
      let session = try await HeyGenSession.new(mock)
      try await session.connect()
      #expect(await session.task("one two").data?["duration_ms"]?.double == 2000)
    }
  }

  @Test func talksOfASessionAreDecidedInTheOrderInWhichTheyCame() async throws {
    let voice = ScriptedVoice()
    try await MockFixture.run(voice: voice) { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      let slow = Task { await stream.speak("slow one here") }
      await voice.waitForUtterances(1)
      let quick = Task { await stream.speak("quick one") }
      await voice.waitForUtterances(2)
      voice.release("quick one")
      // Another session speaks meanwhile, and calls without words are answered.
      let other = try await HeyGenSession.new(mock)
      try await other.connect()
      voice.release("other")
      #expect(await other.task("other").status == 200)
      #expect(await stream.endOfCandidates().status == 200)
      #expect(await mock.state.sessions.first?.talks.isEmpty == true)
      voice.release("slow one here")
      #expect(await slow.value["duration"]?.double == 3)
      #expect(await quick.value["duration"]?.double == 2)
      #expect(await mock.state.sessions.first?.talks.map(\.duration) == [.seconds(3), .seconds(2)])
      // The journal has them as they came.
      let calls = await mock.state.journal.entries.compactMap(\.call)
      #expect(calls.prefix(5) == [.didCreate, .didSDP, .didIce, .didSpeak, .didSpeak])
      #expect(calls.last == .didIce)
    }
  }

  @Test func aSessionThatEndedMeanwhileIsGone() async throws {
    let voice = ScriptedVoice()
    try await MockFixture.run(voice: voice) { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      let reply = Task { await stream.speak("too late") }
      await voice.waitForUtterances(1)
      #expect(await stream.delete().status == 200)
      voice.release("too late")
      #expect(await reply.value.status == 404)
      let session = try await HeyGenSession.new(mock)
      try await session.connect()
      let task = Task { await session.task("late again") }
      await voice.waitForUtterances(2)
      mock.clock.advance(by: .seconds(180))
      voice.release("late again")
      #expect(await task.value["code"] == 10005)
    }
  }

  @Test func whatCannotBeSaidIsRefusedInTheVendorsWords() async throws {
    try await MockFixture.run(voice: ScriptedVoice(isPatient: false)) { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      let refused = await stream.speak("unspeakable")
      #expect(refused.status == 400)
      #expect(refused["kind"] == "ValidationError")
      #expect(await stream.speak("overloaded").status == 429)
      let session = try await HeyGenSession.new(mock)
      try await session.connect()
      #expect(await session.task("unspeakable")["code"] == 400009)
      #expect(await session.task("overloaded")["code"] == 400123)
      #expect(await mock.state.sessions.allSatisfy(\.talks.isEmpty))
    }
  }

  @Test func voiceAndLanguageArePassedOn() async throws {
    let voice = ScriptedVoice(isPatient: false)
    try await MockFixture.run(voice: voice) { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      let script: JSONValue = [
        "type": "text", "input": "konnichiwa",
        "provider": ["type": "microsoft", "voice_id": "ja-JP-NanamiNeural", "language": "Japanese (Japan)"],
      ]
      #expect(await mock.post(stream.path, ["script": script, "session_id": .string(stream.sessionID)]).status == 200)
      let session = try await HeyGenSession.new(mock, ["voice": ["voice_id": "v7"], "language": "de"])
      try await session.connect()
      #expect(await session.task("guten Tag").status == 200)
      #expect(
        voice.asked == [
          Utterance(.text("konnichiwa"), language: "Japanese (Japan)", voice: "ja-JP-NanamiNeural"),
          Utterance(.text("guten Tag"), language: "de", voice: "v7"),
        ])
    }
  }

  @Test func publicSoundsAreStoodInForAndNeverFetched() async throws {
    try await MockFixture.run(voice: ScriptedVoice(isPatient: false)) { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      for (url, status) in [
        ("https://example.com/a.mp3", 200), ("s3://bucket/a.wav", 200), ("file:///etc/passwd", 400),
        ("data:audio/wav;base64,AAAA", 400), ("http://127.0.0.1.example.com/a.wav", 400), ("ftp://a/b.wav", 400),
      ] {
        let script: JSONValue = ["type": "audio", "audio_url": .string(url)]
        let reply = await mock.post(stream.path, ["script": script, "session_id": .string(stream.sessionID)])
        #expect(reply.status == status, "\(url)")
        if status == 200 { #expect(reply["duration"]?.double == 3) }
      }
    }
  }

  @Test func speechThatWaitsIsBounded() async throws {
    try await MockFixture.run(voice: ScriptedVoice(isPatient: false)) { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      let text = Array(repeating: "a", count: 500).joined(separator: " ")
      var statuses: [Int] = []
      for _ in 0..<10 { statuses.append(await stream.speak(text).status) }
      #expect(statuses == Array(repeating: 200, count: 8) + [429, 429])
      #expect(MockState.heldSpeech == .seconds(3600))
      // What was said makes room.
      mock.clock.advance(by: .seconds(290))
      #expect(await stream.endOfCandidates().status == 200)
      mock.clock.advance(by: .seconds(290))
      #expect(await stream.speak("hello there").status == 200)
    }
  }

  @Test func aLostBrowserEndsItsSessionAndFreesItsSlot() async throws {
    var configuration = MockConfiguration()
    configuration.maximumSessions = 1
    try await MockFixture.run(configuration) { mock in
      let stream = try await DIDStream.create(mock)
      await mock.state.handle(MediaReport(session: stream.id, event: .lost), in: try await mock.main)
      #expect(await mock.state.sessions.first?.state == .ended(.lost))
      #expect(await stream.speak()["kind"] == "SessionError")
      _ = try await DIDStream.create(mock)
      let session = try await HeyGenSession.new(mock)
      await mock.state.handle(MediaReport(session: session.id, event: .lost), in: try await mock.main)
      #expect(await session.stop()["code"] == 10005)
      await mock.state.handle(MediaReport(session: "nobody", event: .lost), in: try await mock.main)
    }
  }

  @Test func aBrowserInterruptsOnlyWhatIsBeingSaid() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock, prefix: "agents/a", ["fluent": true])
      try await stream.connect()
      let first = await stream.speak("Hello world, this takes a while.")["video_id"]?.string ?? ""
      let second = await stream.speak("So does this one.")["video_id"]?.string ?? ""
      mock.clock.advance(by: .milliseconds(100))
      await mock.state.handle(MediaReport(session: stream.id, event: .interrupted(talk: second)), in: try await mock.main)
      #expect(await mock.state.sessions.first?.talks.map(\.phase) == ["speaking", "queued"])
      await mock.state.handle(MediaReport(session: stream.id, event: .interrupted(talk: first)), in: try await mock.main)
      #expect(await mock.state.sessions.first?.talks.map(\.phase) == ["interrupted", "interrupted"])
    }
  }
}
