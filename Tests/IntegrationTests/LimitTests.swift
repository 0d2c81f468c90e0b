// Limits over real sockets: connections by address, messages a second, and the queue for a session.
import MockProvider
import RelayServer
import StrictJSON
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(2))) struct LimitTests {
  private func handshake(_ stage: Stage, forwarded: String? = nil) async throws -> (socket: RawSocket, head: String) {
    let socket = try RawSocket(port: stage.port)
    let field = forwarded.map { "X-Forwarded-For: \($0)\r\n" } ?? ""
    socket.send(
      Array(
        ("GET /v1/signaling HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Protocol: avatar-relay.v1\r\n\(field)\r\n").utf8))
    var head = ""
    for await chunk in socket.chunks() {
      head += String(decoding: chunk, as: UTF8.self)
      if head.contains("\r\n\r\n") { break }
    }
    return (socket, head)
  }

  @Test func connectionsOfOneAddressAreBounded() async throws {
    try await Stage.run(flags: [.limitConnectionsPerAddress: .int(2)]) { stage in
      let (one, first) = try await handshake(stage)
      let (two, second) = try await handshake(stage)
      #expect(first.hasPrefix("HTTP/1.1 101") && second.hasPrefix("HTTP/1.1 101"))
      let (three, refused) = try await handshake(stage)
      #expect(refused.hasPrefix("HTTP/1.1 429") && refused.contains("Retry-After: 10"))
      // Without a header that is trusted, what a client writes counts for nothing.
      let (_, forged) = try await handshake(stage, forwarded: "203.0.113.7")
      #expect(forged.hasPrefix("HTTP/1.1 429"))
      one.drop()
      three.drop()
      try await stage.until { await stage.relay.connectionCount <= 1 }
      let (four, again) = try await handshake(stage)
      #expect(again.hasPrefix("HTTP/1.1 101"))
      withExtendedLifetime((two, four)) {}
    }
  }

  @Test func behindATrustedProxyTheClientsAddressCounts() async throws {
    let flags: [ConfigurationKey: SettingValue] = [
      .limitConnectionsPerAddress: .int(1), .listenProxyHeader: .string("X-Forwarded-For"),
    ]
    try await Stage.run(flags: flags) { stage in
      var sockets: [RawSocket] = []
      for (forwarded, status) in [
        ("203.0.113.7", 101), ("203.0.113.7", 429), ("198.51.100.1, 203.0.113.7", 429), ("203.0.113.8", 101),
        ("2001:db8:1:2::1", 101), ("2001:db8:1:2:ffff::9", 429), ("2001:db8:1:3::1", 101),
      ] {
        let (socket, head) = try await handshake(stage, forwarded: forwarded)
        #expect(head.hasPrefix("HTTP/1.1 \(status)"), "\(forwarded)")
        sockets.append(socket)
      }
      withExtendedLifetime(sockets) {}
    }
  }

  @Test func messagesASecondAreBoundedBeforeTheyAreRead() async throws {
    let flags: [ConfigurationKey: SettingValue] = [.limitMessagesPerSecond: .int(1), .limitMessageBurst: .int(3)]
    try await Stage.run(flags: flags) { stage in
      let client = try await stage.client()
      for _ in 1...3 { #expect(try await client.call("ping")["result"] == [:]) }
      let refused = try await client.call("ping")
      let data = try #require(refused["error"]?["data"])
      #expect(data["kind"] == "request.rate" && data["limit"] == "messagesPerSecond" && data["retryable"] == true)
      let wait = try #require(data["retryAfterMs"]?.integer)
      #expect((1...1000).contains(wait))
      stage.relayClock.advance(by: .milliseconds(wait))
      #expect(try await client.call("ping")["result"] == [:])
      for _ in 0..<250 { client.send(raw: #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#) }
      #expect(try await client.waitForClose() == 4504)
    }
  }

  @Test func whatIsRefusedUnreadDoesNothing() async throws {
    let flags: [ConfigurationKey: SettingValue] = [.limitMessagesPerSecond: .int(1), .limitMessageBurst: .int(1)]
    try await Stage.run(flags: flags) { stage in
      let client = try await stage.client()
      _ = try await client.call("ping")
      let refused = try await client.call("session.open", ["provider": "heygen"])
      #expect(refused["error"]?["data"]?["kind"] == "request.rate")
      #expect(await stage.mock.journal.isEmpty)
    }
  }

  @Test func theQueueTellsPositionsAndTurns() async throws {
    try await Stage.run(flags: [.heygenMaximumSessions: .int(1)]) { stage in
      let holder = try await stage.client()
      let (held, _) = try await SessionScript.open(holder, "heygen")
      let clients = [try await stage.client(), try await stage.client()]
      var requests: [Int64] = []
      for (client, position) in zip(clients, [1, 2] as [Int64]) {
        requests.append(await client.post("session.open", ["provider": "heygen"]))
        let queued = try await client.notification("request.queued")
        #expect(queued["params"] == ["id": .integer(requests.last!), "position": .integer(position)])
      }
      try await held.call("session.close")
      let opened = try await clients[0].answer(to: requests[0])
      #expect(opened["result"]?["session"] != nil)
      _ = try await clients[1].notification("request.queued") { $0["position"] == 1 }
      #expect(await stage.openAtProvider == 1)
      stage.relayClock.advance(by: .seconds(31))
      let late = try await clients[1].answer(to: requests[1])
      #expect(late["error"]?["data"]?["kind"] == "provider.sessionLimit")
      #expect(late["error"]?["data"]?["limit"] == "sessionsPerProvider")
      #expect(late["error"]?["data"]?["retryAfterMs"] == nil, "nobody knows when")
    }
  }

  @Test(arguments: [("did", CallName.didCreate, "maxUserSessions"), ("heygen", .heyGenNew, "concurrentLimit")])
  func theProvidersOwnCapIsWaitedOut(provider: String, call: CallName, error: String) async throws {
    try await Stage.run { stage in
      try await stage.mock.fault(Fault(.call(call), .error(error)))
      let client = try await stage.client()
      var params: JSONObject = ["provider": .string(provider)]
      if provider == "did" { params["avatar"] = "https://avatar.example/anna.png" }
      let request = await client.post("session.open", .object(params))
      _ = try await client.notification("request.queued") { $0["position"] == 1 }
      stage.relayClock.advance(by: .seconds(5))
      let opened = try await client.answer(to: request)
      #expect(opened["result"]?["session"] != nil)
      #expect(await stage.calls.count { $0 == call } == 2)
    }
  }
}
