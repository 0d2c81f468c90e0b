// Tests methods, bodies and responses of every shape with the HTTP client on loopback.
import ProviderHTTP
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPClientTests {
  /// Answers every request with what it was, and keeps the connection.
  private static let echo: RawServer.Script = { connection in
    while let request = connection.readRequest() {
      let head = "\(request.method) \(request.path) \(request.headers["content-length"] ?? "-")\n"
      let body = Array(head.utf8) + request.body
      connection.write("HTTP/1.1 201 Created\r\nX-Echo: \(request.headers["x-test"] ?? "-")\r\n")
      connection.write(Array("Content-Length: \(body.count)\r\n\r\n".utf8) + body)
    }
  }

  /// Answers every request with the same bytes.
  private func answer(to request: (String) -> ProviderRequest, _ answer: String) async throws -> ProviderResponse {
    try await withServer({ connection in
      while connection.readRequest() != nil { connection.write(answer) }
    }) { server in try await withClient { try await $0.send(request(server.url + "/a")) } }
  }

  @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"], [nil, "", "{\"a\":1}"] as [String?])
  func everyMethodWithAndWithoutBody(method: String, body: String?) async throws {
    try await withServer(Self.echo) { (server) async throws in
      try await withClient { (client) async throws in
        let response = try await client.send(
          ProviderRequest(
            method: method, url: server.url + "/x?y=%20&z=/../", headers: [("X-Test", "a b"), ("X-Empty", "")],
            body: Array((body ?? "").utf8), repeatability: .once))
        #expect(response.status == 201)
        #expect(response.header("x-echo") == "a b")
        let expectsLength = !(body ?? "").isEmpty || ["POST", "PUT", "PATCH"].contains(method)
        let length = expectsLength ? "\((body ?? "").utf8.count)" : "-"
        #expect(String(decoding: response.body, as: UTF8.self) == "\(method) /x?y=%20&z=/../ \(length)\n\(body ?? "")")
        let seen = try #require(server.requests.first)
        #expect(seen.headers["x-empty"] == "")
        #expect(seen.headers["content-type"] == nil && seen.headers["expect"] == nil)
        #expect(seen.headers["host"] == "127.0.0.1:\(server.port)")
      }
    }
  }

  @Test func contentTypeAndBytesArriveAsGiven() async throws {
    try await withServer(Self.echo) { (server) async throws in
      try await withClient { (client) async throws in
        var request = ProviderRequest.post(server.url, .repeatable)
        request.headers = [("content-type", "application/json; charset=utf-8")]
        request.body = [0, 255, 13, 10, 0]
        let response = try await client.send(request)
        #expect(Array(response.body.suffix(5)) == request.body)
        #expect(server.requests.first?.headers["content-type"] == "application/json; charset=utf-8")
      }
    }
  }

  @Test func statusesAreHandedOverAsTheyAre() async throws {
    let noContent = try await answer(to: { .get($0) }, "HTTP/1.1 204 No Content\r\nX-A: 1\r\nx-A:  2 \r\n\r\n")
    #expect(noContent.status == 204 && noContent.body.isEmpty)
    #expect(noContent.headers.map { "\($0.name)=\($0.value)" } == ["x-a=1", "x-a=2"])

    let moved = try await answer(to: { .get($0) }, "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
    #expect(moved.status == 302 && moved.header("location") == "/b")

    let limited = try await answer(
      to: { .post($0, .once) }, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}")
    #expect(limited.status == 429 && limited.header("retry-after") == "7" && limited.body == Array("{}".utf8))

    let bad = try await answer(to: { .get($0) }, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad")
    #expect(bad.status == 502 && bad.body == Array("bad".utf8))
  }

  @Test func chunkedBodyWithExtensionAndTrailer() async throws {
    let response = try await answer(
      to: { .get($0) },
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n")
    #expect(response.body == Array("abcde".utf8))
    #expect(response.header("x-trailer") == nil)
  }

  @Test func interimResponsesAreLeftOut() async throws {
    let response = try await answer(
      to: { .get($0) },
      "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-B: 2\r\n\r\n")
    #expect(response.status == 200)
    #expect(response.header("x-early") == nil && response.header("x-b") == "2")
  }

  @Test func headHasNoBody() async throws {
    let response = try await answer(
      to: { ProviderRequest(method: "HEAD", url: $0, repeatability: .repeatable) },
      "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    #expect(response.status == 200 && response.body.isEmpty && response.header("content-length") == "5000")
  }

  @Test func bodyUpToTheEndOfTheConnection() async throws {
    try await withServer({ connection in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\n\r\nuntil the end")
    }) { (server) async throws in
      let response = try await withClient { try await $0.send(.get(server.url)) }
      #expect(response.body == Array("until the end".utf8))
    }
  }

  @Test func longHeaderFieldsBothWays() async throws {
    let long = String(repeating: "h", count: 5000)
    try await withServer(Self.echo) { (server) async throws in
      var request = ProviderRequest.get(server.url + "/" + String(repeating: "u", count: 3000))
      request.headers = [("X-Test", long)]
      let response = try await withClient { try await $0.send(request) }
      #expect(response.header("x-echo") == long)
    }
  }

  @Test func oneMegabyteUpAndDown() async throws {
    let body = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try await withServer(Self.echo) { (server) async throws in
      var request = ProviderRequest.post(server.url, .once)
      request.body = body
      request.maximumResponseBytes = 2 << 20
      let response = try await withClient { try await $0.send(request) }
      #expect(response.body.suffix(1 << 20) == body[...])
    }
  }

  @Test func repeatableRequestsShareAConnection() async throws {
    try await withServer(Self.echo) { (server) async throws in
      try await withClient { (client) async throws in
        for _ in 0..<5 { _ = try await client.send(.get(server.url)) }
        #expect(server.connectionCount == 1)
      }
    }
  }

  @Test func connectionCloseIsHonoured() async throws {
    try await withServer({ connection in
      _ = connection.readRequest()
      connection.respond(headers: "Connection: close\r\n", "x")
      connection.waitForEnd()
    }) { (server) async throws in
      try await withClient { (client) async throws in
        for _ in 0..<3 { #expect(try await client.status(of: .get(server.url)) == 200) }
        #expect(server.connectionCount == 3)
      }
    }
  }

  @Test func callsFromTheLoopAndFromThePoolRunInParallel() async throws {
    // No response is sent before all ten requests have arrived.
    let gate = Gate(opensAt: 10)
    try await withServer({ connection in
      while connection.readRequest() != nil {
        gate.pass()
        connection.respond()
      }
    }) { (server) async throws in
      let loop = try EventLoop()
      let client = try await HTTPClient.start(HTTPClientConfiguration(), on: loop)
      await withTaskGroup(of: Int?.self) { group in
        for _ in 0..<5 { group.addTask { try? await client.send(.get(server.url)).status } }
        for _ in 0..<5 {
          group.addTask(executorPreference: loop) { try? await client.send(.post(server.url, .once)).status }
        }
        for await status in group { #expect(status == 200) }
      }
      await loop.stop()
    }
  }
}
