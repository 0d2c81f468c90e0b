// The operator's requests over real sockets: what they do, and who may not make them.
import Foundation
import MockProvider
import ProviderHTTP
import RelayServer
import StrictJSON
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(2))) struct AdminTests {
  @Test func sessionsAreListedAndEnded() async throws {
    try await Stage.run(hasAdmin: true) { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "did", avatar: "https://avatar.example/anna.png")
      try await session.negotiate(mid: "a")
      try await session.call("session.speak", ["text": "canary-text-3b1c"])
      let (other, _) = try await SessionScript.open(client, "heygen")
      stage.relayClock.advance(by: .seconds(5))
      let list = try await stage.ask("GET /sessions")
      #expect(list.status == 200 && list.head.lowercased().contains("cache-control: no-store"))
      #expect(!list.head.lowercased().contains("access-control"))
      let rows = try #require(list.json?["sessions"]?.array)
      #expect(rows.map { $0["session"]?.string } == [session.session, other.session])
      #expect(rows[0]["state"] == "live" && rows[0]["talks"] == 1 && rows[0]["subject"] == "127.0.0.1")
      #expect(rows[0]["ageMs"]?.integer ?? 0 >= 5000)
      #expect(!list.body.contains("canary"))
      for secret in await client.secrets { #expect(!list.body.contains(secret)) }
      #expect(try await stage.ask("DELETE /sessions/\(session.session)").json == ["ended": 1])
      let closed = try await client.notification("session.closed") { $0["session"]?.string == session.session }
      #expect(closed["params"]?["reason"] == "operator" && closed["params"]?["action"] == "stop")
      #expect(try await stage.ask("DELETE /sessions/\(session.session)").status == 404)
      #expect(await stage.openAtProvider == 1)
    }
  }

  @Test func allAreEndedAndNobodyComesInUntilHeMay() async throws {
    try await Stage.run(hasAdmin: true) { stage in
      let client = try await stage.client()
      for _ in 1...3 { _ = try await SessionScript.open(client, "heygen") }
      #expect(try await stage.ask("DELETE /sessions").json == ["ended": 3, "admission": "paused"])
      try await stage.providerIsEmpty()
      let refused = try await client.call("session.open", ["provider": "heygen"])
      #expect(refused["error"]?["data"]?["kind"] == "server.paused")
      #expect(try await stage.ask("GET /admission").json == ["open": false])
      #expect(try await stage.ask("POST /admission", [], body: #"{"open": true}"#).status == 401)
      #expect(try await stage.ask("POST /admission", body: #"{"open": true}"#).json == ["open": true])
      _ = try await SessionScript.open(client, "heygen")
    }
  }

  @Test func onlyTheOperatorIsAnswered() async throws {
    try await Stage.run(hasAdmin: true) { stage in
      let client = try await stage.client()
      _ = try await SessionScript.open(client, "heygen")
      let key = "Authorization: Bearer \(Stage.adminKey)"
      for fields in [
        [], ["Authorization: Bearer wrong"], ["Authorization: Bearer "], ["Authorization: Basic \(Stage.adminKey)"],
        ["Authorization: Bearer \(Stage.adminKey)x"], ["X-Key: \(Stage.adminKey)"],
      ] {
        for line in ["GET /sessions", "DELETE /sessions", "GET /metrics", "GET /no-such-path"] {
          let reply = try await stage.ask(line, fields)
          #expect(reply.status == 401 && reply.body.isEmpty, "\(line) \(fields)")
        }
      }
      #expect(try await stage.ask("DELETE /sessions", [key, "Origin: http://localhost:8080"]).status == 403)
      #expect(try await stage.ask("DELETE /sessions", [key, "Origin: null"]).status == 403)
      #expect(try await stage.ask("GET /sessions", [key, "Sec-Fetch-Mode: no-cors"]).status == 403)
      for host in ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::1].evil.example"] {
        #expect(try await stage.ask("DELETE /sessions", [key], host: host).status == 421, "\(host)")
      }
      #expect(try await stage.ask("OPTIONS /sessions", [key]).status == 405)
      #expect(await stage.openAtProvider == 1)
      // What the public port does not know.
      let socket = try RawSocket(port: stage.port)
      socket.send(Array("GET /sessions HTTP/1.1\r\nHost: localhost\r\n\(key)\r\nConnection: close\r\n\r\n".utf8))
      var bytes: [UInt8] = []
      for await chunk in socket.chunks() { bytes += chunk }
      #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("HTTP/1.1 404"))
    }
  }

  @Test(arguments: ["{}", "", "[]", "{\"open\": 1}", "{\"open\": true, \"more\": 1}", "{\"open\": true,}"])
  func badBodiesChangeNothing(body: String) async throws {
    try await Stage.run(hasAdmin: true) { stage in
      let reply = try await stage.ask("POST /admission", ["Authorization: Bearer \(Stage.adminKey)"], body: body)
      #expect(reply.status == 400)
      #expect(try await stage.ask("GET /admission").json == ["open": true])
    }
  }

  @Test func numbersAreWhatHappened() async throws {
    try await Stage.run(flags: [.limitTalksPerMinute: .int(1)], hasAdmin: true) { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "did", avatar: "https://avatar.example/anna.png")
      try await session.negotiate(mid: "a")
      try await session.call("session.speak", ["text": "five!"])
      #expect(try await session.failure("session.speak", ["text": "more"]) == "talk.limit")
      try await stage.mock.fault(Fault(.call(.heyGenNew), .error("unauthorized")))
      _ = await (try? SessionScript.open(client, "heygen"))
      try await session.call("session.close")
      let lines = Set(try await stage.metrics())
      for line in [
        "avatar_relay_connections 1", "avatar_relay_sessions_opened_total 1", "avatar_relay_talks_total 1",
        "avatar_relay_characters_total 5", #"avatar_relay_sessions_ended_total{reason="client"} 1"#,
        #"avatar_relay_refusals_total{limit="talksPerMinute"} 1"#, #"avatar_relay_errors_total{kind="talk.limit"} 1"#,
        #"avatar_relay_provider_failures_total{provider="heygen",kind="unauthorized"} 1"#,
        "avatar_relay_admission_open 1", "avatar_relay_sessions_possibly_leaked 0",
        "# TYPE avatar_relay_provider_call_seconds histogram",
        #"avatar_relay_provider_call_seconds_bucket{provider="did",call="speak",le="60.0"} 1"#,
        #"avatar_relay_provider_call_seconds_bucket{provider="did",call="speak",le="+Inf"} 1"#,
        #"avatar_relay_provider_call_seconds_count{provider="did",call="open"} 1"#,
        #"avatar_relay_provider_call_seconds_count{provider="did",call="close"} 1"#,
        #"avatar_relay_provider_call_seconds_count{provider="heygen",call="open"} 1"#,
      ] { #expect(lines.contains(line), "\(line)") }
    }
  }

  @Test func aUnixSocketIsItsOwnersAlone() async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("admin-\(UUID().uuidString.prefix(8))")
      .path
    let old = umask(0)
    defer { umask(old) }
    try await Stage.run(flags: [.adminListen: .string("unix:\(path)")]) { stage in
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "heygen")
      let sources = try ConfigurationSources(flags: [.adminListen: .string("unix:\(path)")])
      let operatorClient = try await AdminClient(
        try #require(try AdminSettings(sources)), on: stage.loop, readFile: { _ in [] })
      #expect(try await operatorClient.sessions()["sessions"]?.array?.first?["session"]?.string == session.session)
      #expect(try await operatorClient.end(session.session) == ["ended": 1])
      try await stage.providerIsEmpty()
      for id in ["", "../admission", "a b", "x/../y"] {
        await #expect(throws: ConfigurationError.self) { try await operatorClient.end(id) }
      }
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
