// A vendor of another shape than those that the relay was written for: the client offers, candidates go both ways, and one
// WebSocket carries calls and events.
import StrictJSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ThirdProviderTests {
  @Test func aWholeSession() async throws {
    try await FigmentStage.run { stage in
      let client = try await stage.client()
      let (session, opened) = try await SessionScript.open(client, "figment", options: ["mood": "calm"])
      #expect(opened["offer"] == nil && opened["dataChannel"] == nil && opened["room"] == nil)
      #expect(opened["iceServers"]?.array?.first?["urls"] == ["stun:stun.figment.example:3478"])
      #expect(opened["capabilities"]?["trickle"] == true && opened["capabilities"]?["interrupt"] == "relay")
      #expect(opened["limits"]?["text"] == ["unit": "utf16", "min": 1, "max": 2000])

      let answer: JSONValue = ["type": "answer", "sdp": .string(SessionScript.answer(mid: "0"))]
      #expect(try await session.failure("session.answer", ["answer": answer]) == "session.wrongState")
      let early = await client.post("session.candidate", FigmentStage.candidate(1, of: session))
      let described = try await session.call("session.offer", ["offer": FigmentStage.offer])
      #expect(described["answer"]?["type"] == "answer" && described["answer"]?["sdp"]?.string?.hasPrefix("v=0") == true)
      #expect(try await client.answer(to: early)["result"] != nil)
      try await session.call("session.candidate", ["candidate": nil])
      _ = try await client.notification("session.candidate") { $0["candidate"]?.isNull == true }
      let told = await client.notifications.filter { $0["method"] == "session.candidate" }.compactMap {
        $0["params"]?["candidate"]
      }
      #expect(told.map { $0["candidate"]?.string } == [SessionScript.candidates[0], SessionScript.candidates[2], nil])
      #expect(told.first?["sdpMid"] == "0")

      try await session.call("session.report", ["iceConnectionState": "connected"])
      _ = try await client.notification("session.state") { $0["state"] == "live" }
      let talk = try await session.call("session.speak", ["text": "Hello over there"])
      #expect(talk["talk"] == "utt1")
      let started = try await client.notification("session.talk") { $0["phase"] == "started" }
      #expect(started["params"]?["estimated"] == false && started["params"]?["talk"] == "utt1")
      try await session.call("session.interrupt", ["talk": "utt1"])
      await stage.figment.push(["event": "silent", "utterance": "utt1"], to: "fig1")
      let ended = try await client.notification("session.talk") { $0["phase"] == "ended" }
      #expect(ended["params"]?["estimated"] == false)
      try await session.call("session.extend")
      try await session.call("session.close")

      #expect(
        await stage.figment.journal == [
          "POST", "offer", "candidate \(SessionScript.candidates[1])", "candidate end", "say Hello over there",
          "stop utt1", "keep", "DELETE",
        ])
      #expect(await stage.figment.openSessions == 0)
      try await stage.until { await stage.figment.openSockets == 0 }
    }
  }

  @Test func aTextIsSpokenAsItIsWritten() async throws {
    try await FigmentStage.run { stage in
      let (client, session) = try await stage.live()
      let begun = try await session.call("session.speak", ["open": true, "text": "Once"])
      #expect(begun["talk"] == "utt1")
      try await session.call("session.speakPart", ["talk": "utt1", "index": 1, "text": " upon a"])
      #expect(
        try await session.failure("session.speakPart", ["talk": "utt1", "index": 3, "text": "?"]) == "request.outOfOrder")
      try await session.call("session.speakPart", ["talk": "utt1", "index": 2, "text": " time."])
      try await session.call("session.speakEnd", ["talk": "utt1", "index": 3])
      _ = try await client.notification("session.talk") { $0["phase"] == "started" }
      await stage.figment.push(["event": "silent", "utterance": "utt1"], to: "fig1")
      _ = try await client.notification("session.talk") { $0["phase"] == "ended" }
      #expect(
        await stage.figment.journal.suffix(4) == ["begin Once", "more utt1 1  upon a", "more utt1 2  time.", "done utt1"])
    }
  }

  @Test func aTextThatIsBeingWrittenIsInterrupted() async throws {
    try await FigmentStage.run { stage in
      let (_, session) = try await stage.live()
      try await session.call("session.speak", ["open": true, "text": "Once"])
      try await session.call("session.interrupt")
      let part: JSONObject = ["talk": "utt1", "index": 1, "text": " upon"]
      #expect(try await session.call("session.speakPart", part)["interrupted"] == true)
      #expect(await stage.figment.journal.contains("stop utt1"))
      #expect(await !stage.figment.journal.contains { $0.hasPrefix("more") })
    }
  }

  @Test func aPartOfUnknownFateEndsTheTalk() async throws {
    try await FigmentStage.run { stage in
      let (client, session) = try await stage.live()
      try await session.call("session.speak", ["open": true, "text": "Once"])
      await stage.figment.fault("more", .drop)
      let part: JSONObject = ["talk": "utt1", "index": 1, "text": " upon"]
      #expect(try await session.failure("session.speakPart", part) == "talk.unknown")
      #expect(try await client.notification("session.closed")["params"]?["reason"] == "provider")
    }
  }

  @Test func whatItRefusesIsSaidInTheRelaysWords() async throws {
    try await FigmentStage.run { stage in
      let (_, session) = try await stage.live()
      for (code, kind) in [
        ("not_ready", "provider.notReady"), ("refused", "provider.rejected"), ("no_session", "provider.sessionGone"),
      ] {
        await stage.figment.fault("say", .refuse(code))
        #expect(try await session.failure("session.speak", ["text": "Hello"]) == kind)
      }
      let client = try await stage.client()
      let params: JSONValue = ["provider": "figment", "options": ["speed": 1]]
      #expect(try await client.call("session.open", params)["error"]?["data"]?["kind"] == "provider.rejected")
    }
  }

  @Test func aSocketThatIsLostEndsTheSessionAndItsTalkIsOfUnknownFate() async throws {
    try await FigmentStage.run { stage in
      let (client, session) = try await stage.live()
      await stage.figment.fault("say", .drop)
      #expect(try await session.failure("session.speak", ["text": "Once."]) == "talk.unknown")
      let closed = try await client.notification("session.closed")
      #expect(closed["params"]?["reason"] == "provider" && closed["params"]?["action"] == "reconnect")
      let journal = await stage.figment.journal
      #expect(journal.count { $0 == "say Once." } == 1 && journal.last == "DELETE")
      #expect(await stage.figment.openSessions == 0)
    }
  }

  @Test func whatItSaysOfItsOwnAccordIsTold() async throws {
    try await FigmentStage.run { stage in
      let (client, session) = try await stage.live()
      try await session.call("session.speak", ["text": "Hello over there"])
      await stage.figment.push(["event": "mute", "utterance": "utt1", "words": "no voice today"], to: "fig1")
      let failed = try await client.notification("session.talk") { $0["phase"] == "failed" }
      #expect(failed["params"]?["error"]?["message"]?.string?.contains("no voice today") == true)
      await stage.figment.push(["event": "bye", "words": "two minutes without a word"], to: "fig1")
      await stage.figment.finish("fig1")
      #expect(try await client.notification("session.closed")["params"]?["reason"] == "provider")
    }
  }

  @Test func aTalkIsInterruptedWhileItIsOnItsWay() async throws {
    try await FigmentStage.run { stage in
      let (client, session) = try await stage.live()
      await stage.figment.fault("say", .hold)
      let speaking = await client.post("session.speak", ["session": .string(session.session), "text": "Wait."])
      try await stage.until { await stage.figment.journal.last == "say Wait." }
      #expect(try await session.call("session.interrupt")["pending"] == true)
      await stage.figment.release("say")
      #expect(try await client.answer(to: speaking)["result"]?["talk"] == "utt1")
      _ = try await client.notification("session.interrupted")
      #expect(await stage.figment.journal.suffix(1) == ["stop utt1"])
    }
  }

  @Test func aDescriptionThatFailsEndsTheSession() async throws {
    try await FigmentStage.run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "figment")
      await stage.figment.fault("offer", .refuse("refused"))
      #expect(try await session.failure("session.offer", ["offer": FigmentStage.offer]) == "provider.rejected")
      #expect(try await client.notification("session.closed")["params"]?["reason"] == "openFailed")
      #expect(await stage.figment.openSessions == 0)
    }
  }

  @Test func aSessionWhoseSocketDoesNotOpenIsNotLeftOpen() async throws {
    try await FigmentStage.run { stage in
      let client = try await stage.client()
      await stage.figment.fault("handshake", .drop)
      let answer = try await client.call("session.open", ["provider": "figment"])
      #expect(answer["error"]?["data"]?["kind"] == "provider.unreachable")
      #expect(await stage.figment.journal == ["POST", "DELETE"])
      #expect(await stage.figment.openSessions == 0)
      await stage.figment.allow(0)
      let second = try await client.call("session.open", ["provider": "figment"])
      #expect(second["error"]?["data"]?["kind"] == "provider.sessionLimit")
    }
  }
}

extension FigmentStage {
  static func candidate(_ number: Int, of session: SessionScript) -> JSONValue {
    [
      "session": .string(session.session),
      "candidate": ["candidate": .string(SessionScript.candidates[number]), "sdpMid": "0", "sdpMLineIndex": 0],
    ]
  }
}
