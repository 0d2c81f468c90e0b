// Tests what is served of HTTP/1.1, over real sockets.
import Basics
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Transport

@Suite(.timeLimit(.minutes(2))) struct ListenerHTTPTests {
  @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT"])
  func everyMethodMayHaveABody(_ method: String) async throws {
    try await ServerFixture.run { server in
      let socket = try server.connect()
      let response = socket.exchange(
        "\(method) /a%20b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n{\"id\":\"a&b=c\"}")
      #expect(response?.status == 200)
      #expect(response?.header("X-Seen") == "\(method) /a%20b c=d")
      #expect(response?.text == "{\"id\":\"a&b=c\"}")
      #expect(response?.header("Connection") == "keep-alive")
      #expect(response?.header("Date")?.hasSuffix(" GMT") == true)
    }
  }

  @Test func headAnnouncesTheBodyAndSendsNone() async throws {
    try await ServerFixture.run(http: { _ in .text(200, "four") }) { server in
      let socket = try server.connect()
      socket.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(socket.response(toHead: true)?.header("Content-Length") == "5")
      #expect(socket.response()?.text == "four\n")
    }
  }

  @Test(arguments: [200, 201, 204, 302, 304, 402, 429, 500, 502, 599])
  func anyStatusIsSentAndTheConnectionGoesOn(_ status: Int) async throws {
    try await ServerFixture.run(http: { _ in HTTPResponse(status: status, body: [0x61]) }) { server in
      let socket = try server.connect()
      for _ in 0..<2 {
        let response = socket.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(response?.status == status)
        #expect(response?.header("Content-Length") == (status == 204 || status == 304 ? nil : "1"))
      }
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    let clockBox = Mutex<LoopClock?>(nil)
    try await ServerFixture.run(http: { request in
      // The first answer is the slowest.
      if request.path == "/1", let clock = clockBox.withLock({ $0 }) { try? await clock.sleep(for: .milliseconds(30)) }
      return .text(200, request.path)
    }) { server in
      clockBox.withLock { $0 = server.loop.clock }
      let socket = try server.connect()
      socket.send((1...50).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
      for number in 1...50 { #expect(socket.response()?.text == "/\(number)\n") }
    }
  }

  @Test func aFloodOfPipelinedRequestsWaitsInTheSocket() async throws {
    try await ServerFixture.run(http: { .text(200, $0.path) }) { server in
      let socket = try server.connect()
      let request =
        "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n" + String(repeating: "a", count: 20000)
      for _ in 0..<40 { socket.send(request) }
      for _ in 0..<40 { #expect(socket.response()?.status == 200) }
    }
  }

  @Test func bytesOneByOneAreTheSameRequest() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connect()
      for byte in Array("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok".utf8) { socket.send([byte]) }
      #expect(socket.response()?.text == "ok")
    }
  }

  @Test func chunkedBodiesAreRead() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connect()
      let head = "DELETE / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
      let body = "5\r\nhello\r\n00A;ext=\"v\"\r\n, chunked \r\n5\r\nworld\r\n0\r\nTrailer: dropped\r\n\r\n"
      #expect(socket.exchange(head + body)?.text == "hello, chunked world")
      // In single bytes, and the connection goes on.
      for byte in Array((head + body).utf8) { socket.send([byte]) }
      #expect(socket.response()?.text == "hello, chunked world")
    }
  }

  @Test func aMegabyteGoesBothWays() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connect()
      let body = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      socket.send("PUT /big HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n")
      socket.send(body)
      #expect(socket.response()?.body == body)
    }
  }

  @Test func continueIsSentBeforeTheBodyAndOnlyThen() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connect()
      let head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
      #expect(socket.exchange(head)?.status == 100)
      #expect(socket.exchange("ok")?.text == "ok")
      // The body came along: no 100 is needed.
      #expect(socket.exchange(head + "ok")?.status == 200)
      #expect(
        socket.exchange("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n")?.status
          == 413)
    }
  }

  @Test func versionAndConnectionDecideWhetherItGoesOn() async throws {
    try await ServerFixture.run { server in
      let old = try server.connect()
      #expect(old.exchange("GET / HTTP/1.0\r\n\r\n")?.header("Connection") == "close")
      #expect(old.isAtEnd)
      let kept = try server.connect()
      #expect(kept.exchange("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")?.header("Connection") == "keep-alive")
      #expect(
        kept.exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, CLOSE\r\n\r\n")?.header("Connection") == "close")
      #expect(kept.isAtEnd)
    }
  }

  @Test func aHandlerMayEndTheConnection() async throws {
    try await ServerFixture.run(http: { _ in
      HTTPResponse(status: 200, headers: ["Connection": "close", "Content-Length": "999"], body: [0x61])
    }) { server in
      let socket = try server.connect()
      let response = socket.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(response?.header("Content-Length") == "1")
      #expect(response?.text == "a")
      #expect(socket.isAtEnd)
    }
  }

  @Test func aHandlerThatThrowsDropsTheConnectionWithoutAByte() async throws {
    struct Dropped: Error {}
    try await ServerFixture.run(http: { _ in throw Dropped() }) { server in
      let socket = try server.connect()
      #expect(socket.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n") == nil)
      #expect(socket.isAtEnd)
    }
  }

  @Test(arguments: [
    HTTPResponse(status: 200, headers: ["X-A": "b\r\nSet-Cookie: c"]),
    HTTPResponse(status: 200, headers: ["X-A\r\nX-B": "c"]),
    HTTPResponse(status: 200, headers: ["X A": "c"]),
    HTTPResponse(status: 200, headers: ["X-A": "nul\u{0}"]),
    HTTPResponse(status: 99), HTTPResponse(status: 100), HTTPResponse(status: 1000),
  ])
  func aResponseThatCouldBreakOutIsAnError(_ response: HTTPResponse) async throws {
    try await ServerFixture.run(http: { _ in response }) { server in
      let socket = try server.connect()
      let answer = socket.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(answer?.status == 500)
      #expect(answer?.head.contains("Set-Cookie") == false)
    }
  }

  @Test func theHandlerIsCancelledWhenThePeerLeaves() async throws {
    let (cancellations, continuation) = AsyncStream.makeStream(of: Bool.self)
    let (starts, started) = AsyncStream.makeStream(of: Void.self)
    try await ServerFixture.run(http: { _ in
      started.yield()
      await withTaskCancellationHandler {
        await withCheckedContinuation { (waiting: CheckedContinuation<Void, Never>) in
          Task { for await _ in cancellations { return waiting.resume() } }
        }
      } onCancel: {
        continuation.yield(true)
      }
      return .text(200, "nobody")
    }) { server in
      var socket: RawSocket? = try server.connect()
      socket?.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      for await _ in starts { break }
      #expect(await server.listener.connectionCount == 1)
      socket = nil
      while await server.listener.connectionCount > 0, !Task.isCancelled { await Task.yield() }
    }
  }

  @Test func absoluteFormAndLeadingEmptyLinesAreAccepted() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connect()
      let response = socket.exchange("\r\n\r\nGET http://x:1/p?q HTTP/1.1\r\nHost: x:1\r\n\r\n")
      #expect(response?.header("X-Seen") == "GET /p q")
      #expect(socket.exchange("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")?.header("X-Seen") == "OPTIONS * -")
    }
  }
}

extension HTTPResponse: CustomTestStringConvertible {
  public var testDescription: String { "\(status) \(headers.fields.map(\.name))" }
}
