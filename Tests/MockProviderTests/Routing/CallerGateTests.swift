// Pages of other sites, names that lead here, and who may use the control surface.
import StrictJSON
import TalkingAvatar
import Testing
import Transport
import Wire

@testable import MockProvider

@Suite struct CallerGateTests {
  private static let foreignOrigins = [
    "https://evil.example", "http://evil.example:8080", "null", "file://", "http://192.0.2.9", "http://localhost.evil.example",
    "http://127.0.0.1.evil.example", "chrome-extension://abc", "http://[::1].evil.example", "",
  ]

  private static func headers(_ more: HTTPHeaders) -> HTTPHeaders {
    var headers: HTTPHeaders = ["Authorization": "Basic k", "X-Api-Key": "k"]
    for field in more.fields { headers[field.name] = field.value }
    return headers
  }

  @Test(arguments: foreignOrigins)
  func aPageFromElsewhereIsNotServed(origin: String) async throws {
    try await MockFixture.run { mock in
      let face: JSONValue = ["source_url": "http://127.0.0.1:9000/face.jpg"]
      for (path, body) in [("/talks/streams", face), ("/v1/streaming.new", [:])] {
        let reply = await mock.post(path, body, headers: Self.headers(["Origin": origin]))
        #expect(reply.status == 403)
        #expect(reply.response.headers["Access-Control-Allow-Origin"] == nil)
        let preflight = await mock.send(
          HTTPRequest(
            method: "OPTIONS", path: path, headers: ["Origin": origin, "Access-Control-Request-Method": "POST"]))
        #expect(preflight.status == 403)
        #expect(preflight.response.headers.fields.allSatisfy { !$0.name.hasPrefix("Access-Control") })
      }
      #expect(await mock.state.sessions.isEmpty)
      let entries = await mock.state.journal.entries
      #expect(entries.map(\.call) == [.didCreate, .didCreate, .heyGenNew, .heyGenNew])
      #expect(entries.allSatisfy { $0.status == 403 && $0.note?.contains("--allow-origin") == true })
      #expect(entries.first?.body == face)
    }
  }

  /// The fixture's client records an issue when something is fetched.
  @Test func aPageFromElsewhereHasNothingFetched() async throws {
    try await MockFixture.run(voice: ScriptedVoice(isPatient: false)) { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      let body: JSONValue = [
        "script": ["type": "audio", "audio_url": "http://127.0.0.1:9000/secret.wav"],
        "session_id": .string(stream.sessionID),
      ]
      let headers = Self.headers(["Origin": "https://evil.example"])
      #expect(await mock.post("/talks/streams/\(stream.id)", body, headers: headers).status == 403)
    }
  }

