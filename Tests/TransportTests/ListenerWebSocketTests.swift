// WebSocket conversations over real sockets.
import Testing

@testable import Transport

@Suite struct ListenerWebSocketTests {
  @Test func messagesAreEchoedAndTheCloseIsAnswered() async throws {
    try await ServerFixture.run { server in
      let socket = try server.connectWebSocket()
      socket.sendFrame(1, Array("hello".utf8))
      #expect(socket.frame()?.text == "hello")
      socket.sendFrame(8, TestFrame.closePayload(4321, "bye"))
      #expect(socket.closeCode() == 4321)
      #expect(socket.isAtEnd)
      #expect(await server.webSocket.closeCode() == 4321)
    }
  }
}
