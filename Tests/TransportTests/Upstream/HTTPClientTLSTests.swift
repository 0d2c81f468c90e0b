// Tests whom the HTTP client trusts over TLS, and HTTP/2.
import Foundation
import ProviderHTTP
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(2))) struct HTTPClientTLSTests {
  private func withNode<Value: Sendable>(
    _ version: NodeServer.HTTPVersion, _ configure: (inout HTTPClientConfiguration) -> Void = { _ in },
    _ body: (NodeServer, HTTPClient) async throws -> Value
  ) async throws -> Value {
    let certificates = try TestAuthority.shared.get()
    let server = try NodeServer(version, certificates)
    defer { server.stop() }
    var configuration = HTTPClientConfiguration()
    configuration.extraCAFile = certificates.authority
    configure(&configuration)
    return try await withClient(configuration) { try await body(server, $0) }
  }

  private func text(_ response: ProviderResponse) -> String { String(decoding: response.body, as: UTF8.self) }

  /// How often the server saw a path, asked of the server itself.
  private func count(_ path: String, _ server: NodeServer, _ client: HTTPClient) async throws -> Int {
    let lines = text(try await client.send(.get(server.url + "/seen"))).split(separator: "\n")
    return lines.first { $0.hasPrefix(path + " ") }.flatMap { Int($0.dropFirst(path.count + 1)) } ?? 0
  }

  @Test func extraAuthorityIsTrusted() async throws {
    try await withNode(.http1) { (server, client) async throws in
      #expect(text(try await client.send(.get(server.url))) == "1.1 1")
      #expect(text(try await client.send(.get(server.url))) == "1.1 1")
      #expect(text(try await client.send(.post(server.url, .once))) == "1.1 1")
    }
  }

  /// What is on this machine is nobody else's to reach.
  @Test func proxyIsNotUsedForThisMachineOverTLSEither() async throws {
    try await withServer({ connection in
      while connection.readRequest() != nil { connection.respond("405 Method Not Allowed") }
    }) { (proxy) async throws in
      try await withNode(.http1, { $0.proxy = proxy.url }) { (server, client) async throws in
        #expect(text(try await client.send(.get(server.url))) == "1.1 1")
        #expect(proxy.requests.isEmpty)
        #expect(await client.failure(of: .get("https://provider.invalid/")) != nil, "the proxy knows no CONNECT")
        #expect(proxy.requests.first?.path == "provider.invalid:443")
      }
    }
  }

  @Test func unknownAuthorityIsRefused() async throws {
    for file in [nil, try TestAuthority.unrelated.get().authority] {
      try await withNode(.http1, { $0.extraCAFile = file }) { (server, client) async throws in
        let failure = await client.failure(of: .post(server.url, .once))
        #expect(failure?.code == .tls)
        #expect(failure?.neverSent == true)
      }
    }
  }

  @Test func wrongHostNameIsRefused() async throws {
    try await withNode(.http1) { (server, client) async throws in
      let failure = await client.failure(of: .get("https://127.0.0.1:\(server.port)/"))
      #expect(failure?.code == .tls)
      #expect(failure?.neverSent == true)
      #expect(try await count("/", server, client) == 0)
    }
  }

  @Test func plainServerIsNoTLSServer() async throws {
    try await withServer({ $0.write("HTTP/1.1 400 Bad Request\r\n\r\n") }) { (server) async throws in
      let failure = try await withClient { await $0.failure(of: .get("https://127.0.0.1:\(server.port)")) }
      #expect(failure?.code == .tls)
      #expect(failure?.neverSent == true)
    }
  }

  @Test func unusableAuthorityFileIsAnErrorAtStart() async throws {
    let key = try TestAuthority.shared.get().key
    for file in ["/nonexistent/ca.pem", key] {
      let loop = try EventLoop()
      var configuration = HTTPClientConfiguration()
      configuration.extraCAFile = file
      let error = await #expect(throws: TransportError.self) { try await HTTPClient.start(configuration, on: loop) }
      #expect(error?.code == .certificate)
      await loop.stop()
    }
  }

  @Test(arguments: NodeServer.HTTPVersion.allCases)
  func tenCallsRunInParallel(version: NodeServer.HTTPVersion) async throws {
    try await withNode(version) { (server, client) async throws in
      let url = server.url + "/barrier"
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<10 { group.addTask { text(try await client.send(.get(url))) } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      // HTTP/2 shares one connection, HTTP/1.1 needs ten.
      #expect(answers.count == (version == .http2 ? 1 : 10))
      #expect(answers.contains(version == .http2 ? "2.0 1" : "1.1 1"))
    }
  }

  @Test(arguments: NodeServer.HTTPVersion.allCases)
  func bodiesAndBodilessMethods(version: NodeServer.HTTPVersion) async throws {
    try await withNode(version) { (server, client) async throws in
      for (method, size) in [("POST", 1 << 20), ("PUT", 1000), ("DELETE", 40), ("DELETE", 0), ("POST", 0), ("GET", 0)] {
        let request = ProviderRequest(
          method: method, url: server.url + "/size", body: [UInt8](repeating: 65, count: size),
          repeatability: .repeatable)
        #expect(text(try await client.send(request)) == "\(size)")
      }
    }
  }

  @Test func onceSharesTheHTTP2Connection() async throws {
    try await withNode(.http2) { (server, client) async throws in
      #expect(text(try await client.send(.get(server.url))) == "2.0 1")
      #expect(text(try await client.send(.post(server.url, .once))) == "2.0 1")
      let url = server.url + "/barrier"
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<10 { group.addTask { text(try await client.send(.post(url, .once))) } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(answers == ["2.0 1"])
    }
  }

  /// Ten calls at once wait for the one connection that is being made.
  @Test func onceWaitsForTheConnectionThatIsBeingMade() async throws {
    try await withNode(.http2) { (server, client) async throws in
      let url = server.url + "/barrier"
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<10 { group.addTask { text(try await client.send(.post(url, .once))) } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(answers == ["2.0 1"])
    }
  }

  /// A refused stream was not processed, so it is sent again, and not for ever.
  @Test(arguments: [ProviderRequest.Repeatability.once, .repeatable])
  func refusedStreamsAreSentAgainSoOften(repeatability: ProviderRequest.Repeatability) async throws {
    try await withNode(.http2) { (server, client) async throws in
      // On a connection that was used before, and on one that was not.
      _ = try await client.send(.get(server.url))
      for round in 1...2 {
        let failure = await client.failure(of: .post(server.url + "/refuse", repeatability))
        #expect(failure?.code == .connectionLost)
        #expect(failure?.neverSent == true)
        #expect(try await count("/refuse", server, client) == round * (1 + SendCount.maximumRefusals))
      }
    }
  }

  @Test(arguments: NodeServer.HTTPVersion.allCases)
  func lostConnectionsAreCounted(version: NodeServer.HTTPVersion) async throws {
    try await withNode(version) { (server, client) async throws in
      _ = try await client.send(.get(server.url))
      let once = await client.failure(of: .post(server.url + "/goaway", .once))
      #expect(once?.code == .connectionLost)
      #expect(once?.neverSent == false)
      #expect(try await count("/goaway", server, client) == 1)
      let repeatable = await client.failure(of: .post(server.url + "/goaway", .repeatable))
      #expect(repeatable?.code == .connectionLost)
      #expect((1...(1 + HTTPClient.maximumSends)).contains(try await count("/goaway", server, client)))
    }
  }

  /// The server's `close_notify` is a byte that can be read, so its FIN has to be looked for.
  @Test(arguments: NodeServer.HTTPVersion.allCases)
  func closedIdleConnectionsAreNotUsed(version: NodeServer.HTTPVersion) async throws {
    try await withNode(version) { (server, client) async throws in
      var configuration = HTTPClientConfiguration()
      configuration.extraCAFile = try TestAuthority.shared.get().authority
      try await withClient(configuration) { (other) async throws in
        for round in 1...20 {
          #expect(try await client.status(of: .post(server.url + "/farewell", .once)) == 200)
          while text(try await other.send(.get(server.url + "/farewells"))) != "\(round)" {}
        }
      }
      #expect(try await client.status(of: .post(server.url, .once)) == 200)
      #expect(try await count("/farewell", server, client) == 20)
    }
  }

  /// On a connection that answers nobody, nobody waits but those who wrote to it before that was known.
  @Test(arguments: NodeServer.HTTPVersion.allCases)
  func silentConnectionsAreAbandoned(version: NodeServer.HTTPVersion) async throws {
    try await withNode(version) { (server, client) async throws in
      let url = server.url + "/hang"
      #expect(try await client.status(of: .get(server.url)) == 200)
      let patient = Task { await client.failure(of: .post(url, .once)) }
      while try await count("/hang", server, client) < 1 {}
      let failure = await client.failure(of: .post(url, .once, timeout: .seconds(1)))
      #expect(failure?.code == .timeout && failure?.neverSent == false)
      // The patient one is still there, and another connection answers.
      #expect(text(try await client.send(.post(server.url, .once))).hasSuffix(" 1") == false)
      patient.cancel()
      #expect(await patient.value?.code == .cancelled)
      #expect(try await count("/hang", server, client) == 2)
    }
  }

  @Test func timedOutStreamTakesItsConnectionAlong() async throws {
    try await withNode(.http2) { (server, client) async throws in
      #expect(text(try await client.send(.get(server.url))) == "2.0 1")
      #expect(await client.failure(of: .get(server.url + "/hang", timeout: .seconds(1)))?.code == .timeout)
      #expect(text(try await client.send(.get(server.url))) == "2.0 2")
    }
  }

  @Test func cancelledStreamLeavesTheOthersOfItsConnection() async throws {
    try await withNode(.http2) { (server, client) async throws in
      _ = try await client.send(.get(server.url))
      let url = server.url + "/hang"
      let hanging = Task { await client.failure(of: .get(url)) }
      while try await count("/hang", server, client) < 1 {}
      hanging.cancel()
      #expect(await hanging.value?.code == .cancelled)
      #expect(text(try await client.send(.get(server.url))) == "2.0 1")
    }
  }
}
