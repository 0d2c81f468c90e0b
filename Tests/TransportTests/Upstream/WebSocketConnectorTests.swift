// WebSockets to servers: opened, used, closed, and what is said where that fails.
import Basics
import Glibc
import TestSupport
import Testing
import Wire

@testable import Transport

@Suite(.timeLimit(.minutes(2))) struct WebSocketConnectorTests {
  @Test func messagesGoAndCome() async throws {
    try await ServerFixture.run { server in
      try await ConnectorFixture.run { client in
        let socket = try await client.open(
          "ws://127.0.0.1:\(server.port)/ws?key=a%20b", headers: [("Authorization", "Basic x:y")])
        #expect(await client.send("hello", on: socket) == 1)
        #expect(await client.handler.next() == .text("hello"))
        let long = String(repeating: "ä", count: 100_000)
        #expect(await client.send(long, on: socket) == 2)
        #expect(await client.handler.next() == .text(long))
        #expect(await client.send("", on: socket) == 3)
        #expect(await client.handler.next() == .text(""))
        await client.close(socket, code: 4000)
        #expect(await client.handler.next() == .closed(4000, written: 3))
        #expect(await client.send("late", on: socket) == nil)
      }
    }
  }

  @Test func failuresHaveAKind() async throws {
    try await ServerFixture.run { server in
      try await ConnectorFixture.run { client in
        let free = try RawServer { _ in }
        free.stop()
        for (url, code, status) in [
          ("http://127.0.0.1", WebSocketOpenFailure.Code.invalidRequest, nil), ("ws://", .invalidRequest, nil),
          ("ws://user@127.0.0.1/", .invalidRequest, nil), ("ws://127.0.0.1:0/", .invalidRequest, nil),
          ("ws://127.0.0.1/a b", .invalidRequest, nil),
          ("ws://127.0.0.1/" + String(repeating: "a", count: 5000), .invalidRequest, nil),
          ("ws://no-such-host.invalid/", .unresolvedHost, nil),
          ("ws://127.0.0.1:\(free.port)/", .unreachable, nil),
          ("ws://127.0.0.1:\(server.port)/elsewhere", .refused, 404),
        ] as [(String, WebSocketOpenFailure.Code, Int?)] {
          let failure = await client.failure(url)
          #expect(
            failure?.code == code && failure?.status == status,
            "\(url.prefix(60)): \(failure.map(String.init(describing:)) ?? "opened")")
        }
      }
    }
  }

  @Test func certificatesAndNamesAreChecked() async throws {
    let certificates = try TestAuthority.shared.get()
    let tls = ListenerConfiguration.TLS(certificateFile: certificates.certificate, keyFile: certificates.key)
    try await ServerFixture.run(configure: { $0.tls = tls }) { server in
      var configuration = WebSocketConnectorConfiguration()
      configuration.extraCAFile = certificates.authority
      try await ConnectorFixture.run(configuration) { client in
        let socket = try await client.open("wss://localhost:\(server.port)/ws")
        let long = String(repeating: "long ", count: 20_000)
        #expect(await client.send(long, on: socket) == 1)
        #expect(await client.handler.next() == .text(long))
        #expect(await client.failure("wss://127.0.0.1:\(server.port)/ws")?.code == .tls)
        #expect(await client.failure("ws://localhost:\(server.port)/ws")?.code == .badHandshake)
      }
      for file in [nil, try TestAuthority.unrelated.get().authority] {
        configuration.extraCAFile = file
        try await ConnectorFixture.run(configuration) { client in
          #expect(await client.failure("wss://localhost:\(server.port)/ws")?.code == .tls)
        }
      }
      configuration.extraCAFile = certificates.key
      await #expect(throws: TransportError.self) { try await ConnectorFixture.run(configuration) { _ in } }
    }
    try await ServerFixture.run { server in
      try await ConnectorFixture.run { client in
        #expect(await client.failure("wss://127.0.0.1:\(server.port)/ws")?.code == .tls)
      }
    }
  }

  @Test func whoIsSilentIsPingedAndGivenUp() async throws {
    var configuration = WebSocketConnectorConfiguration()
    configuration.pingInterval = .seconds(1)
    configuration.pongTimeout = .seconds(1)
    try await withRaw(configuration, { $0.waitForEnd() }) { client, socket in
      #expect(await client.handler.next() == .closed(1006, written: 0))
    }
  }

  @Test func aServersPingIsAnsweredAndPartsArePutTogether() async throws {
    let parts: [[UInt8]] = [[0x01, 2] + Array("he".utf8), [0x89, 2, 7, 8], [0x80, 3] + Array("llo".utf8)]
    try await withRaw(
      .init(),
      { connection in
        for part in parts { connection.write(part) }
        // A masked pong with the ping's payload.
        guard let pong = connection.read(count: 8), pong[0] == 0x8A, pong[1] == 0x82 else { return }
        connection.write([0x81, 4] + Array("pong".utf8))
        connection.waitForEnd()
      }
    ) { client, _ in
      #expect(await client.handler.next() == .text("hello"))
      #expect(await client.handler.next() == .text("pong"))
    }
  }

  /// What a server sends, and the code that the WebSocket ends with.
  static let endings: [([UInt8], UInt16)] = [
    ([0x88, 0], 1005), ([0x88, 2, 0x10, 0xE1], 4321), ([0x88, 5, 0x03, 0xE9] + Array("bye".utf8), 1001),
    ([0x82, 1, 0], 1003), ([0x81, 2, 0xC3, 0x28], 1007),
    ([0x81, 127, 0, 0, 0, 0, 0, 0x20, 0, 0] + [UInt8](repeating: 97, count: 100_000), 1009),
  ]

  @Test(arguments: endings)
  func theEndHasACode(bytes: [UInt8], code: UInt16) async throws {
    var configuration = WebSocketConnectorConfiguration()
    configuration.maximumMessageBytes = 65_536
    configuration.closeTimeout = .milliseconds(100)
    try await withRaw(
      configuration,
      { connection in
        connection.write(bytes)
        connection.waitForEnd()
      }
    ) { client, _ in
      #expect(await client.handler.next() == .closed(code, written: 0))
    }
  }

  /// Frames that no server may send (RFC 6455 section 5).
  @Test(
    arguments: [
      [0xC1, 1, 97], [0x83, 0], [0x80, 1, 97], [0x09, 0], [0x89, 126, 0, 126], [0x88, 1, 3],
    ] as [[UInt8]])
  func brokenFramesEndIt(bytes: [UInt8]) async throws {
    var configuration = WebSocketConnectorConfiguration()
    configuration.closeTimeout = .milliseconds(100)
    try await withRaw(
      configuration,
      { connection in
        connection.write(bytes)
        connection.write([0x81, 5] + Array("never".utf8))
        connection.waitForEnd()
      }
    ) { client, _ in
      let end = await client.handler.next()
      guard case .closed = end else { return #expect(Bool(false), "\(bytes): \(String(describing: end))") }
    }
  }

  @Test func aConnectionThatBreaksSaysWhatMayHaveArrived() async throws {
    try await withRaw(
      .init(),
      { connection in
        _ = connection.read(count: 6 + 5)
        connection.resetAtEnd()
      }
    ) { client, socket in
      #expect(await client.send("hello", on: socket) == 1)
      #expect(await client.handler.next() == .closed(1006, written: 1))
    }
  }

  @Test func whatWaitsHasABoundAndWhoReadsNothingIsLeft() async throws {
    var configuration = WebSocketConnectorConfiguration()
    configuration.maximumQueuedBytes = 32 << 20
    configuration.closeTimeout = .milliseconds(200)
    let gate = Gate(opensAt: 2)
    try await withRaw(configuration, { _ in gate.pass() }) { client, socket in
      // More than the system's buffers of both sides hold.
      let text = String(repeating: "a", count: 8 << 20)
      var taken = 0
      while let number = await client.send(text, on: socket) { taken = number }
      #expect(taken >= 4)
      await client.close(socket)
      guard case .closed(1000, let written) = await client.handler.next() else {
        return #expect(Bool(false), "it is not closed")
      }
      #expect(written > 0 && written < taken, "the last ones were never sent")
      gate.pass()
    }
  }

  /// Answers that are no handshake.
  static let answers: [(String, WebSocketOpenFailure.Code, Int?)] = [
    ("", .badHandshake, nil), ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}", .refused, 401),
    ("HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", .refused, 302),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", .refused, 200), ("nonsense\r\n\r\n", .timeout, nil),
    ("101 ACCEPT-wrong", .badHandshake, nil), ("101 PROTOCOL-none", .badHandshake, nil),
    ("101 PROTOCOL-other", .badHandshake, nil), ("101 EXTENSION", .badHandshake, nil),
    ("HTTP/1.1 101 x\r\nA: " + String(repeating: "a", count: 100_000), .badHandshake, nil),
  ]

  @Test(arguments: answers)
  func whatIsNoHandshakeIsNotTaken(answer: String, code: WebSocketOpenFailure.Code, status: Int?) async throws {
    let server = try RawServer { connection in
      guard let request = connection.readRequest() else { return }
      switch answer {
      case "101 ACCEPT-wrong": connection.write(RawHandshake.answer(request, accept: "AAAAAAAAAAAAAAAAAAAAAAAAAAA="))
      case "101 PROTOCOL-none": connection.write(RawHandshake.answer(request, subprotocol: nil))
      case "101 PROTOCOL-other": connection.write(RawHandshake.answer(request, subprotocol: "other"))
      case "101 EXTENSION":
        connection.write(RawHandshake.answer(request, fields: "Sec-WebSocket-Extensions: permessage-deflate\r\n"))
      default: connection.write(answer)
      }
      if !answer.isEmpty { connection.waitForEnd() }
    }
    defer { server.stop() }
    try await ConnectorFixture.run { client in
      // What tells by its time that it is none is waited for; whatever else is told before a busy machine's time is over.
      let timeout = Duration.seconds(code == .timeout ? 3 : 50)
      let failure = await client.failure("ws://127.0.0.1:\(server.port)/", timeout: timeout)
      #expect(
        failure?.code == code && failure?.status == status, "\(failure.map(String.init(describing:)) ?? "opened")")
    }
  }

  @Test func whoDoesNotAnswerIsNotWaitedForForEver() async throws {
    let server = try RawServer { $0.waitForEnd() }
    defer { server.stop() }
    try await ConnectorFixture.run { client in
      for scheme in ["ws", "wss"] {
        let failure = await client.failure("\(scheme)://127.0.0.1:\(server.port)/", timeout: .milliseconds(200))
        #expect(failure?.code == .timeout)
      }
      let waiting = Task { await client.failure("ws://127.0.0.1:\(server.port)/") }
      while server.connectionCount < 3, !Task.isCancelled { await Task.yield() }
      waiting.cancel()
      #expect(await waiting.value?.code == .cancelled)
    }
  }

  @Test func theLoopsEndIsTheEndOfAll() async throws {
    try await ServerFixture.run { server in
      let silent = try RawServer { $0.waitForEnd() }
      defer { silent.stop() }
      let loop = try EventLoop()
      let connector = try await WebSocketConnector.start(.init(), on: loop, logger: ConnectorFixture.logger)
      let client = ConnectorFixture(loop: loop, connector: connector)
      _ = try await client.open("ws://127.0.0.1:\(server.port)/ws")
      let waiting = Task { await client.failure("ws://127.0.0.1:\(silent.port)/") }
      while silent.connectionCount < 1, !Task.isCancelled { await Task.yield() }
      await loop.stop()
      #expect(await client.handler.next() == .closed(1006, written: 0))
      #expect(await waiting.value?.code == .cancelled)
      #expect(await client.failure("ws://127.0.0.1:\(server.port)/ws")?.code == .cancelled)
    }
  }

  @Test func aHandshakeSaysWhatItIsToldAndItsDescriptionDoesNot() async throws {
    let server = try RawServer { connection in
      guard let request = connection.readRequest() else { return }
      connection.write(RawHandshake.answer(request))
      connection.waitForEnd()
    }
    defer { server.stop() }
    try await ConnectorFixture.run { client in
      let url = "ws://127.0.0.1:\(server.port)/a/b?authorization=Basic%20secret"
      _ = try await client.open(
        url, headers: [("X-One", "1"), ("Authorization", "Basic secret")], subprotocols: ["test.v1", "b"])
      let request = try #require(server.requests.first)
      #expect(
        request.path == "/a/b?authorization=Basic%20secret" && request.headers["host"] == "127.0.0.1:\(server.port)")
      #expect(request.headers["x-one"] == "1" && request.headers["authorization"] == "Basic secret")
      #expect(request.headers["sec-websocket-protocol"]?.filter { $0 != " " } == "test.v1,b")
      #expect(request.headers["origin"] == nil && request.headers["sec-websocket-extensions"] == nil)
      let described = WebSocketRequest(url: url, headers: [("Authorization", "Basic secret")])
      #expect(!"\(described)".contains("secret") && !String(reflecting: described).contains("secret"))
    }
  }

  /// Opens a WebSocket to a server that has taken the handshake and then follows a script.
  private func withRaw(
    _ configuration: WebSocketConnectorConfiguration = .init(), _ script: @escaping RawServer.Script,
    _ body: (ConnectorFixture, OutgoingWebSocket) async throws -> Void
  ) async throws {
    let server = try RawServer { connection in
      guard let request = connection.readRequest() else { return }
      connection.write(RawHandshake.answer(request))
      script(connection)
    }
    defer { server.stop() }
    try await ConnectorFixture.run(configuration) { client in
      let socket = try await client.open("ws://127.0.0.1:\(server.port)/")
      try await body(client, socket)
    }
  }
}

/// A server's side of RFC 6455 section 4.2.2, as right or as wrong as a test wants it.
enum RawHandshake {
  static func answer(
    _ request: RawRequest, accept: String? = nil, subprotocol: String? = "test.v1", fields: String = ""
  ) -> String {
    let challenge = (request.headers["sec-websocket-key"] ?? "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    let digest = accept ?? WebSocketHandshake.accept(Array(challenge.utf8))
    return
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \(digest)\r\n"
      + (subprotocol.map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? "") + fields + "\r\n"
  }
}
