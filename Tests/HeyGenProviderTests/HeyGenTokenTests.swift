// Session tokens and the list of sessions.
import AvatarProvider
import ProviderHTTP
import ProviderTestSupport
import SessionValues
import StrictJSON
import Testing

@testable import HeyGenProvider

@Suite(.timeLimit(.minutes(1))) struct HeyGenTokenTests {
  private func bench(_ outcomes: [RecordingClient.Outcome]) -> HeyGenBench {
    HeyGenBench(outcomes) { $0.authentication = .sessionToken }
  }

  private func sample(_ name: String) throws -> RecordingClient.Outcome {
    try Sample(name, of: HeyGenBench.contract).outcome
  }

  @Test func eachSessionHasItsTokenAndUsesNothingElse() async throws {
    let second = RecordingClient.Outcome.json(200, ["error": nil, "data": ["token": "session-token-2"]])
    let bench = bench([
      try sample("create-token-reply"), try sample("new-reply-2025"), second, try sample("new-reply-2025"),
      try sample("start-reply"), try sample("stop-reply"),
    ])
    let first = try await bench.provider.open(OpenRequest())
    let other = try await bench.provider.open(OpenRequest())
    _ = try await bench.provider.describe(SessionDescription(kind: .answer, sdp: "v=0"), in: first.handle)
    try await bench.provider.close(other.handle)
    let requests = await bench.client.requests
    #expect(
      requests.map { $0.url.split(separator: ".").last } == [
        "create_token", "new", "create_token", "new", "start", "stop",
      ])
    #expect(
      requests.map { $0.header("authorization") } == [
        nil, "Bearer session-token-1", nil, "Bearer session-token-2", "Bearer session-token-1",
        "Bearer session-token-2",
      ])
    #expect(
      requests.map { $0.header("x-api-key") } == [HeyGenBench.key, nil, HeyGenBench.key, nil, nil, nil])
    #expect(requests[0].json == [:] && requests[0].header("content-type") == "application/json")
    #expect(!printed(first).contains("session-token") && !printed(first.handle).contains("session-token"))
  }

  @Test(arguments: [
    ("error-create-token-media-type", ProviderFailure.Code.rejected), ("error-unauthorized", .unauthorized),
    ("error-invalid-credentials", .unauthorized),
  ])
  func noTokenNoSession(name: String, code: ProviderFailure.Code) async throws {
    let bench = bench([try sample(name)])
    let failure = await failure { () throws(ProviderFailure) in try await bench.provider.open(OpenRequest()) }
    #expect(failure?.code == code)
    #expect(failure?.vendor?.message?.isEmpty == false)
    #expect(await bench.client.requests.count == 1)
  }

  @Test(
    arguments: [
      (#"{"error":"no access","data":null}"#, ProviderFailure.Code.rejected, "no access"),
      (#"{"error":{"code":400599,"message":"TIER_NOT_SUPPORT"},"data":null}"#, .permission, "TIER_NOT_SUPPORT"),
      (#"{"error":{"code":400112,"message":"Unauthorized"},"data":{"token":"t"}}"#, .unauthorized, "Unauthorized"),
      (#"{"error":null,"data":{"token":""}}"#, .malformedReply, nil), (#"{"data":{}}"#, .malformedReply, nil),
      (#"{"error":null,"data":{"token":"a\r\nb"}}"#, .malformedReply, nil), ("", .malformedReply, nil),
    ] as [(String, ProviderFailure.Code, String?)])
  func envelopeOfItsOwn(body: String, code: ProviderFailure.Code, words: String?) async throws {
    let bench = bench([.text(200, body)])
    let failure = await failure { () throws(ProviderFailure) in try await bench.provider.open(OpenRequest()) }
    #expect(failure?.code == code)
    #expect(failure?.vendor?.message == words)
    #expect(failure?.remains == .nothing)
  }

  @Test(arguments: [RecordingClient.Outcome.text(503, ""), .failed(.timeout), .failed(.connectionLost)])
  func tokenIsAskedForAgainAndWithoutOneNoSessionIs(outcome: RecordingClient.Outcome) async throws {
    let bench = bench(Array(repeating: outcome, count: 4))
    let failure = await failure { () throws(ProviderFailure) in try await bench.provider.open(OpenRequest()) }
    #expect(failure?.code == .unavailable && failure?.remains == .nothing)
    let requests = await bench.client.requests
    #expect(requests.map(\.url) == Array(repeating: "http://heygen.test/v1/streaming.create_token", count: 4))
  }

  @Test func unusableSessionIsStoppedWithItsToken() async throws {
    let bench = bench([
      try sample("create-token-reply"), .json(200, ["code": 100, "data": ["session_id": "s"]]),
      try sample("stop-reply"),
    ])
    let failure = await failure { () throws(ProviderFailure) in try await bench.provider.open(OpenRequest()) }
    #expect(failure?.code == .malformedReply)
    #expect(await bench.client.requests.last?.header("authorization") == "Bearer session-token-1")
  }

  @Test func sessionWhoseTokenExpiredIsStoppedWithTheKey() async throws {
    let expired = RecordingClient.Outcome.json(401, ["code": 401_056, "message": "ACCESS_TOKEN_EXPIRED"])
    let bench = bench([expired, try sample("stop-reply")])
    try await bench.provider.close(HeyGenBench.handle(token: "session-token-1"))
    let requests = await bench.client.requests
    #expect(requests.map { $0.header("authorization") } == ["Bearer session-token-1", nil])
    #expect(requests.map { $0.header("x-api-key") } == [nil, HeyGenBench.key])
    #expect(requests[0].body == requests[1].body)

    let denied = HeyGenBench([expired, expired]) { $0.authentication = .sessionToken }
    let session = try HeyGenBench.handle(token: "session-token-1")
    let failure = await failure { () throws(ProviderFailure) in try await denied.provider.close(session) }
    #expect(failure?.code == .unauthorized)
    #expect(await denied.client.requests.count == 2)
  }

  @Test func listOfSessions() async throws {
    let bench = bench([try sample("list-reply")])
    let list = try await bench.provider.openSessions()
    #expect(
      list.sessions == [
        .init(handle: .init(id: "7b3f1d2e-5a6c-11ef-9f0d-0242ac110002", contract: "v1"), createdAt: 1_723_600_000),
        .init(handle: .init(id: "8c40", contract: "v1"), createdAt: 1_723_600_100),
      ])
    let request = try await bench.onlyRequest()
    #expect(request.description == "GET http://heygen.test/v1/streaming.list")
    #expect(request.header("x-api-key") == HeyGenBench.key && request.body.isEmpty)
    #expect(request.repeatability == .repeatable)
  }

  /// As many as a relay may have, with the members that HeyGen writes: what is lost among them is to be found.
  @Test func listOfVeryManySessions() async throws {
    let count = 100_000
    let sessions = (0..<count).map { number in
      "{\"session_id\":\"7b3f1d2e-5a6c-11ef-9f0d-\(number)\",\"status\":\"connected\",\"created_at\":1723600000,\"api_key_type\":\"trial\"}"
    }
    let bench = HeyGenBench([.text(200, "{\"code\":100,\"data\":{\"sessions\":[\(sessions.joined(separator: ","))]}}")])
    #expect(try await bench.provider.openSessions().sessions.count == count)
    #expect(try await bench.onlyRequest().maximumResponseBytes > 2 * sessions.joined().utf8.count)
  }

  @Test(
    arguments: [
      (1_723_600_000, 1_723_600_000), (1_723_600_000.75, 1_723_600_000), ("1723600000", 1_723_600_000),
      (1_723_600_000_123, 1_723_600_000), ("1723600000123", 1_723_600_000), (nil, nil), (0, nil), (-1, nil),
      ("2024-08-14", nil), (1e300, nil),
    ] as [(JSONValue, Int64?)])
  func timesOfTheList(createdAt: JSONValue, seconds: Int64?) async throws {
    let list = RecordingClient.Outcome.json(
      200, ["code": 100, "data": ["sessions": [["session_id": "a", "created_at": createdAt]]]])
    let open = try await HeyGenBench([list]).provider.openSessions().sessions
    #expect(open == [.init(handle: .init(id: "a", contract: "v1"), createdAt: seconds)])
  }

  @Test func listThatCannotBeRead() async throws {
    let gaps = RecordingClient.Outcome.json(
      200, ["code": 100, "data": ["sessions": [nil, [:], ["session_id": "a"], ["session_id": 7]]]])
    let open = try await HeyGenBench([gaps]).provider.openSessions().sessions
    #expect(open == [.init(handle: .init(id: "a", contract: "v1"), createdAt: nil)])
    let failure = await failure { () throws(ProviderFailure) in
      try await HeyGenBench([.json(200, ["code": 100, "data": nil])]).provider.openSessions()
    }
    #expect(failure?.code == .malformedReply)
  }
}
