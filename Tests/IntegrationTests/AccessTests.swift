// Access tokens over real sockets: who is let in, what a token allows, and what happens when it ends.
import MockProvider
import RelayServer
import StrictJSON
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(2))) struct AccessTests {
  private static let anna = "https://avatar.example/anna.png"

  private func kind(_ answer: JSONValue) -> String? { answer["error"]?["data"]?["kind"]?.string }

  private func open(
    _ client: SignalingTestClient, _ provider: String = "did", avatar: String? = Self.anna, options: JSONObject = [:]
  ) async throws -> JSONValue {
    var params: JSONObject = ["provider": .string(provider), "options": .object(options)]
    if let avatar { params["avatar"] = .string(avatar) }
    return try await client.call("session.open", .object(params))
  }

  @Test func withoutTokenNothingButPingIsAnswered() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let client = try await stage.client()
      #expect(try await client.call("ping")["result"] == [:])
      #expect(kind(try await open(client)) == "access.required")
      #expect(kind(try await client.call("session.close", ["session": "x"])) == "access.required")
      #expect(try await client.call("authorize", ["token": .string(stage.token())])["result"] == [:])
      #expect(try await open(client)["result"] != nil)
      #expect(await stage.openAtProvider == 1)
    }
  }

  @Test func tokenTravelsAsSubprotocolThatIsNotSelected() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let token = try await stage.token()
      let socket = try await WebSocketClient(
        port: stage.port, subprotocol: "avatar-relay.token.\(token), avatar-relay.v1")
      let head = await socket.responseHead
      #expect(head.contains("avatar-relay.v1"))
      #expect(!head.contains("avatar-relay.token"))
      let client = try await stage.client(token: token)
      #expect(try await open(client)["result"] != nil)
    }
  }

  @Test func wrongTokenInTheHandshakeClosesAtOnce() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let expired = try await stage.token { $0.expiry = Stage.epoch - 1 }
      for token in ["nonsense", expired] {
        #expect(try await stage.client(token: token).waitForClose() == 4501)
      }
      #expect(await stage.calls.isEmpty)
    }
  }

  @Test func wrongTokensAreNamedAndCounted() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let client = try await stage.client()
      let expired = try await stage.token { $0.expiry = Stage.epoch - 1 }
      for (token, reason) in [("a.b", "malformed"), (expired, "expired"), (expired + "A", "signatureInvalid")] {
        let answer = try await client.call("authorize", ["token": .string(token)])
        #expect(kind(answer) == "access.denied")
        #expect(answer["error"]?["message"]?.string == reason)
      }
      #expect(try await client.waitForClose() == 4501)
    }
  }

  @Test func whoeverShowsNoTokenInTimeIsSentAway() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let silent = try await stage.client()
      _ = try await silent.call("ping")
      let good = try await stage.client(token: try await stage.token())
      _ = try await good.call("ping")
      stage.relayClock.advance(by: .seconds(11))
      #expect(try await silent.waitForClose() == 4501)
      #expect(try await good.call("ping")["result"] == [:])
    }
  }

  @Test func onlyListedProvidersAndAvatarsAreOpened() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let token = try await stage.token {
        $0.providers = ["did"]
        $0.avatars = ["https://avatar.example/*", "exact"]
      }
      let client = try await stage.client(token: token)
      #expect(kind(try await open(client, "heygen", avatar: nil)) == "access.forbidden")
      #expect(kind(try await open(client, "nobody", avatar: nil)) == "access.forbidden")
      #expect(kind(try await open(client, avatar: "https://avatar.example.evil/a.png")) == "access.forbidden")
      #expect(kind(try await open(client, avatar: "exactly")) == "access.forbidden")
      // The vendor's own option names an avatar too.
      let smuggled: JSONObject = ["source_url": "https://other.example/b.png"]
      #expect(kind(try await open(client, avatar: nil, options: smuggled)) == "access.forbidden")
      #expect(await stage.calls.isEmpty)
      #expect(try await open(client)["result"] != nil)
    }
  }

  @Test func avatarsOfHeyGenAreJudgedUnderBothNames() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let client = try await stage.client(token: try await stage.token { $0.avatars = ["Wayne_20240711"] })
      for name in ["avatar_name", "avatar_id"] {
        #expect(kind(try await open(client, "heygen", avatar: nil, options: [name: "Other"])) == "access.forbidden")
      }
      #expect(kind(try await open(client, "heygen", avatar: nil)) == "access.forbidden")
      #expect(try await open(client, "heygen", avatar: "Wayne_20240711")["result"] != nil)
    }
  }

  @Test func sessionsAreCountedBySubjectOverConnections() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let token = try await stage.token { $0.sessions = 2 }
      let clients = [try await stage.client(token: token), try await stage.client(token: token)]
      let first = try await open(clients[0])
      #expect(try await open(clients[1])["result"] != nil)
      let refused = try await open(clients[1])
      #expect(kind(refused) == "session.limit")
      #expect(refused["error"]?["message"]?.string?.contains("2 sessions") == true)
      let other = try await stage.client(token: try await stage.token { ($0.subject, $0.sessions) = ("bob", 2) })
      #expect(try await open(other)["result"] != nil)
      _ = try await clients[0].call("session.close", ["session": first["result"]?["session"] ?? .null])
      #expect(try await open(clients[1])["result"] != nil)
    }
  }

  @Test func usedUpBudgetEndsSessionsAndOpensNoOther() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let client = try await stage.client(token: try await stage.token { $0.budgetSeconds = 100 })
      _ = try await SessionScript.open(client, "did", avatar: Self.anna)
      _ = try await SessionScript.open(client, "heygen")
      stage.relayClock.advance(by: .seconds(49))
      _ = try await client.call("ping")
      #expect(await stage.openAtProvider == 2)
      stage.relayClock.advance(by: .seconds(2))
      let closed = try await client.notification("session.closed")
      #expect(closed["params"]?["reason"] == "budget")
      #expect(closed["params"]?["action"] == "stop")
      try await stage.providerIsEmpty()
      #expect(kind(try await open(client)) == "access.budget")
    }
  }

  @Test func expiryRefusesNewCallsAndEndsSessionsAfterTheGrace() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let client = try await stage.client(token: try await stage.token { $0.expiry = Stage.epoch + 60 })
      let (session, _) = try await SessionScript.open(client, "did", avatar: Self.anna)
      try await session.negotiate(mid: "a")
      stage.relayClock.advance(by: .seconds(61))
      #expect(try await session.failure("session.speak", ["text": "Hello"]) == "access.expired")
      #expect(kind(try await open(client)) == "access.expired")
      try await session.call("session.report", ["iceConnectionState": "connected"])
      #expect(await stage.openAtProvider == 1)
      stage.relayClock.advance(by: .seconds(10))
      let closed = try await client.notification("session.closed")
      #expect(closed["params"]?["reason"] == "access")
      try await stage.providerIsEmpty()
      #expect(await !stage.calls.contains(.didSpeak))
      stage.relayClock.advance(by: .seconds(11))
      #expect(try await client.waitForClose() == 4501)
    }
  }

  @Test func newerTokenOfTheSameSubjectKeepsTheSession() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let client = try await stage.client(token: try await stage.token { $0.expiry = Stage.epoch + 60 })
      let (session, _) = try await SessionScript.open(client, "did", avatar: Self.anna)
      try await session.negotiate(mid: "a")
      stage.relayClock.advance(by: .seconds(65))
      let foreign = try await stage.token { $0.subject = "bob" }
      let refused = try await client.call("authorize", ["token": .string(foreign)])
      #expect(refused["error"]?["message"] == "subjectChanged")
      _ = try await client.call("authorize", ["token": .string(stage.token())])
      stage.relayClock.advance(by: .seconds(30))
      try await session.call("session.speak", ["text": "Hello"])
      #expect(await stage.openAtProvider == 1)
    }
  }

  @Test func originsOfTheTokenAreCheckedBesidesTheAllowList() async throws {
    let flags: [ConfigurationKey: SettingValue] = [
      .webAllowedOrigins: .strings(["https://shop.example", "https://blog.example"])
    ]
    try await Stage.run(flags: flags, asksForTokens: true) { stage in
      let token = try await stage.token { $0.origins = ["https://Shop.example:443"] }
      let shop = try await stage.client(origin: "https://shop.example", token: token)
      #expect(try await open(shop)["result"] != nil)
      #expect(try await stage.client(origin: "https://blog.example", token: token).waitForClose() == 4501)
      #expect(try await stage.client(token: token).waitForClose() == 4501)
      await #expect(throws: WebSocketClient.Refused.self) {
        _ = try await stage.client(origin: "https://evil.example", token: token)
      }
    }
  }

  @Test func withoutKeysNobodyIsAskedForAToken() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      #expect(try await client.call("authorize", ["token": "anything"])["result"] == [:])
      #expect(try await open(client)["result"] != nil)
    }
  }
}
