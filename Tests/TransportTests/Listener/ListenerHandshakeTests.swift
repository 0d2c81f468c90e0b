// Tests WebSocket handshakes: what is refused gets an HTTP status.
import TestSupport
import Testing
import Wire

@testable import Transport

@Suite struct ListenerHandshakeTests {
  /// The good handshake with one line replaced, or removed.
  static func handshake(
    _ requestLine: String = "GET /ws HTTP/1.1", replacing name: String = "", with lines: String = ""
  ) -> String {
    let good = [
      "Host: x", "Upgrade: websocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: other, test.v1",
    ]
    let kept = good.filter { name.isEmpty || !$0.hasPrefix(name + ":") }.map { $0 + "\r\n" }.joined()
    return requestLine + "\r\n" + kept + lines + "\r\n"
  }

  @Test func theAnswerIsTheOneOfTheSpecification() async throws {
    try await ServerFixture.run { server in
      let response = try server.connect().exchange(Self.handshake())
      #expect(response?.status == 101)
      // RFC 6455 section 1.3 has this very pair.
      #expect(response?.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
      #expect(response?.header("Sec-WebSocket-Protocol") == "test.v1")
      #expect(response?.header("Upgrade") == "websocket")
      #expect(response?.header("Connection") == "Upgrade")
      #expect(response?.header("Sec-WebSocket-Extensions") == nil)
      #expect(response?.header("Content-Length") == nil)
    }
  }

  static let refused: [(Int, String)] = [
    (405, handshake("POST /ws HTTP/1.1")),
    (405, handshake("PUT /ws HTTP/1.1", replacing: "", with: "Content-Length: 1\r\n") + "a"),
    (400, handshake("GET /ws HTTP/1.0")),
    (404, handshake("GET /other HTTP/1.1")),
    (404, handshake("GET /ws/ HTTP/1.1")),
    (404, handshake("GET /WS HTTP/1.1")),
    (426, handshake(replacing: "Upgrade")),
    (426, handshake(replacing: "Upgrade", with: "Upgrade: h2c\r\n")),
    (426, handshake(replacing: "Upgrade", with: "Upgrade: websockets\r\n")),
    (400, handshake(replacing: "Connection")),
    (400, handshake(replacing: "Connection", with: "Connection: keep-alive\r\n")),
    (400, handshake(replacing: "Connection", with: "Connection: Upgraded\r\n")),
    (426, handshake(replacing: "Sec-WebSocket-Version")),
    (426, handshake(replacing: "Sec-WebSocket-Version", with: "Sec-WebSocket-Version: 8\r\n")),
    (426, handshake(replacing: "Sec-WebSocket-Version", with: "Sec-WebSocket-Version: 14\r\n")),
    (426, handshake(replacing: "Sec-WebSocket-Version", with: "Sec-WebSocket-Version: 013\r\n")),
    (426, handshake(replacing: "Sec-WebSocket-Version", with: "Sec-WebSocket-Version: 13, 8\r\n")),
    (400, handshake(replacing: "Sec-WebSocket-Key")),
    (400, handshake(replacing: "Sec-WebSocket-Key", with: "Sec-WebSocket-Key:\r\n")),
    (400, handshake(replacing: "Sec-WebSocket-Key", with: "Sec-WebSocket-Key: short\r\n")),
    (400, handshake(replacing: "Sec-WebSocket-Key", with: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n")),
    (400, handshake(replacing: "Sec-WebSocket-Key", with: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ===\r\n")),
    (400, handshake(replacing: "Sec-WebSocket-Key", with: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q==\r\n")),
    (400, handshake(replacing: "", with: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")),
    (400, handshake(replacing: "Sec-WebSocket-Protocol")),
    (400, handshake(replacing: "Sec-WebSocket-Protocol", with: "Sec-WebSocket-Protocol: test.v2\r\n")),
    (400, handshake(replacing: "Sec-WebSocket-Protocol", with: "Sec-WebSocket-Protocol: a b\r\n")),
    (400, handshake(replacing: "", with: "Content-Length: 1\r\n") + "a"),
    (400, handshake(replacing: "Host")),
    (426, "GET /ws HTTP/1.1\r\nHost: x\r\n\r\n"),
  ]

  @Test func whatIsNoHandshakeGetsAStatus() async throws {
    try await ServerFixture.run { server in
      for (status, request) in Self.refused {
        let socket = try server.connect()
        let response = socket.exchange(request)
        #expect(response?.status == status, "\(request.debugDescription)")
        if status == 405 { #expect(response?.header("Allow") == "GET") }
        #expect(socket.isAtEnd)
      }
      #expect(server.webSocket.seen.isEmpty)
      let version = try server.connect().exchange(
        Self.handshake(replacing: "Sec-WebSocket-Version", with: "Sec-WebSocket-Version: 8\r\n"))
      #expect(version?.header("Sec-WebSocket-Version") == "13")
    }
  }

  @Test func namesAndTokensAreReadWithoutRegardToCase() async throws {
    try await ServerFixture.run { server in
      let request = """
        GET /ws?token=a HTTP/1.1\r\nhost: x\r\nUPGRADE: WebSocket\r\nconnection: UPGRADE\r\nsec-websocket-version: 13\r
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: a\r\nSec-WebSocket-Protocol: test.v1\r
        Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n
        """
      try #expect(server.connect().exchange(request)?.status == 101)
    }
  }

  @Test func aSubprotocolThatWasNotOfferedIsNeverSent() async throws {
    struct Careless: WebSocketHandler {
      func upgrade(_ request: HTTPRequest, offering subprotocols: [String]) -> WebSocketUpgrade {
        .accept(subprotocol: "unoffered")
      }
      func opened(_ connection: WebSocketConnection, _ request: HTTPRequest) {}
      func received(_ text: [UInt8], on connection: WebSocketConnection) {}
      func receivedSmallFrame(on connection: WebSocketConnection) -> Bool { true }
      func closed(_ connection: WebSocketConnection, code: UInt16, by side: WebSocketSide) {}
    }
    try await ServerFixture.run(webSocket: Careless()) { server in
      try #expect(server.connect().exchange(Self.handshake())?.status == 500)
    }
  }

  @Test func framesThatComeWithTheHandshakeAreNotLost() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connect()
      socket.send(Array(Self.handshake().utf8) + TestFrame.bytes(1, Array("early".utf8)))
      #expect(socket.response()?.status == 101)
      #expect(socket.frame()?.text == "early")
    }
  }
}
