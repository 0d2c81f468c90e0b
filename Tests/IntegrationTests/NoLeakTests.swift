// No path leaves a session open at the provider; the mock counts.
import MockProvider
import RelayServer
import StrictJSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct NoLeakTests {
  private static let anna = "https://avatar.example/anna.png"

  @Test(arguments: ["did", "heygen"])
  func droppedConnection(provider: String) async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      _ = try await SessionScript.open(client, provider, avatar: provider == "did" ? Self.anna : nil)
      try await stage.cut(client)
      stage.relayClock.advance(by: .seconds(29))
      #expect(await stage.openAtProvider == 1)
      stage.relayClock.advance(by: .seconds(2))
      try await stage.providerIsEmpty()
    }
  }

  @Test(arguments: ["did", "heygen"])
  func connectionDroppedWhileTheSessionIsBeingOpened(provider: String) async throws {
    try await Stage.run { stage in
      var fault = Fault(.call(provider == "did" ? .didCreate : .heyGenNew), .none)
      fault.delay = .seconds(60)
      fault.takesEffect = true
      try await stage.mock.fault(fault)
      let client = try await stage.client()
      var params: JSONObject = ["provider": .string(provider)]
      if provider == "did" { params["avatar"] = .string(Self.anna) }
      _ = await client.post("session.open", .object(params))
      try await stage.until {
        let (calls, open) = (await stage.calls, await stage.openAtProvider)
        return !calls.isEmpty || open > 0
      }
      client.drop()
      try await stage.until { await stage.relay.connectionCount == 0 }
      stage.mock.advance(by: .seconds(61))
      let end: CallName = provider == "did" ? .didDelete : .heyGenStop
      try await stage.until { await stage.calls.contains(end) }
      #expect(await stage.openAtProvider == 0)
    }
  }

  @Test func leavingClosesEverySessionAndTellsEveryClient() async throws {
    try await Stage.run { stage in
      let clients = [try await stage.client(), try await stage.client()]
      for client in clients {
        _ = try await SessionScript.open(client, "did", avatar: Self.anna)
        _ = try await SessionScript.open(client, "heygen")
      }
      #expect(await stage.openAtProvider == 4)
      async let stopped: Void = stage.relay.stop()
      for client in clients {
        _ = try await client.notification("server.draining")
        _ = try await client.notification("session.closed") { $0["reason"] == "draining" }
        #expect(try await client.waitForClose() == 4000)
      }
      await stopped
      #expect(await stage.openAtProvider == 0)
    }
  }

  /// More sessions than requests fit in the upstream client by its own default.
  @Test func leavingWithManySessionsLeavesNone() async throws {
    let count = 1100
    var configuration = MockConfiguration()
    configuration.maximumSessions = count
    let flags: [ConfigurationKey: SettingValue] = [
      .limitSessions: .int(count), .limitSessionsPerSubject: .int(count), .limitMessagesPerSecond: .int(0),
      .limitSessionsPerConnection: .int(1000), .limitOpensPerMinute: .int(0), .limitTotalOpensPerMinute: .int(0),
      .timeDrainSeconds: .int(600),
      // These clients answer pings while they read, which one does not while the other's sessions are opened.
      .timePongSeconds: .int(600),
    ]
    try await Stage.run(mock: configuration, flags: flags) { stage in
      let clients = [try await stage.client(), try await stage.client()]
      for _ in 0..<count / (50 * clients.count) {
        for client in clients {
          var requests: [Int64] = []
          for _ in 0..<50 { requests.append(await client.post("session.open", ["provider": "heygen"])) }
          for request in requests { #expect(try await client.answer(to: request)["result"] != nil) }
        }
      }
      let opened = await stage.openAtProvider
      #expect(opened == count)
      async let stopped: Void = stage.relay.stop()
      async let codes = [clients[0].waitForClose(), clients[1].waitForClose()]
      #expect(try await codes == [4000, 4000])
      await stopped
      #expect(await stage.openAtProvider == 0)
    }
  }

  @Test func idleSessionIsWarnedAndThenClosed() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "heygen")
      try await session.negotiate(mid: "0")
      stage.relayClock.advance(by: .seconds(151))
      let warning = try await client.notification("session.expiring")
      #expect(warning["params"]?["cause"] == "idle")
      #expect(warning["params"]?["extendable"] == true)
      try await session.call("session.extend")
      stage.relayClock.advance(by: .seconds(170))
      #expect(await stage.openAtProvider == 1)
      stage.relayClock.advance(by: .seconds(11))
      let closed = try await client.notification("session.closed")
      #expect(closed["params"]?["reason"] == "idle")
      try await stage.providerIsEmpty()
    }
  }

  @Test func avatarThatSpeaksForLongIsNotCutOff() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "heygen")
      try await session.negotiate(mid: "0")
      // Five minutes at the mock's fifteen characters a second; the idle limit is three.
      try await session.call("session.speak", ["text": .string(String(repeating: "a", count: 4500))])
      for clock in 0..<2 {
        if clock == 0 { stage.mock.advance(by: .seconds(290)) } else { stage.relayClock.advance(by: .seconds(290)) }
        try await session.call("session.report", ["iceConnectionState": "connected"])
        #expect(await stage.openAtProvider == 1)
      }
      stage.relayClock.advance(by: .seconds(191))
      let closed = try await client.notification("session.closed")
      #expect(closed["params"]?["reason"] == "idle")
      try await stage.providerIsEmpty()
    }
  }

  @Test func sessionThatTheProviderEndedIsReportedAsSuch() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "heygen")
      try await session.negotiate(mid: "0")
      stage.mock.advance(by: .seconds(181))
      #expect(try await session.failure("session.speak", ["text": "Anybody there?"]) == "provider.sessionGone")
      let closed = try await client.notification("session.closed")
      #expect(closed["params"]?["reason"] == "provider")
      #expect(await stage.openAtProvider == 0)
    }
  }

  @Test func refusedAnswerLeavesNothingOpenAfterClose() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "did", avatar: Self.anna)
      #expect(
        try await session.failure("session.answer", ["answer": ["type": "answer", "sdp": "nonsense"]]) == "sdp.invalid")
      try await session.negotiate(mid: "a")
      try await session.call("session.close")
      #expect(await stage.openAtProvider == 0)
    }
  }
}
