// CORS and keys: who may call, and what a page of another origin may read.
import StrictJSON
import Testing
import Wire

@testable import MockProvider

@Suite struct AccessTests {
  @Test(arguments: [
    "/talks/streams", "/talks/streams/x/sdp", "/v1/streaming.new", "/v1/nope", "/", "/nope", "*", "/%zz",
  ])
  func preflightNeedsNoKeyOnAnyPath(path: String) async throws {
    try await MockFixture.run { mock in
      let reply = await mock.send(
        HTTPRequest(
          method: "OPTIONS", path: path,
          headers: ["Origin": "http://localhost:3000", "Access-Control-Request-Private-Network": "true"]))
      #expect(reply.status == 204)
      #expect(reply.response.body.isEmpty)
      let headers = reply.response.headers
      #expect(headers["access-control-allow-origin"] == "*")
      #expect(headers["access-control-allow-headers"] == "authorization, content-type, x-api-key, x-playground-chat")
      #expect(headers["access-control-allow-methods"]?.contains("DELETE") == true)
      #expect(headers["access-control-allow-private-network"] == "true")
    }
  }

  @Test func everyAnswerCanBeReadByAPage() async throws {
    try await MockFixture.run { mock in
      _ = await mock.admin("POST", "faults", ["call": "heygen.list", "status": 503, "headers": ["X-A": "1"]])
      let replies = [
        await mock.post("/talks/streams", ["source_url": "https://example.com/a.jpg"]),
        await mock.post("/talks/streams", [:]), await mock.post("/talks/streams", [:], headers: [:]),
        await mock.post("/nowhere", [:]), await mock.post("/v1/nowhere", [:]),
        await mock.send("GET", "/v1/streaming.list"),
        await mock.admin("GET", "nope"),
      ]
      #expect(replies.map(\.status) == [201, 400, 401, 403, 404, 503, 404])
      for reply in replies {
        #expect(reply.response.headers["Access-Control-Allow-Origin"] == "*")
        #expect(reply.response.headers["Access-Control-Expose-Headers"]?.contains("retry-after") == true)
      }
    }
  }

  static let authorizations: [(HTTPHeaders, Int, Int)] = [
    // Headers, status without a demanded key, status when `k` is demanded.
    (["Authorization": "Basic k"], 201, 201), (["Authorization": "basic   k"], 201, 201),
    (["Authorization": "Basic k~conn_1"], 201, 201), (["Authorization": "Bearer k~conn_1"], 201, 201),
    (["Authorization": "Bearer k"], 201, 201), (["Authorization": "Client-Key k.ext_conn"], 201, 201),
    (["Authorization": "Client-Key k"], 201, 201), (["Authorization": "Basic other"], 201, 401),
    (["Authorization": "Client-Key kk.ext_conn"], 201, 401), (["Authorization": "Basic k.ext"], 201, 401),
    (["Authorization": "Basic "], 401, 401), (["Authorization": "Basic"], 401, 401), (["Authorization": ""], 401, 401),
    (["Authorization": "Basic ~conn"], 401, 401), (["Authorization": "Digest k"], 401, 401),
    (["Authorization": "k"], 401, 401), ([:], 401, 401), (["X-Api-Key": "k"], 401, 401),
  ]

  @Test func didTakesItsThreeSchemes() async throws {
    for demands in [false, true] {
      var configuration = MockConfiguration()
      configuration.key = demands ? DemandedKey("k") : nil
      try await MockFixture.run(configuration) { mock in
        for (headers, open, demanded) in Self.authorizations {
          let reply = await mock.post(
            "/talks/streams", ["source_url": "https://example.com/a.jpg"], headers: headers)
          #expect(reply.status == (demands ? demanded : open), "\(headers.fields)")
          if reply.status == 401 { #expect(reply.json?.object?.count ?? 0 > 0) }
        }
      }
    }
  }

  @Test func missingKeysGetEachVendorsOwnWords() async throws {
    try await MockFixture.run { mock in
      let did = await mock.post("/talks/streams", [:], headers: [:])
      #expect(did.json == ["kind": "AuthorizationError", "description": "user unauthenticated"])
      let malformed = await mock.post("/talks/streams", [:], headers: ["Authorization": "k"])
      #expect(malformed.json == ["message": "Unauthorized"])
      let heyGen = await mock.post("/v1/streaming.new", [:], headers: [:])
      #expect(heyGen.status == 401)
      #expect(heyGen.json == ["code": 400112, "message": "Unauthorized"])
    }
  }

  @Test func heyGenDemandsItsKeyOrATokenMadeWithIt() async throws {
    var configuration = MockConfiguration()
    configuration.key = DemandedKey("k")
    try await MockFixture.run(configuration) { mock in
      func status(_ headers: HTTPHeaders) async -> Int {
        await mock.post("/v1/streaming.new", [:], headers: headers).status
      }
      #expect(await status(["x-api-key": "k"]) == 200)
      #expect(await status(["X-API-KEY": "other"]) == 401)
      #expect(await status(["Authorization": "Bearer k"]) == 401)
      #expect(await status(["Authorization": "Bearer "]) == 401)
      let made = await mock.post("/v1/streaming.create_token", [:], headers: ["X-Api-Key": "k"])
      let token = try #require(made.data?["token"]?.string)
      #expect(await status(["Authorization": "bearer \(token)"]) == 200)
      #expect(await mock.post("/v1/streaming.create_token", [:], headers: ["X-Api-Key": "x"]).status == 401)
    }
  }

  @Test func tokensAreBounded() {
    var authorization = HeyGenAuthorization(key: DemandedKey("k"))
    for number in 0...HeyGenAuthorization.tokenLimit { authorization.issue("t\(number)") }
    #expect(throws: Refusal.self) { try authorization.caller(["Authorization": "Bearer t0"]) }
    #expect(throws: Never.self) { try authorization.caller(["Authorization": "Bearer t1"]) }
  }

  @Test func aDemandedKeyCannotBePrinted() {
    let key = DemandedKey("hunter2")
    var configuration = MockConfiguration()
    configuration.key = key
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!"\(key) \(String(reflecting: key)) \(configuration)".contains("hunter2"))
    #expect(!dumped.contains("hunter2"))
    #expect(configuration.json["demandsKey"] == true)
  }
}
