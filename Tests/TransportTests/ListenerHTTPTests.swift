// HTTP/1.1 over real sockets.
import Testing

@testable import Transport

@Suite struct ListenerHTTPTests {
  @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
  func everyMethodMayHaveABody(_ method: String) async throws {
    try await ServerFixture.run { server in
      let socket = try server.connect()
      let response = socket.exchange("\(method) /a%20b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n{\"id\":\"a&b=c\"}")
      #expect(response?.status == 200)
      #expect(response?.header("X-Seen") == "\(method) /a%20b c=d")
      #expect(response?.text == "{\"id\":\"a&b=c\"}")
      #expect(response?.header("Connection") == "keep-alive")
    }
  }
}
