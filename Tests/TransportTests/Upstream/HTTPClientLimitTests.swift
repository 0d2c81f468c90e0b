// Tests which requests and responses the HTTP client refuses, and which connections it does not make.
import ProviderHTTP
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPClientLimitTests {
  // MARK: Requests that are refused

  @Test(arguments: [
    "file:///etc/passwd", "ftp://127.0.0.1/", "127.0.0.1/", "", "http://", "http://127.0.0.1:99999/", "http://a b/",
    "http://127.0.0.1/\r\nX: y", "http://user:word@127.0.0.1/", "http://127.0.0.1/ä", "http:///", "HTTP",
    "http://[::1",
  ])
  func unusableURL(url: String) async throws {
    let failure = try await withClient { await $0.failure(of: .get(url)) }
    // "http:///" and the like are libcurl's to judge; nothing is sent in any case.
    #expect(failure?.code == .invalidRequest)
    #expect(failure?.neverSent == true)
  }

  @Test(arguments: [
    ("X-A", "b\r\nX-C: d"), ("X-A", "b\nc"), ("X-A", "b\rc"), ("X-A", "b\0c"), ("X-A\r\nX-B", "c"), ("", "c"),
    ("X A", "b"), ("X-A:", "b"), ("Content-Length", "5"), ("transfer-encoding", "chunked"), ("Host", "elsewhere"),
  ])
  func unusableHeader(name: String, value: String) async throws {
    try await withServer(RawServer.hanging) { (server) async throws in
      var request = ProviderRequest.post(server.url, .once)
      request.headers = [(name, value)]
      let failure = try await withClient { await $0.failure(of: request) }
      #expect(failure?.code == .invalidRequest)
      #expect(failure?.neverSent == true)
      #expect(failure?.detail.contains("X-C") == false)
      #expect(server.connectionCount == 0)
    }
  }

  @Test(arguments: ["", "GE T", "GET\r\n", "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"]) func unusableMethod(method: String)
    async throws
  {
    let request = ProviderRequest(method: method, url: "http://127.0.0.1:1/", repeatability: .once)
    #expect(try await withClient { await $0.failure(of: request) }?.code == .invalidRequest)
  }

  @Test func requestBounds() async throws {
    var configuration = HTTPClientConfiguration()
    configuration.maximumRequestBytes = 100
    try await withServer(RawServer.hanging) { (server) async throws in
      try await withClient(configuration) { (client) async throws in
        var request = ProviderRequest.post(server.url, .once)
        request.body = [UInt8](repeating: 32, count: 100)
        #expect(try await client.status(of: request) == 200)
        request.body.append(32)
        #expect(await client.failure(of: request)?.code == .invalidRequest)
        let long = String(repeating: "x", count: ProviderRequest.maximumHeadBytes)
        #expect(await client.failure(of: .get(server.url + "/" + long))?.code == .invalidRequest)
      }
    }
  }

  // MARK: Responses that are refused

  @Test func responseBound() async throws {
    try await withServer({ connection in
      while connection.readRequest() != nil { connection.respond("200 OK", String(repeating: "b", count: 1000)) }
    }) { (server) async throws in
      try await withClient { (client) async throws in
        var request = ProviderRequest.get(server.url)
        request.maximumResponseBytes = 1000
        #expect(try await client.status(of: request) == 200)
        request.maximumResponseBytes = 999
        let failure = await client.failure(of: request)
        #expect(failure?.code == .unacceptableResponse)
        #expect(failure?.neverSent == false)
      }
    }
  }

  enum Unacceptable: CaseIterable { case longHeader, otherProtocol, noStatus }

  @Test(arguments: Unacceptable.allCases) func responseThatIsNone(kind: Unacceptable) async throws {
    let bytes =
      switch kind {
      case .longHeader:
        "HTTP/1.1 200 OK\r\n" + String(repeating: "A: \(String(repeating: "a", count: 997))\r\n", count: 70)
      case .otherProtocol: "SSH-2.0-OpenSSH_9.2\r\n\r\n"
      case .noStatus: "HTTP/1.1 twohundred OK\r\n\r\n"
      }
    try await withServer({ connection in
      _ = connection.readRequest()
      connection.write(bytes)
    }) { (server) async throws in
      let failure = try await withClient { await $0.failure(of: .post(server.url, .once)) }
      #expect(failure?.code == .unacceptableResponse)
      #expect(failure?.neverSent == false)
    }
  }

  // MARK: No connection

  @Test func refusedPort() async throws {
    let server = try RawServer { _ in }
    server.stop()
    let failure = try await withClient { await $0.failure(of: .post(server.url, .once)) }
    #expect(failure?.code == .unreachable)
    #expect(failure?.neverSent == true)
  }

  @Test func unresolvedHost() async throws {
    // RFC 6761 section 6.4: a name that never resolves.
    let failure = try await withClient { await $0.failure(of: .get("http://provider.invalid/", timeout: .seconds(5))) }
    #expect([.unresolvedHost, .timeout, .unreachable].contains(failure?.code))
    #expect(failure?.neverSent == true)
  }

  @Test func connectTimeout() async throws {
    // It accepts the connection and never answers the TLS handshake.
    try await withServer({ $0.waitForEnd() }) { (server) async throws in
      var configuration = HTTPClientConfiguration()
      configuration.connectTimeout = .milliseconds(50)
      let url = "https://127.0.0.1:\(server.port)"
      let failure = try await withClient(configuration) { await $0.failure(of: .get(url)) }
      #expect(failure?.code == .unreachable)
      #expect(failure?.neverSent == true)
    }
  }

  @Test func proxyIsUsedForPlainRequests() async throws {
    try await withServer(RawServer.hanging) { (server) async throws in
      var configuration = HTTPClientConfiguration()
      configuration.proxy = server.url
      #expect(try await withClient(configuration) { try await $0.status(of: .get("http://provider.invalid/x")) } == 200)
      #expect(server.requests.first?.path == "http://provider.invalid/x")
    }
  }

  /// Plain requests to this machine hold a key, which the proxy would see.
  @Test func proxyIsNotUsedForPlainRequestsToThisMachine() async throws {
    try await withServer(RawServer.hanging) { (proxy) async throws in
      try await withServer(RawServer.hanging) { (server) async throws in
        var configuration = HTTPClientConfiguration()
        configuration.proxy = proxy.url
        try await withClient(configuration) { client in
          // A handle that served a proxied request serves the next one, too.
          for host in ["127.0.0.1", "localhost", "provider.invalid", "127.0.0.1"] {
            _ = try? await client.status(of: .get("http://\(host):\(server.port)/x"))
          }
        }
        #expect(server.requests.map(\.path) == ["/x", "/x", "/x"])
        #expect(proxy.requests.map(\.path) == ["http://provider.invalid:\(server.port)/x"])
      }
    }
  }

  @Test func proxyThatIsNoURL() async throws {
    let loop = try EventLoop()
    var configuration = HTTPClientConfiguration()
    configuration.proxy = "socks5://127.0.0.1"
    let error = await #expect(throws: TransportError.self) { try await HTTPClient.start(configuration, on: loop) }
    #expect(error?.code == .invalidAddress)
    await loop.stop()
  }
}
