// D-ID called by messages on its WebSocket: whole sessions, sockets that break, and calls of which nobody knows what became.
import AvatarProvider
import DIDProvider
import MockProvider
import RelayServer
import SessionValues
import StrictJSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct DIDWebSocketTests {
  private static let anna = "https://avatar.example/anna.png"

  private func run(
    mock: MockConfiguration = MockConfiguration(), flags: [ConfigurationKey: SettingValue] = [:],
    _ body: (Stage) async throws -> Void
  ) async throws {
    try await Stage.run(mock: mock, flags: flags.merging([.didTransport: .string("websocket")]) { $1 }, body)
  }

  @Test(arguments: [("talk", anna), ("clip", "amy-Aq6OmGZnMt")])
  func aWholeSession(kind: String, avatar: String) async throws {
    try await run { stage in
      let client = try await stage.client()
      let (session, opened) = try await SessionScript.open(
        client, "did", avatar: avatar, options: ["kind": .string(kind)])
      #expect(opened["offer"]?["type"] == "offer")
      #expect(opened["capabilities"]?["audio"] == false && opened["capabilities"]?["ssml"] == true)
      try await session.negotiate(mid: "a")
      let talk = try await session.call("session.speak", ["text": "Hello over there"])
      #expect(talk["talk"]?.string?.hasPrefix("tlk_") == true)
      let recording: JSONObject = ["audioUrl": "https://a.example/a.wav"]
      #expect(try await session.failure("session.speak", recording) == "notSupported")
      try await session.call("session.close")
      let journal = await stage.mock.journal
      #expect(
        journal.compactMap(\.call) == [
          .didCreate, .didSDP, .didIce, .didIce, .didIce, .didIce, .didStreamText, .didStreamText, .didDelete,
        ])
      #expect(journal.allSatisfy { $0.method == "WS" && ($0.status ?? 0) < 300 })
      let payloads = journal.compactMap { $0.body["payload"] }
      #expect(payloads.allSatisfy { $0["presenter_type"]?.string == kind })
      #expect(payloads[6]["script"]?["input"] == "Hello over there" && payloads[6]["index"] == 0)
      #expect(payloads[7]["script"]?["input"] == " " && payloads[7]["index"] == 1)
      #expect(journal.compactMap(\.text) == ["Hello over there", " "])
      #expect(await stage.mock.sessions.first?.talks.count == 1)
      #expect(await stage.openAtProvider == 0)
    }
  }

  @Test func bothTransportsAreOfferedSideBySide() async throws {
    try await Stage.run(flags: [.didTransport: .string("both")]) { stage in
      #expect(stage.relay.providers == ["did", "did-websocket", "heygen"])
      let client = try await stage.client()
      for (provider, method) in [("did", "POST"), ("did-websocket", "WS")] {
        let (session, opened) = try await SessionScript.open(client, provider, avatar: Self.anna)
        #expect(opened["provider"]?.string == provider)
        try await session.negotiate(mid: "a")
        try await session.call("session.speak", ["text": "Hello over there"])
        try await session.call("session.close")
        #expect(await stage.mock.journal.last { $0.call == .didCreate }?.method == method)
      }
    }
  }

  @Test func aSocketThatBreaksIsReplaced() async throws {
    try await run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "did", avatar: Self.anna)
      // What may be sent again is, on a socket of its own, and nobody notices.
      try await stage.mock.fault(Fault(.call(.didSDP), .drop))
      try await stage.mock.fault(Fault(.call(.didIce), .close(1001)))
      try await session.negotiate(mid: "a")
      try await session.call("session.speak", ["text": "Hello over there"])
      try await stage.mock.fault(Fault(.call(.didDelete), .error("gatewayFailure")))
      try await session.call("session.close")
      #expect(await stage.openAtProvider == 0)
      #expect(await stage.calls.count { $0 == .didSDP } == 2)
      #expect(await stage.calls.count { $0 == .didDelete } == 2)
    }
  }

  @Test(arguments: [Fault.Effect.drop, .close(1011), .answer(status: 500, body: ["message": "Internal server error"])])
  func aTalkOfUnknownFateIsNotSentAgain(effect: Fault.Effect) async throws {
    try await run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "did", avatar: Self.anna)
      try await session.negotiate(mid: "a")
      var fault = Fault(.call(.didStreamText), effect)
      fault.takesEffect = true
      try await stage.mock.fault(fault)
      #expect(try await session.failure("session.speak", ["text": "Once."]) == "talk.unknown")
      #expect(await stage.calls.count { $0 == .didStreamText } == 1)
      // The text was taken, its end was not.
      fault.skip = 1
      try await stage.mock.fault(fault)
      try await session.call("session.close")
      let (second, _) = try await SessionScript.open(client, "did", avatar: Self.anna)
      try await second.negotiate(mid: "a")
      #expect(try await second.failure("session.speak", ["text": "Once."]) == "talk.unknown")
      #expect(await stage.calls.count { $0 == .didStreamText } == 3)
      try await second.call("session.close")
      #expect(await stage.openAtProvider == 0)
    }
  }

  @Test func aCreationWithoutAnAnswerIsOfUnknownFate() async throws {
    try await run { stage in
      var fault = Fault(.call(.didCreate), .drop)
      fault.takesEffect = true
      try await stage.mock.fault(fault)
      #expect(try await kind(of: stage) == "provider.fateUnknown")
      #expect(await stage.openAtProvider == 1)
    }
  }

  @Test func theProvidersErrorsAreThoseOfHTTP() async throws {
    var configuration = MockConfiguration()
    configuration.maximumSessions = 1
    try await run(mock: configuration, flags: [.limitWaitingOpens: .int(0)]) { stage in
      _ = try await SessionScript.open(try await stage.client(), "did", avatar: Self.anna)
      #expect(try await kind(of: stage) == "provider.sessionLimit")
    }
    configuration.key = DemandedKey("another")
    try await run(mock: configuration) { stage in
      let kind = try await kind(of: stage)
      #expect(kind == "provider.unauthorized")
    }
    try await run(flags: [.didWebSocketURL: .string("ws://127.0.0.1:1")]) { stage in
      let kind = try await kind(of: stage)
      #expect(kind == "provider.unreachable")
    }
    try await run { stage in
      let kind = try await kind(of: stage, avatar: "agt_anna", options: ["kind": "agent"])
      #expect(kind == "notSupported")
      #expect(await stage.calls.isEmpty, "nothing was sent")
    }
  }

  private func kind(of stage: Stage, avatar: String = anna, options: JSONObject = [:]) async throws -> String? {
    do {
      _ = try await SessionScript.open(try await stage.client(), "did", avatar: avatar, options: options)
      return nil
    } catch let failed as SessionScript.Failed { return failed.kind }
  }

  /// Calls on one socket, without a relay.
  private func withProvider(
    _ adjust: (inout DIDProvider.Configuration) -> Void = { _ in },
    _ body: (DIDProvider, ProviderSession, MockServer) async throws -> Void
  ) async throws {
    try await withDIDSockets(adjust) { provider, _, mock, _ in
      let session = try await provider.open(try provider.plan(OpenRequest(avatar: nil, options: [:])))
      try await body(provider, session, mock)
    }
  }

  @Test func aLostMessageIsSentAgainOnAnotherSocketWhereThatDoesNoHarm() async throws {
    try await withProvider({ $0.timeouts.candidate = .seconds(2) }) { provider, session, mock in
      try await mock.fault(Fault(.call(.didIce), .lose))
      try await provider.add(nil, in: session.handle)
      #expect(await mock.journal.map(\.status) == [201, 0, 200])
      try await provider.close(session.handle)
      try await provider.close(session.handle)
      #expect(await mock.sessions.map(\.isOpen) == [false])
    }
  }

  @Test func aLateAnswerIsNotTakenForAnothersAnswer() async throws {
    try await withProvider({ $0.timeouts.speak = .milliseconds(200) }) { provider, session, mock in
      let answer = SessionDescription(kind: .answer, sdp: SessionScript.answer(mid: "a"))
      _ = try await provider.describe(answer, in: session.handle)
      try await provider.add(nil, in: session.handle)
      var fault = Fault(.call(.didStreamText), .none)
      fault.delay = .milliseconds(400)
      try await mock.fault(fault)
      await #expect { try await provider.speak(Script(.text("First.")), in: session.handle) } throws: {
        ($0 as? ProviderFailure)?.code == .fateUnknown
      }
      try await provider.close(session.handle)
      #expect(await mock.sessions.map(\.isOpen) == [false])
    }
  }

  @Test func callsOfOneKindWaitForEachOther() async throws {
    try await withProvider { provider, session, mock in
      let candidate = IceCandidate(candidate: SessionScript.candidates[0], sdpMid: "a", sdpMLineIndex: 0)
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<20 {
          group.addTask { (try? await provider.add(candidate, in: session.handle)) != nil }
        }
        for await isAccepted in group { #expect(isAccepted) }
      }
      #expect(await mock.sessions.first?.candidates == 20)
      try await provider.close(session.handle)
    }
  }

  /// A stream that is over, or another relay's, is told so by nobody: a late call opens a socket that nothing would end.
  @Test func aSocketOnWhichNothingIsAskedIsClosed() async throws {
    try await withDIDSockets { provider, sockets, _, clock in
      let session = try await provider.open(try provider.plan(OpenRequest(avatar: nil, options: [:])))
      try await provider.close(session.handle)
      await sockets.until(open: 0)
      await #expect(throws: ProviderFailure.self) { try await provider.add(nil, in: session.handle) }
      await sockets.until(open: 1)
      await clock.waitForSleepers(1)
      clock.advance(by: DIDSocketClient.idleLimit)
      await sockets.until(open: 0)
    }
  }
}
