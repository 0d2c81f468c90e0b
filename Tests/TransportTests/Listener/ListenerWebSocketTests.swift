// Tests WebSocket conversations over real sockets (RFC 6455).
import TestSupport
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(2))) struct ListenerWebSocketTests {
  @Test func messagesAreEchoedAndTheCloseIsAnswered() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connectWebSocket()
      socket.sendFrame(1, Array("hello".utf8))
      #expect(socket.frame()?.text == "hello")
      socket.sendFrame(8, TestFrame.closePayload(4321, "bye"))
      #expect(socket.closeCode() == 4321)
      #expect(socket.isAtEnd)
      #expect(await server.webSocket.closeCode() == 4321)
      while await server.listener.connectionCount > 0, !Task.isCancelled { await Task.yield() }
      #expect(server.webSocket.seen.count { if case .closed = $0 { true } else { false } } == 1)
    }
  }

  @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 127, 65535, 65536, 100_000, 262_144])
  func everyLengthComesBackAsItWas(_ count: Int) async throws {
    try await ServerFixture.run { server in
      let socket = try server.connectWebSocket()
      let text = (0..<count).map { UInt8(0x20 + $0 % 90) }
      socket.sendFrame(1, text)
      #expect(socket.frame()?.payload == text)
    }
  }

  @Test func bytesOneByOneAreTheSameMessages() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connectWebSocket()
      let text = String(repeating: "ä€😀", count: 50)
      for byte in TestFrame.bytes(1, Array(text.utf8)) + TestFrame.bytes(9, [1, 2, 3]) { socket.send([byte]) }
      #expect(socket.frame()?.text == text)
      #expect(socket.frame() == TestFrame(first: 0x8A, payload: [1, 2, 3]))
    }
  }

  @Test func fragmentsMakeOneMessageAndControlFramesMayStandBetween() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connectWebSocket()
      let euro = Array("€".utf8)
      socket.send(
        TestFrame.bytes(1, [euro[0]], final: false) + TestFrame.bytes(9, [7]) + TestFrame.bytes(0, [], final: false)
          + TestFrame.bytes(0, [euro[1]], final: false) + TestFrame.bytes(10, [8]) + TestFrame.bytes(0, [euro[2]]))
      #expect(socket.frame() == TestFrame(first: 0x8A, payload: [7]))
      #expect(socket.frame()?.text == "€")
    }
  }

  @Test func ofSeveralPingsInOnePacketTheLastOneIsAnswered() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connectWebSocket()
      // What is answered before the last one depends on how the network cuts the bytes.
      socket.send((0..<100).flatMap { TestFrame.bytes(9, [UInt8($0)]) })
      var answered: [UInt8] = []
      while answered.last != 99, let frame = socket.frame() {
        #expect(frame.first == 0x8A && frame.payload.count == 1)
        answered += frame.payload
      }
      #expect(answered == answered.sorted() && answered.last == 99)
      // One that comes after a pong has one of its own.
      socket.sendFrame(9, [7])
      #expect(socket.frame() == TestFrame(first: 0x8A, payload: [7]))
    }
  }

  @Test func manyMessagesInOnePacketComeInOrder() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connectWebSocket()
      socket.send((0..<500).flatMap { TestFrame.bytes(1, Array("\($0)".utf8)) })
      for number in 0..<500 { #expect(socket.frame()?.text == "\(number)") }
    }
  }

  struct Violation: Sendable {
    let code: Int
    let name: String
    let bytes: [UInt8]
    init(_ code: Int, _ name: String, _ bytes: [UInt8]) { (self.code, self.name, self.bytes) = (code, name, bytes) }
  }

  static func close(_ payload: [UInt8]) -> [UInt8] { TestFrame.bytes(8, payload) }

  static let violations: [Violation] =
    [
      Violation(1002, "unmasked text", [0x81, 0x02, 0x68, 0x69]),
      Violation(1002, "unmasked ping", [0x89, 0x00]),
      Violation(1002, "unmasked close", [0x88, 0x02, 0x03, 0xE8]),
      Violation(1002, "RSV1", TestFrame.bytes(1, [0x61], reserved: 4)),
      Violation(1002, "RSV2", TestFrame.bytes(1, [0x61], reserved: 2)),
      Violation(1002, "RSV3", TestFrame.bytes(9, [], reserved: 1)),
      Violation(1002, "continuation first", TestFrame.bytes(0, [0x61])),
      Violation(1002, "text in a message", TestFrame.bytes(1, [0x61], final: false) + TestFrame.bytes(1, [0x61])),
      Violation(1002, "fragmented ping", TestFrame.bytes(9, [], final: false)),
      Violation(1002, "fragmented close", TestFrame.bytes(8, [], final: false)),
      Violation(1002, "long ping", TestFrame.bytes(9, [UInt8](repeating: 0x61, count: 126))),
      Violation(1002, "long close", close(TestFrame.closePayload(1000, String(repeating: "a", count: 124)))),
      Violation(1002, "long form of a short length", [0x81, 0xFE, 0x00, 0x01, 0, 0, 0, 0, 0x61]),
      Violation(1002, "longest form of a short length", [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x61]),
      Violation(1002, "length with its top bit", [0x81, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      Violation(1002, "close payload of one byte", close([0x03])),
      Violation(1007, "close reason no UTF-8", close([0x03, 0xE8, 0xFF])),
      Violation(1003, "binary", TestFrame.bytes(2, [0x61])),
      Violation(1003, "fragmented binary", TestFrame.bytes(2, [0x61], final: false)),
      Violation(1007, "lone continuation byte", TestFrame.bytes(1, [0x80])),
      Violation(1007, "overlong slash", TestFrame.bytes(1, [0xC0, 0xAF])),
      Violation(1007, "surrogate", TestFrame.bytes(1, [0xED, 0xA0, 0x80])),
      Violation(1007, "above Unicode", TestFrame.bytes(1, [0xF4, 0x90, 0x80, 0x80])),
      Violation(1007, "cut character", TestFrame.bytes(1, [0x61, 0xE2, 0x82])),
      Violation(
        1007, "cut character, in fragments", TestFrame.bytes(1, [0xE2], final: false) + TestFrame.bytes(0, [0x82])),
      Violation(1009, "one byte too many", TestFrame.header(1, 262_145)),
      Violation(1009, "exabytes", TestFrame.header(1, 1 << 60)),
      Violation(
        1009, "fragments too many",
        TestFrame.bytes(1, [UInt8](repeating: 0x61, count: 262_144), final: false) + TestFrame.header(0, 1)),
    ]
    + [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map { Violation(1002, "opcode \($0)", TestFrame.bytes($0, [])) }
    + [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535].map {
      Violation(1002, "close code \($0)", close(TestFrame.closePayload($0)))
    }

  @Test func violationsCloseWithTheirCodeAndNothingElse() async throws {
    try await ServerFixture.run { server in
      for violation in Self.violations {
        let socket = try server.connectWebSocket()
        // What follows a violation is never looked at.
        socket.send(violation.bytes + TestFrame.bytes(1, Array("after".utf8)))
        let frame = socket.frame()
        #expect(frame?.first == 0x88, "\(violation.name)")
        let code = (frame?.payload.prefix(2)).map { $0.reduce(0) { $0 << 8 | Int($1) } }
        #expect(code == violation.code, "\(violation.name)")
        #expect(socket.isAtEnd, "\(violation.name)")
      }
      #expect(!server.webSocket.seen.contains(.received("after")))
      while await server.listener.connectionCount > 0, !Task.isCancelled { await Task.yield() }
      let closed = server.webSocket.seen.count { if case .closed = $0 { true } else { false } }
      #expect(closed == Self.violations.count)
      #expect(server.webSocket.endedBy == Array(repeating: .server, count: closed))
    }
  }

  @Test(arguments: [1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 3999, 4000, 4999])
  func validCloseCodesComeBack(_ code: Int) async throws {
    try await ServerFixture.run { server in
      let socket = try server.connectWebSocket()
      socket.sendFrame(8, TestFrame.closePayload(code, "ü"))
      #expect(socket.closeCode() == code)
      #expect(await server.webSocket.closeCode() == UInt16(code))
      #expect(server.webSocket.endedBy == [.peer])
    }
  }

  @Test func aCloseWithoutACodeIsAnsweredWithoutOne() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connectWebSocket()
      socket.sendFrame(8, [])
      #expect(socket.frame() == TestFrame(first: 0x88, payload: []))
      #expect(socket.isAtEnd)
      #expect(await server.webSocket.closeCode() == 1005)
    }
  }

  @Test func whatIsSentAfterOurCloseIsDroppedAndThePeersTextsToo() async throws {
    let handler = RecordingWebSocketHandler(onText: { connection, text in
      connection.send(text)
      connection.close(code: 4500, reason: String(repeating: "ä", count: 100))
      connection.send(Array("too late".utf8))
      connection.close(code: 4501, reason: "too late")
    })
    try await ServerFixture.run(webSocket: handler) { server in
      let socket = try server.connectWebSocket()
      socket.send(TestFrame.bytes(1, [0x61]) + TestFrame.bytes(1, [0x62]) + TestFrame.bytes(9, []))
      #expect(socket.frame()?.text == "a")
      let close = socket.frame()
      #expect(close?.first == 0x88)
      // 123 bytes at most, and no half character: 61 of two bytes.
      #expect(close?.payload == TestFrame.closePayload(4500, String(repeating: "ä", count: 61)))
      socket.sendFrame(8, TestFrame.closePayload(4500))
      #expect(socket.isAtEnd)
      #expect(await handler.closeCode() == 4500)
      #expect(handler.endedBy == [.server])
      #expect(!handler.seen.contains(.received("b")))
    }
  }

  @Test func anAbruptEndIs1006() async throws {
    try await ServerFixture.run { server in
      var socket: RawSocket? = try server.connectWebSocket()
      socket?.resetOnClose()
      socket = nil
      #expect(await server.webSocket.closeCode() == 1006)
      #expect(server.webSocket.endedBy == [.peer])
    }
  }

  @Test func textMayBeSentFromTheOpening() async throws {
    let handler = RecordingWebSocketHandler(onOpen: { $0.send(Array("welcome".utf8)) })
    try await ServerFixture.run(webSocket: handler) { server in
      try #expect(server.connectWebSocket().frame()?.text == "welcome")
    }
  }

  @Test func aHandleOutlivesItsConnectionHarmlessly() async throws {
    let (handles, continuation) = AsyncStream.makeStream(of: WebSocketConnection.self)
    let handler = RecordingWebSocketHandler(onOpen: { continuation.yield($0) })
    try await ServerFixture.run(webSocket: handler) { server in
      let socket = try server.connectWebSocket()
      var iterator = handles.makeAsyncIterator()
      let handle = try #require(await iterator.next())
      socket.sendFrame(8, [])
      #expect(await handler.closeCode() == 1005)
      await server.loop.spawn {
        handle.send([0x61])
        handle.close(code: 1000, reason: "")
      }.value
    }
  }
}
