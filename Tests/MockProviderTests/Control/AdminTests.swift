// The control surface: what it shows, what it does, and whom it refuses.
import StrictJSON
import Testing
import Wire

@testable import MockProvider

@Suite struct AdminTests {
  @Test func sessionsAreListedWithTheirCounts() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      let session = try await HeyGenSession.new(mock, ["voice": ["voice_id": "v", "elevenlabs_settings": [:]]])
      _ = await session.stop()
      let all = await mock.admin("GET", "sessions")
      #expect(all["open"] == ["did": 1, "heygen": 0])
      #expect(all["sessions"]?.array?.count == 2)
      let did = try #require(all["sessions"]?.array?.first)
      #expect(did["state"] == "connected")
      #expect(did["candidates"] == 0)
      #expect(did["endOfCandidates"] == true)
      #expect(did["options"]?["source_url"] == "https://example.com/face.jpg")
      #expect(did["expiresInMs"] == 300_000)
      let ended = await mock.admin("GET", "sessions?state=ended")["sessions"]?.array
      #expect(ended?.map { $0["endCause"] } == ["closed"])
      #expect(await mock.admin("GET", "sessions?state=open&vendor=heygen")["sessions"] == [])
      #expect(await mock.admin("GET", "sessions?vendor=did")["sessions"]?.array?.count == 1)
    }
  }

  @Test func theJournalTellsWhatWasCalled() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      _ = await stream.speak()
      let entries = await mock.admin("GET", "requests?session=\(stream.id)")["requests"]?.array ?? []
      #expect(entries.map { $0["call"] } == ["did.create", "did.speak"])
      #expect(entries.map { $0["status"] } == [201, 500])
      #expect(entries.last?["body"]?["script"]?["input"] == "Hello world")
      #expect(entries.last?["note"]?.string?.contains("no peer is connected") == true)
      #expect(await mock.admin("GET", "requests?call=did.speak")["requests"]?.array?.count == 1)
      #expect(await mock.admin("DELETE", "requests").status == 200)
      let cleared = await mock.admin("GET", "requests")
      #expect(cleared["requests"] == [])
      #expect(cleared["total"] == 2)
    }
  }

  @Test func secretsAreNotInTheJournal() async throws {
    try await MockFixture.run { mock in
      let body: JSONValue = [
        "source_url": "https://example.com/a.jpg", "apiKeysExternal": ["elevenlabs": ["key": "hunter2"]],
        "list": [["access_token": "hunter2", "PassWord": "hunter2", "client_secret": ["hunter2"]]],
      ]
      _ = await mock.post("/talks/streams", body, headers: ["Authorization": "Basic hunter2"])
      _ = await mock.post("/nowhere", body, headers: ["Authorization": "Basic hunter2"])
      _ = await mock.send("GET", "/v2/streaming.list?token=hunter2", headers: ["X-Api-Key": "hunter2"])
      _ = await mock.send(
        "GET", "/v1/streaming.list",
        headers: [
          "X-Api-Key": "hunter2", "Cookie": "a=hunter2", "X-Signature": "hunter2", "X-Copy": "of hunter2",
          "Referer": "https://example.com/?t=hunter2#hunter2", "X-Auth": "hunter2", "Proxy-Authorization": "Basic hunter2",
        ])
      let text = await mock.admin("GET", "requests").json?.text ?? ""
      #expect(text.contains("(removed)"))
      #expect(!text.contains("hunter2"))
      #expect(!(await mock.admin("GET", "settings").json?.text ?? "").contains("hunter2"))
    }
  }

  @Test func aNearMissNamesTheNearestRoute() async throws {
    let misses: [(String, String, String)] = [
      ("POST", "/talk/streams", "POST /talks/streams"),
      ("POST", "/talks/streams/strm_1/spd", "POST /talks/streams/:id/sdp"),
      ("POST", "/v1/streaming.stat", "POST /v1/streaming.start"),
      ("GET", "/v1/streaming.new", "POST /v1/streaming.new"),
      ("DELETE", "/clips/stream/x", "DELETE /clips/streams/:id"),
      ("POST", "/v1/streaming/task", "POST /v1/streaming.task"),
      ("GET", "/v2/streaming.lists", "GET /v2/streaming.list"),
    ]
    try await MockFixture.run { mock in
      for (method, path, nearest) in misses {
        let reply = await mock.send(method, path, [:])
        #expect(reply.status >= 400)
        #expect(reply.json != nil)
        #expect(reply.response.headers["X-Mock-Unmatched"] == "nearest: \(nearest)")
        #expect(reply.response.headers["Access-Control-Expose-Headers"]?.contains("x-mock-unmatched") == true)
        #expect(await mock.state.journal.entries.last?.nearestRoute == nearest, "\(path)")
      }
      let unmatched = await mock.admin("GET", "requests/unmatched")["requests"]?.array
      #expect(unmatched?.count == misses.count)
      _ = await mock.send("GET", "/v1/streaming.list")
      #expect(await mock.admin("GET", "requests/unmatched")["total"] == .integer(Int64(misses.count)))
    }
  }

  @Test func resetBeginsAnew() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      let session = try await HeyGenSession.new(mock)
      let date = await mock.state.date
      _ = await mock.admin("POST", "faults", ["call": "did.create", "error": "unauthorized"])
      _ = await mock.admin("POST", "messages", ["message": "*", "fate": "lost"])
      _ = await mock.admin("POST", "clock", ["advanceMs": 5000, "running": false])
      #expect(await mock.admin("POST", "reset").status == 200)
      #expect(await mock.admin("GET", "sessions")["sessions"] == [])
      #expect(await mock.admin("GET", "requests")["requests"] == [])
      #expect(await mock.admin("GET", "faults").json == ["state": "started", "faults": []])
      #expect(await mock.admin("GET", "messages")["faults"] == [])
      #expect(await mock.admin("GET", "clock").json == ["elapsedMs": 0, "running": true])
      #expect(await mock.state.date == date)
      #expect(await stream.endOfCandidates().status == 404)
      #expect(await mock.state.journal.entries.map(\.number) == [1])
      // The same calls get the same ids and cookies.
      let again = try await DIDStream.create(mock)
      #expect((again.id, again.sessionID) == (stream.id, stream.sessionID))
      #expect(try await HeyGenSession.new(mock).id == session.id)
    }
  }

  @Test func theClockGoesForwardOnly() async throws {
    try await MockFixture.run { mock in
      for body: JSONValue in [
        [:], ["running": 1], ["running": nil], ["advanceMs": -1], ["advanceMs": 1.5], ["advanceMs": "1"], ["advanceMs": 2_678_400_001],
        ["advanceMs": 1, "x": 1], 3,
      ] {
        #expect(await mock.admin("POST", "clock", body).status == 400)
      }
      #expect(await mock.admin("GET", "clock").json == ["elapsedMs": 0, "running": true])
      #expect(await mock.admin("POST", "clock", ["advanceMs": 1000]).json == ["elapsedMs": 1000, "running": true])
    }
  }

  @Test func unknownPathsAndMethodsAreRefusedInWords() async throws {
    try await MockFixture.run { mock in
      for path in ["", "nope", "sessions/", "requests/x", "//"] {
        #expect(await mock.admin("GET", path)["error"]?["code"] == "notFound")
      }
      #expect(await mock.send("GET", "/__admin").status == 404)
      #expect(await mock.admin("DELETE", "sessions")["error"]?["code"] == "methodNotAllowed")
      #expect(await mock.admin("GET", "reset").status == 405)
      for query in ["state=nope", "vendor=nope", "x=1", "state=open&state=open", "state=%zz", "state"] {
        #expect(await mock.admin("GET", "sessions?" + query).status == 400, "\(query)")
      }
      let many = (0...AdminQuery.pairLimit).map { "a\($0)=1" }.joined(separator: "&")
      #expect(await mock.admin("GET", "requests?" + many).status == 400)
    }
  }

  @Test func errorsAreListedWithTheirSources() async throws {
    try await MockFixture.run { mock in
      let errors = await mock.admin("GET", "errors")
      #expect(errors["did"]?.array?.count == DIDErrors.all.count)
      #expect(errors["heygen"]?.array?.allSatisfy { $0["source"]?.string?.isEmpty == false } == true)
      #expect(await mock.admin("GET", "health").json == ["status": "ok"])
      #expect(await mock.admin("GET", "settings")["maximumSessions"] == 100)
    }
  }

  @Test func onlyThisMachineMayUseIt() async throws {
    try await MockFixture.run { mock in
      func status(from address: String, _ headers: HTTPHeaders = [:], method: String = "GET") async -> Int {
        var headers = headers
        headers["Host"] = headers["Host"] ?? "127.0.0.1:1"
        return await mock.send(
          HTTPRequest(method: method, path: "/__admin/health", headers: headers, remoteAddress: address)
        ).status
      }
      for address in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "unix"] {
        #expect(await status(from: address) == 200)
      }
      for address in ["192.0.2.1", "::2", "10.0.0.1", "::ffff:10.0.0.1", "1127.0.0.1", ""] {
        #expect(await status(from: address) == 403)
      }
      for origin in ["http://localhost:3000", "http://127.0.0.1:8080", "https://[::1]:1", "http://LOCALHOST"] {
        #expect(await status(from: "127.0.0.1", ["Origin": origin]) == 200)
      }
      for origin in [
        "https://example.com", "null", "http://192.0.2.9:80", "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.evil.com",
        "file://", "http://[::1].example.com.",
      ] {
        #expect(await status(from: "127.0.0.1", ["Origin": origin]) == 403, "\(origin)")
        #expect(await status(from: "127.0.0.1", ["Origin": origin], method: "OPTIONS") == 403)
      }
      #expect(await status(from: "127.0.0.1", ["Host": "evil.example.com:80"]) == 403)
      #expect(await status(from: "127.0.0.1", ["Host": "localhost:80"]) == 200)
      #expect(await status(from: "127.0.0.1", ["Origin": "http://localhost:1"], method: "OPTIONS") == 204)
      // The vendors' APIs themselves may be called from other machines.
      let remote = await mock.send(
        HTTPRequest(method: "GET", path: "/v1/streaming.list", headers: MockFixture.apiKey, remoteAddress: "192.0.2.1"))
      #expect(remote.status == 200)
    }
  }
}
