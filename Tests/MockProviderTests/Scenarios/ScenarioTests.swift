// Tests that share a mock do not see each other.
import StrictJSON
import Testing
import Wire

@testable import MockProvider

@Suite struct ScenarioTests {
  private let create: JSONValue = ["source_url": "https://example.com/a.jpg"]

  private func headers(_ scenario: String) -> HTTPHeaders {
    ["Authorization": "Basic any", "Host": "127.0.0.1:1", "X-Mock-Scenario": scenario]
  }

  private func created(_ mock: MockFixture, in scenario: String) async -> MockReply {
    await mock.post("/talks/streams", create, headers: headers(scenario))
  }

  @Test func eachHasItsOwnSessionsJournalFaultsAndClock() async throws {
    try await MockFixture.run { mock in
      let one = await created(mock, in: "one")
      #expect(one.status == 201)
      _ = await mock.admin("POST", "faults?scenario=one", ["call": "did.create", "error": "unauthorized", "times": 9])
      _ = await mock.admin("POST", "clock?scenario=one", ["advanceMs": 5000])
      _ = await mock.admin("POST", "messages?scenario=one", ["message": "*", "fate": "lost"])
      _ = await mock.admin("POST", "media?scenario=one", ["loss": 0.5])
      // Nothing of it is there in another, nor in the main one.
      for other in ["two", "main"] {
        #expect(await created(mock, in: other).status == 201)
        #expect(await mock.admin("GET", "requests?scenario=\(other)")["total"] == 1)
        #expect(await mock.admin("GET", "sessions?scenario=\(other)")["open"] == ["did": 1, "heygen": 0])
        #expect(await mock.admin("GET", "faults?scenario=\(other)")["faults"] == [])
        #expect(await mock.admin("GET", "messages?scenario=\(other)")["faults"] == [])
        #expect(await mock.admin("GET", "clock?scenario=\(other)")["elapsedMs"] == 0)
        #expect(await mock.admin("GET", "media?scenario=\(other)")["conditions"]?["loss"] == 0.0)
      }
      #expect(await created(mock, in: "one").status == 401)
      #expect(await mock.admin("GET", "clock?scenario=one")["elapsedMs"] == 5000)
      // A session of one is unknown in the others.
      let path = "/talks/streams/\(one["id"]?.string ?? "")"
      let body: JSONValue = ["session_id": one["session_id"] ?? nil]
      #expect(await mock.send("DELETE", path, body, headers: headers("two")).status == 404)
      #expect(await mock.send("DELETE", path, body, headers: headers("one")).status == 200)
    }
  }

  @Test func aResetIsFeltByItsOwnOnly() async throws {
    try await MockFixture.run { mock in
      let one = await created(mock, in: "one")
      let two = await created(mock, in: "two")
      _ = try await DIDStream.create(mock)
      #expect(await mock.admin("POST", "reset?scenario=one").status == 200)
      #expect(await mock.admin("GET", "sessions?scenario=one")["sessions"] == [])
      #expect(await mock.admin("GET", "sessions?scenario=two")["sessions"]?.array?.first?["id"] == two["id"])
      #expect(await mock.state.sessions.count == 1)
      // The ids begin again, and are no other scenario's.
      #expect(await created(mock, in: "one")["id"] == one["id"])
      #expect(one["id"] != two["id"])
    }
  }

  @Test func theSameTestGetsTheSameIdsWhereverItRuns() async throws {
    var ids: [[JSONValue?]] = []
    for order in [["a", "b"], ["b", "a"]] {
      try await MockFixture.run { mock in
        var found: [String: JSONValue?] = [:]
        for name in order { found[name] = await created(mock, in: name)["id"] }
        ids.append([found["a"] ?? nil, found["b"] ?? nil])
      }
    }
    #expect(ids[0] == ids[1] && ids[0][0] != nil)
  }

