// Tests what the HTTP client sends again when connections end under it, counted by the server.
import Glibc
import ProviderHTTP
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(2))) struct HTTPClientResendTests {
  enum Ending: CaseIterable, Sendable { case reset, close }

  /// Answers the first request of a connection; reads the second one completely and ends the connection without a word.
  private static func endingOnSecondRequest(_ ending: Ending) -> RawServer.Script {
    { connection in
      guard connection.readRequest() != nil else { return }
      connection.respond()
      _ = connection.readRequest()
      if ending == .reset { connection.resetAtEnd() }
    }
  }

  /// Reads every request completely and ends the connection without a word.
  private static func endingAlways(_ ending: Ending) -> RawServer.Script {
    { connection in
      _ = connection.readRequest()
      if ending == .reset { connection.resetAtEnd() }
    }
  }

  @Test(arguments: Ending.allCases) func onceIsSentOnAConnectionThatLives(ending: Ending) async throws {
    try await withServer(Self.endingOnSecondRequest(ending)) { (server) async throws in
      try await withClient { (client) async throws in
        for index in 0..<100 {
          _ = try await client.send(.get(server.url + "/warm\(index)"))
          let failure = await client.failure(of: .post(server.url + "/speak\(index)", .once))
          #expect(failure?.code == .connectionLost)
          #expect(failure?.neverSent == false)
        }
      }
      for index in 0..<100 { #expect(server.countByPath["/speak\(index)"] == 1) }
      #expect(server.connectionCount == 100)
    }
  }

  /// The same server, the same POST, allowed to be repeated: the hazard that the test above is about is real.
  @Test(arguments: Ending.allCases) func repeatableIsSentAgainOnANewConnection(ending: Ending) async throws {
    try await withServer(Self.endingOnSecondRequest(ending)) { (server) async throws in
      try await withClient { (client) async throws in
        _ = try await client.send(.get(server.url + "/warm"))
        #expect(try await client.status(of: .post(server.url + "/sdp", .repeatable)) == 200)
      }
      #expect(server.countByPath["/sdp"] == 2)
      #expect(server.connectionCount == 2)
    }
  }

  @Test(arguments: Ending.allCases) func onceFailsAfterOneSend(ending: Ending) async throws {
    try await withServer(Self.endingAlways(ending)) { (server) async throws in
      let failure = try await withClient { await $0.failure(of: .post(server.url, .once)) }
      #expect(failure?.code == .connectionLost)
      #expect(failure?.neverSent == false)
      #expect(server.requests.count == 1)
    }
  }

  @Test(arguments: Ending.allCases) func repeatableFailsAfterThreeSends(ending: Ending) async throws {
    try await withServer(Self.endingAlways(ending)) { (server) async throws in
      let failure = try await withClient { await $0.failure(of: .post(server.url, .repeatable)) }
      #expect(failure?.code == .connectionLost)
      #expect(failure?.neverSent == false)
      #expect(server.requests.count == HTTPClient.maximumSends)
    }
  }

  @Test func nothingIsSentAgainOnceAResponseHasBegun() async throws {
    try await withServer({ connection in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    }) { (server) async throws in
      let failure = try await withClient { await $0.failure(of: .get(server.url)) }
      #expect(failure?.code == .connectionLost)
      #expect(failure?.neverSent == false)
      #expect(server.requests.count == 1)
    }
  }

  /// The race itself: the server ends each connection sooner or later after its response, while the next request is on
  /// its way.
  @Test(arguments: Ending.allCases) func raceWithAServerThatClosesIdleConnections(ending: Ending) async throws {
    let rounds = 400
    var outcomes: [ProviderHTTPFailure?] = []
    try await withServer({ connection in
      guard connection.readRequest() != nil else { return }
      connection.respond()
      for _ in 0..<connection.number * 37 % 300 { sched_yield() }
      if ending == .reset { connection.resetAtEnd() }
    }) { (server) async throws in
      try await withClient { (client) async throws in
        for round in 0..<rounds {
          #expect(try await client.status(of: .get(server.url + "/list\(round)")) == 200)
          let failure = await client.failure(of: .post(server.url + "/speak\(round)", .once))
          outcomes.append(failure)
          #expect(failure == nil || failure?.code == .connectionLost && failure?.neverSent == false)
        }
      }
      let counts = server.countByPath
      for round in 0..<rounds {
        if outcomes[round] == nil { #expect(counts["/speak\(round)"] == 1) }
        #expect(counts["/speak\(round)"] ?? 0 <= 1)
        #expect((1...HTTPClient.maximumSends).contains(counts["/list\(round)"] ?? 0))
      }
    }
  }

  @Test func staleKeepAliveIsNoticed() async throws {
    try await withServer({ connection in
      guard connection.readRequest() != nil else { return }
      connection.respond()
    }) { (server) async throws in
      try await withClient { (client) async throws in
        _ = try await client.send(.get(server.url))
        while server.openConnectionCount > 0, !Task.isCancelled { await Task.yield() }
        #expect(try await client.status(of: .get(server.url)) == 200)
      }
      #expect(server.requests.count == 2)
    }
  }
}
