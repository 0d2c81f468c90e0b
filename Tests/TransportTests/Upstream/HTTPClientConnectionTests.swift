// Tests connections that are made before they are needed, and what many calls at once do with them.
import ProviderHTTP
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(2))) struct HTTPClientConnectionTests {
  private func text(_ response: ProviderResponse) -> String { String(decoding: response.body, as: UTF8.self) }

  private func withNode<Value: Sendable>(
    _ version: NodeServer.HTTPVersion, _ body: (NodeServer, HTTPClient) async throws -> Value
  ) async throws -> Value {
    let certificates = try TestAuthority.shared.get()
    let server = try NodeServer(version, certificates)
    defer { server.stop() }
    var configuration = HTTPClientConfiguration()
    configuration.extraCAFile = certificates.authority
    return try await withClient(configuration) { try await body(server, $0) }
  }

  /// The first call finds the connection there; nothing was requested over it before.
  @Test(arguments: NodeServer.HTTPVersion.allCases)
  func connectionsAreThereBeforeTheFirstCall(version: NodeServer.HTTPVersion) async throws {
    try await withNode(version) { (server, client) async throws in
      try await client.prepareConnections(to: server.url + "/v1", unlessUsedWithin: .seconds(60))
      // Not once more.
      try await client.prepareConnections(to: server.url, unlessUsedWithin: .seconds(60))
      let expected = version == .http2 ? "2.0 1" : "1.1 1"
      #expect(text(try await client.send(.post(server.url, .once))) == expected)
      #expect(text(try await client.send(.get(server.url + "/seen"))) == "/ 1\n/seen 1")
    }
  }

  @Test func connectionsThatWereNotUsedForLongAreMadeAnew() async throws {
    try await withNode(.http2) { (server, client) async throws in
      for _ in 1...3 { try await client.prepareConnections(to: server.url, unlessUsedWithin: .zero) }
      client.closeConnections(unusedFor: .zero)
      #expect(text(try await client.send(.post(server.url, .once))) == "2.0 4")
    }
  }

  /// Without HTTP/2 a few are kept, since one cannot be shared.
  @Test func someConnectionsAreKeptWhereNoneIsShared() async throws {
    try await withServer(RawServer.hanging) { (server) async throws in
      try await withClient { (client) async throws in
        let count = client.configuration.readyConnectionsPerHost
        try await client.prepareConnections(to: server.url, unlessUsedWithin: .seconds(60))
        while server.connectionCount < count, !Task.isCancelled { await Task.yield() }
        for _ in 0..<10 { #expect(try await client.status(of: .post(server.url, .once)) == 200) }
        #expect(server.connectionCount == count && server.requests.count == 10)
        client.closeConnections(unusedFor: .zero)
        while server.openConnectionCount > 0, !Task.isCancelled { await Task.yield() }
        #expect(try await client.status(of: .post(server.url, .once)) == 200)
      }
    }
  }

  @Test func nothingIsMadeToAServerThatIsDown() async throws {
    let server = try RawServer { _ in }
    server.stop()
    try await withClient { (client) async throws in
      let failure = await #expect(throws: ProviderHTTPFailure.self) {
        try await client.prepareConnections(to: server.url, unlessUsedWithin: .zero)
      }
      #expect(failure?.code == .unreachable && failure?.neverSent == true)
    }
  }

  /// More calls at once than one connection carries: they share a few, and all are answered.
  @Test func manyCallsShareFewConnections() async throws {
    try await withNode(.http2) { (server, client) async throws in
      let url = server.url
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<600 { group.addTask { text(try await client.send(.post(url, .once))) } }
        return try await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
      }
      #expect(answers.values.reduce(0, +) == 600)
      #expect(answers.count <= CallRoom.sharedConnections)
      #expect(answers.keys.allSatisfy { $0.hasPrefix("2.0 ") })
    }
  }
}