  @Test(arguments: [
    ["Authorization": "Basic one"], ["Authorization": "Basic one:secret"], ["Authorization": "Bearer one"],
    ["Authorization": "Basic b25lOnNlY3JldA=="], ["Authorization": "Basic one~connection"], ["X-Api-Key": "one"],
  ])
  func theKeyNamesAScenarioThatIsThere(key: [String: String]) async throws {
    try await MockFixture.run { mock in
      let headers = HTTPHeaders(key.map { (name: $0.key, value: $0.value) })
      let isHeyGen = key["X-Api-Key"] != nil
      func call() async -> Int {
        isHeyGen
          ? await mock.send("GET", "/v1/streaming.list", headers: headers).status
          : await mock.post("/talks/streams", create, headers: headers).status
      }
      // A key alone opens none, so that a mock that is not shared is not filled with scenarios.
      #expect(await call() < 300)
      #expect(await mock.admin("GET", "requests")["total"] == 1)
      #expect(await mock.admin("GET", "clock?scenario=one").status == 200)
      #expect(await call() < 300)
      #expect(await mock.admin("GET", "requests?scenario=one")["total"] == 1)
      #expect(await mock.admin("GET", "requests")["total"] == 1)
    }
  }

  @Test func aTokenBelongsToTheScenarioThatGaveItOut() async throws {
    try await MockFixture.run { mock in
      let made = await mock.send(
        "POST", "/v1/streaming.create_token", headers: ["X-Api-Key": "any", "X-Mock-Scenario": "one"])
      let token = try #require(made.data?["token"]?.string)
      let session = await mock.post("/v1/streaming.new", [:], headers: ["Authorization": "Bearer \(token)"])
      #expect(session.status == 200)
      #expect(await mock.admin("GET", "sessions?scenario=one")["open"] == ["did": 0, "heygen": 1])
    }
  }

  @Test func scenariosAreListedAndForgotten() async throws {
    try await MockFixture.run { mock in
      _ = await created(mock, in: "test_a.py::test[x]")
      let listed = await mock.admin("GET", "scenarios")["scenarios"]?.array ?? []
      #expect(listed.map { $0["name"] } == ["main", "test_a.py::test[x]"])
      #expect(listed.last == [
        "name": "test_a.py::test[x]", "open": 1, "requests": 1, "elapsedMs": 0, "running": true,
      ])
      #expect(await mock.admin("DELETE", "scenarios").status == 400)
      let left = await mock.admin("DELETE", "scenarios?scenario=test_a.py%3A%3Atest%5Bx%5D")
      #expect(left["scenarios"]?.array?.map { $0["name"] } == ["main"])
      // Forgetting one that is not there does no harm; the main one stays.
      #expect(await mock.admin("DELETE", "scenarios?scenario=main")["scenarios"]?.array?.count == 1)
    }
  }

  @Test func scenariosAreBounded() async throws {
    try await MockFixture.run { mock in
      for number in 0..<ScenarioDirectory.limit { #expect(await created(mock, in: "\(number)").status == 201) }
      let refused = await created(mock, in: "one too many")
      #expect(refused.status == 503)
      #expect(refused["message"]?.string?.hasPrefix("64 scenarios are open") == true)
      #expect(await mock.admin("GET", "clock?scenario=more")["error"]?["code"] == "busy")
      #expect(await created(mock, in: "7").status == 201)
      _ = await mock.admin("DELETE", "scenarios?scenario=7")
      #expect(await created(mock, in: "one too many").status == 201)
    }
  }

  @Test func wrongNamesAreRefusedInWords() async throws {
    try await MockFixture.run { mock in
      for name in ["", "ü", String(repeating: "x", count: ScenarioName.maximumBytes + 1), " x"] {
        #expect(await created(mock, in: name).status == 400, "\(name)")
      }
      #expect(await mock.admin("GET", "clock?scenario=").status == 400)
      #expect(await mock.admin("GET", "clock?scenario=%C3%BC").status == 400)
      let both = await mock.send("GET", "/__admin/clock?scenario=a", headers: ["Host": "127.0.0.1:1", "X-Mock-Scenario": "b"])
      #expect(both["error"]?["message"] == "two scenarios are named")
      #expect(await mock.send("GET", "/__admin/clock?scenario=a", headers: ["Host": "127.0.0.1:1", "X-Mock-Scenario": "a"]).status == 200)
      #expect(await mock.admin("GET", "health?scenario=a").status == 400)
    }
  }

  @Test func aCallThatIsPreparedThroughAResetIsDropped() async throws {
    let voice = ScriptedVoice()
    try await MockFixture.run(voice: voice) { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      async let spoken = stream.speak("Hello")
      await voice.waitForUtterances(1)
      await mock.state.reset(.main)
      let again = try await DIDStream.create(mock)
      voice.release("Hello")
      #expect(again.id == stream.id)
      #expect(await spoken.isDropped)
      #expect(await mock.state.sessions.first?.talks.isEmpty == true)
    }
  }
}
