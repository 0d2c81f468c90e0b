// A mock on real sockets: embedded, and as a program.
import Basics
import Foundation
import ProviderHTTP
import StrictJSON
import Testing
import Transport

@testable import MockProvider

@Suite struct ServerTests {
  /// Runs a test with a listening mock and a client.
  private func withServer(
    _ configuration: MockConfiguration = MockConfiguration(), _ body: (MockServer, HTTPClient) async throws -> Void
  ) async throws {
    let loop = try EventLoop()
    do {
      let mock = try await MockServer.start(configuration, on: loop)
      try await body(mock, try await HTTPClient.start(.init(), on: loop))
      await mock.stop()
    } catch {
      await loop.stop()
      throw error
    }
    await loop.stop()
  }

  private func request(
    _ method: String, _ url: String, _ body: JSONValue? = nil, timeout: Duration = .seconds(10)
  ) -> ProviderRequest {
    ProviderRequest(
      method: method, url: url,
      headers: [("Authorization", "Basic k"), ("X-Api-Key", "k"), ("Content-Type", "application/json")],
      body: body?.serialized ?? [], repeatability: .once, timeout: timeout)
  }

  @Test func aStreamLivesAndEndsOverSockets() async throws {
    try await withServer { mock, client in
      let created = try await client.send(
        request("POST", mock.baseURL + "/talks/streams", ["source_url": "https://example.com/a.jpg"]))
      #expect(created.status == 201)
      #expect(created.header("access-control-allow-origin") == "*")
      let reply = try JSONParser.parse(created.body)
      let path = mock.baseURL + "/talks/streams/" + (reply["id"]?.string ?? "")
      let session = reply["session_id"] ?? .null
      let end = try await client.send(request("POST", path + "/ice", ["session_id": session]))
      #expect(end.status == 200)
      // A DELETE with a body, as D-ID has it.
      let deleted = try await client.send(request("DELETE", path, ["session_id": session]))
      #expect(deleted.status == 200)
      #expect(await mock.sessions.map(\.state) == [.ended(.closed)])
      #expect(await mock.journal.map(\.call) == [.didCreate, .didIce, .didDelete])
    }
  }

  @Test func preflightHasNoBody() async throws {
    try await withServer { mock, client in
      let reply = try await client.send(request("OPTIONS", mock.baseURL + "/v1/streaming.new"))
      #expect(reply.status == 204)
      #expect(reply.body.isEmpty)
    }
  }

  @Test func aDroppedAnswerIsALostConnection() async throws {
    try await withServer { mock, client in
      var fault = Fault(.call(.didCreate), .drop)
      fault.takesEffect = true
      try await mock.fault(fault)
      await #expect(throws: ProviderHTTPFailure.self) {
        try await client.send(
          request("POST", mock.baseURL + "/talks/streams", ["source_url": "https://example.com/a.jpg"]))
      }
      #expect(await mock.sessions.count == 1)
      #expect(await mock.journal.count == 1)
    }
  }

  @Test func aDelayedAnswerComesWhenTheClockMoves() async throws {
    try await withServer { mock, client in
      var fault = Fault(.call(.heyGenList), .none)
      fault.delay = .seconds(300)
      try await mock.fault(fault)
      async let reply = client.send(request("GET", mock.baseURL + "/v1/streaming.list"))
      await mock.state.clock.waitForSleepers(1)
      mock.advance(by: .seconds(300))
      #expect(try await reply.status == 200)
    }
  }

  @Test func replyingURLsNameTheOwnPort() async throws {
    try await withServer { mock, client in
      let reply = try await client.send(request("POST", mock.baseURL + "/v1/streaming.new", ["version": "v2"]))
      let url = try JSONParser.parse(reply.body)["data"]?["url"]?.string ?? ""
      #expect(url == mock.baseURL.replacing("http:", with: "ws:") + "/room")
    }
  }

  @Test func aBodyTooLargeIsRefusedAndTheMockGoesOn() async throws {
    try await withServer { mock, client in
      let huge = JSONValue.string(String(repeating: "x", count: 3 << 20))
      _ = try? await client.send(request("POST", mock.baseURL + "/talks/streams", ["source_url": huge]))
      let reply = try await client.send(request("GET", mock.baseURL + "/__admin/health"))
      #expect(reply.status == 200)
    }
  }

  @Test func twoMocksShareALoopAndNothingElse() async throws {
    try await withServer { mock, client in
      let loop = try EventLoop()
      let other = try await MockServer.start(on: loop)
      #expect(other.baseURL != mock.baseURL)
      _ = try await client.send(request("POST", other.baseURL + "/v1/streaming.new", [:]))
      #expect(await mock.sessions.isEmpty)
      #expect(await other.sessions.count == 1)
      await other.stop()
      await loop.stop()
    }
  }

  @Test func aTakenPortIsAnError() async throws {
    try await withServer { mock, _ in
      var configuration = MockConfiguration()
      configuration.port = try #require(Int(mock.baseURL.split(separator: ":").last ?? ""))
      let loop = try EventLoop()
      let error = await #expect(throws: TransportError.self) {
        _ = try await MockServer.start(configuration, on: loop)
      }
      #expect(error?.code == .addressInUse)
      await loop.stop()
    }
  }
}
