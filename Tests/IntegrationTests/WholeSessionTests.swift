// Whole sessions over real sockets: browser side, relay, adapter, mock.
import MockProvider
import StrictJSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct WholeSessionTests {
  @Test(arguments: [("talk", "https://avatar.example/anna.png"), ("clip", "amy-Aq6OmGZnMt"), ("agent", "agt_anna")])
  func didSession(kind: String, avatar: String) async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, opened) = try await SessionScript.open(
        client, "did", avatar: avatar, options: ["kind": .string(kind)])
      #expect(opened["offer"]?["type"] == "offer")
      #expect(opened["dataChannel"]?["label"] == "JanusDataChannel")
      #expect(opened["limits"]?["idleMs"] == 300_000)
      try await session.negotiate(mid: "a")
      let talk = try await session.call("session.speak", ["text": "Hello over there"])
      #expect(talk["talk"]?.string?.isEmpty == false)
      #expect(try #require(talk["durationMs"]?.integer) > 0)
      try await session.call("session.close")
      try await session.call("session.close")
      let closed = try await client.notification("session.closed")
      #expect(closed["params"]?["reason"] == "client")

      let calls = await stage.calls
      #expect(calls == [.didCreate, .didSDP, .didIce, .didIce, .didIce, .didIce, .didSpeak, .didDelete])
      let ice = await stage.mock.journal.filter { $0.call == .didIce }.map(\.body)
      #expect(ice.prefix(3).map { $0["candidate"]?.string } == SessionScript.candidates)
      // The guide: only these three and the session id go upstream; without a candidate it is the end of candidates.
      #expect(ice.prefix(3).allSatisfy { $0.object?.count == 4 && $0["usernameFragment"] == nil })
      #expect(ice.last?.object?.members.map(\.name) == ["session_id"])
      #expect(await stage.openAtProvider == 0)
    }
  }

  @Test func heygenSession() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, opened) = try await SessionScript.open(client, "heygen", options: ["quality": "high"])
      #expect(opened["dataChannel"]?["openedBy"] == "provider")
      #expect(opened["limits"]?["idleMs"] == 180_000)
      try await session.negotiate(mid: "0")
      let talk = try await session.call("session.speak", ["text": "Hello over there"])
      let id = try #require(talk["talk"]?.string)
      for phase in ["avatar_start_talking", "avatar_stop_talking"] {
        let message: JSONValue = ["type": .string(phase), "task_id": .string(id)]
        try await session.call("session.report", ["dataChannelMessage": .string(message.text)])
      }
      _ = try await client.notification("session.talk") { $0["phase"] == "ended" && $0["estimated"] == false }
      try await session.call("session.interrupt")
      try await session.call("session.extend")
      try await session.call("session.close")
      let calls = await stage.calls
      #expect(
        calls == [
          .heyGenNew, .heyGenStart, .heyGenIce, .heyGenIce, .heyGenIce, .heyGenTask, .heyGenInterrupt,
          .heyGenKeepAlive, .heyGenStop,
        ])
      let new = try #require(await stage.mock.journal.first?.body)
      #expect(new["activity_idle_timeout"] == 180)
      #expect(new["quality"] == "high")
      #expect(await stage.openAtProvider == 0)
    }
  }

  @Test func severalSessionsOnOneConnection() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (did, _) = try await SessionScript.open(client, "did", avatar: "https://avatar.example/a.png")
      let (heygen, _) = try await SessionScript.open(client, "heygen")
      try await heygen.negotiate(mid: "0")
      try await did.negotiate(mid: "a")
      try await did.call("session.close")
      #expect(await stage.openAtProvider == 1)
      try await heygen.call("session.speak", ["text": "Still here"])
      try await heygen.call("session.close")
      #expect(await stage.openAtProvider == 0)
    }
  }

  @Test func speakingBeforeThePeerIsUpGetsTheVendorsOwnError() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      for (provider, words) in [("did", "Stream Error"), ("heygen", "Session is not in correct state")] {
        let avatar = provider == "did" ? "https://avatar.example/a.png" : nil
        let (session, _) = try await SessionScript.open(client, provider, avatar: avatar)
        #expect(try await session.failure("session.speak", ["text": "Too early"]) == "session.wrongState")
        let mid = provider == "did" ? "a" : "0"
        try await session.call(
          "session.answer", ["answer": ["type": "answer", "sdp": .string(SessionScript.answer(mid: mid))]])
        do {
          try await session.call("session.speak", ["text": "No candidate yet"])
          Issue.record("the mock is up without a candidate")
        } catch let failed as SessionScript.Failed {
          #expect(failed.kind == "provider.notReady", "\(failed)")
          #expect(
            failed.answer["error"]?["data"]?["provider"]?["message"]?.string?.contains(words) == true, "\(failed)")
        }
        try await session.call("session.close")
      }
      #expect(await stage.openAtProvider == 0)
    }
  }
}