  @Test(arguments: [
    ("https://shop.example", "https://shop.example"), ("https://Shop.Example:8443", "https://shop.example:8443"),
    ("https://shop.example:443", "https://shop.example"), ("null", "null"), ("http://192.0.2.9:3000", "http://192.0.2.9:3000"),
  ])
  func aNamedOriginIsServed(named: String, origin: String) async throws {
    var configuration = MockConfiguration()
    configuration.allowedOrigins = [try #require(AllowedOrigin(named))]
    try await MockFixture.run(configuration) { mock in
      let reply = await mock.post("/v1/streaming.new", [:], headers: Self.headers(["Origin": origin]))
      #expect(reply.status == 200)
      #expect(reply.response.headers["Access-Control-Allow-Origin"] == "*")
      #expect(reply.response.headers["Vary"] == "Origin")
      let other = await mock.post("/v1/streaming.new", [:], headers: Self.headers(["Origin": origin + "0"]))
      #expect(other.status == 403)
      // The control surface stays this machine's.
      let admin = await mock.send("GET", "/__admin/health", headers: ["Origin": origin])
      #expect(admin.status == 403 && admin.response.headers["Access-Control-Allow-Origin"] == nil)
    }
  }

  @Test(arguments: [
    "", "*", "shop.example", "https://", "https://shop.example/", "https://shop.example/path", "ftp://shop.example",
    "https://user@shop.example", "https://shop.example:port", "https://shop.example:65536", "https://[::1", "https://a b",
  ])
  func whatIsNoOriginIsNotTaken(text: String) { #expect(AllowedOrigin(text) == nil) }

  /// A name that somebody on the Internet has given this machine's address (DNS rebinding): the page is of that origin.
  @Test(arguments: [
    ("127.0.0.1:8080", 200), ("localhost", 200), ("[::1]:8080", 200), ("192.0.2.7:8080", 200), ("[2001:db8::1]", 200),
    ("mock", 200), ("mock-provider:8080", 200), ("host.docker.internal:8080", 200), ("a.localhost:1", 200),
    ("shop.example:443", 200), ("evil.example", 403), ("evil.example:8080", 403), ("127.0.0.1.evil.example", 403),
    ("localhost.evil.example", 403), ("internal.evil.example", 403), ("mock.", 403), ("", 403), ("[::1", 403),
    ("[evil.example]", 403), ("a@127.0.0.1", 403), ("127.0.0.1:port", 403), ("2130706433.evil", 403),
  ])
  func hostsAreChecked(host: String, status: Int) async throws {
    var configuration = MockConfiguration()
    configuration.allowedOrigins = [try #require(AllowedOrigin("https://shop.example"))]
    try await MockFixture.run(configuration) { mock in
      let reply = await mock.send("GET", "/v1/streaming.list", headers: Self.headers(["Host": host]))
      #expect(reply.status == status)
      #expect((reply.response.headers["Access-Control-Allow-Origin"] == nil) == (status == 403))
    }
  }

  @Test func namedAddressesMayUseTheControlSurface() async throws {
    var configuration = MockConfiguration()
    configuration.allowedAdministrators = try ["172.16.0.0/12", "2001:db8::/32", "192.0.2.1"].map {
      try #require(AddressRange($0))
    }
    try await MockFixture.run(configuration) { mock in
      func status(_ address: String, _ headers: HTTPHeaders = [:]) async -> Int {
        var headers = headers
        headers["Host"] = headers["Host"] ?? "127.0.0.1"
        return await mock.send(
          HTTPRequest(method: "GET", path: "/__admin/health", headers: headers, remoteAddress: address)
        ).status
      }
      for address in ["127.0.0.1", "172.16.0.1", "172.31.255.255", "::ffff:172.20.0.3", "2001:db8:1::1", "192.0.2.1"] {
        #expect(await status(address) == 200, "\(address)")
      }
      for address in ["172.32.0.1", "172.15.255.255", "10.0.0.1", "192.0.2.2", "2001:db9::1", "unix0", ""] {
        #expect(await status(address) == 403, "\(address)")
      }
      #expect(await status("172.16.0.1", ["Host": "mock:8080"]) == 200)
      #expect(await status("172.16.0.1", ["Host": "evil.example"]) == 403)
      #expect(await status("172.16.0.1", ["Origin": "https://evil.example"]) == 403)
      // Not by a container's name from this machine itself: there it is no container's.
      #expect(await status("127.0.0.1", ["Host": "mock:8080"]) == 403)
      // A picture on a page of another site has no origin, and the browser says so; a page of this machine may be on another port.
      for address in ["127.0.0.1", "172.16.0.1"] {
        #expect(await status(address, ["Sec-Fetch-Site": "cross-site"]) == 403)
        #expect(await status(address, ["Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:3000"]) == 200)
      }
    }
  }

  @Test(arguments: ["", "*", "mock", "172.16.0.0/33", "172.16.0.0/", "172.16.0.0/-1", "172.16/12", "::/129", "1.2.3.4/8/8"])
  func whatIsNoNetworkIsNotTaken(text: String) { #expect(AddressRange(text) == nil) }

  @Test func aTooLargeBodyIsNotedAndReadable() async throws {
    try await MockFixture.run { mock in
      let reply = await mock.post("/talks/streams", raw: Array(repeating: 0x20, count: VendorCall.maximumBodyBytes + 1))
      #expect(reply.status == 413)
      #expect(reply.response.headers["Access-Control-Allow-Origin"] == "*")
      let entry = try #require(await mock.state.journal.entries.last)
      #expect(entry.call == .didCreate && entry.status == 413 && entry.note?.contains("bytes") == true)
      #expect(entry.body == ["bytes": .integer(Int64(VendorCall.maximumBodyBytes + 1))])
      let faults = await mock.post("/__admin/faults", raw: Array(repeating: 0x20, count: VendorCall.maximumBodyBytes + 1))
      #expect(faults["error"]?["code"] == "tooLarge" && faults.status == 413)
      #expect(faults.response.headers["Access-Control-Allow-Origin"] == "*")
    }
  }

  @Test func aPictureOfTenMebibytesFits() async throws {
    try await MockFixture.run { mock in
      let picture = String(repeating: "AAAA", count: (MediaFile.maximumBytes + 2) / 3)
      let url = "data:image/jpeg;base64," + picture
      #expect(await mock.post("/talks/streams", ["source_url": .string(url)]).status == 201)
      let outcome = await MediaSource(folders: [], client: UnusedClient(), refusedPorts: []).load(
        "data:image/jpeg;base64," + String(repeating: "AAAA", count: MediaFile.maximumBytes / 3))
      #expect(outcome == .loaded(Array(repeating: 0, count: MediaFile.maximumBytes / 3 * 3)))
      // What is kept of it is short.
      #expect(await mock.state.journal.entries.last?.body["bytes"] != nil)
      #expect(await mock.state.sessions.first?.options["source_url"]?.string?.utf8.count ?? 0 < 100)
    }
  }
}
