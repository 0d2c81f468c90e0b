// What somebody without a good token may send: little, small, and whole in time; and what nobody may send more of.
import RelayServer
import StrictJSON
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(2))) struct StrangerTests {
  /// A request as long as that.
  private func ping(_ id: Int = 1, bytes: Int) -> String {
    let text = #"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#
    return text + String(repeating: " ", count: bytes - text.utf8.count)
  }

  @Test func aMessageOf16KiBIsReadAndALongerOneIsNot() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let client = try await stage.client()
      client.send(raw: ping(bytes: 16 * 1024))
      #expect(try await client.answer(to: 1)["result"] == [:])
      client.send(raw: ping(bytes: 16 * 1024 + 1))
      #expect(try await client.waitForClose() == 1009)
    }
  }

  @Test(arguments: [false, true])
  func withAGoodTokenTheUsualSizeAndRateHold(inTheHandshake: Bool) async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let token = try await stage.token()
      let client = try await stage.client(token: inTheHandshake ? token : nil)
      if !inTheHandshake { _ = await client.post("authorize", ["token": .string(token)]) }
      // In the same breath.
      for id in 2...100 { client.send(raw: ping(id, bytes: 100)) }
      client.send(raw: ping(101, bytes: 200_000))
      #expect(try await client.answer(to: 101)["result"] == [:])
    }
  }

  @Test func aFewMessagesASecondAreRead() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let client = try await stage.client()
      var read = 0
      while try await client.call("ping")["result"] != nil { read += 1 }
      #expect((10...20).contains(read))
      for _ in 0..<100 { client.send(raw: ping(bytes: 100)) }
      #expect(try await client.waitForClose() == 4504)
    }
  }

  @Test func aMessageThatIsNotWholeByThenEndsWithTheTimeForAToken() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let webSocket = try await WebSocketClient(port: stage.port)
      let socket = try RawSocket(port: stage.port)
      socket.send(
        "GET /v1/signaling HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Protocol: avatar-relay.v1\r\n\r\n")
      var chunks = socket.chunks().makeAsyncIterator()
      _ = await chunks.next()
      socket.sendFrame(1, Array(ping(bytes: 100).utf8), final: false)
      try await stage.until { await stage.relay.connectionCount == 2 }
      stage.relayClock.advance(by: .seconds(10))
      #expect(await webSocket.next() == .close(4501))
      // A close frame with that code.
      #expect(await chunks.next()?.starts(with: [0x88]) == true)
    }
  }

  @Test(arguments: [UInt8(9), 10])
  func pingsAndPongsCountAsMessages(opcode: UInt8) async throws {
    let flags: [ConfigurationKey: SettingValue] = [.limitMessagesPerSecond: .int(1), .limitMessageBurst: .int(5)]
    try await Stage.run(flags: flags) { stage in
      let client = try await WebSocketClient(port: stage.port)
      // Five are read, and two hundred more are tolerated.
      for _ in 0..<300 { client.send(opcode: opcode, Array("hello".utf8)) }
      var event = await client.next()
      while case .text = event { event = await client.next() }
      #expect(event == .close(4504))
    }
  }

  @Test func smallPartsOfAMessageCountAsMessages() async throws {
    let flags: [ConfigurationKey: SettingValue] = [.limitMessagesPerSecond: .int(1), .limitMessageBurst: .int(5)]
    try await Stage.run(flags: flags) { stage in
      let client = try await WebSocketClient(port: stage.port)
      // Empty parts of one message that never ends.
      for number in 0..<300 { client.send(opcode: number == 0 ? 1 : 0, [], final: false) }
      #expect(await client.next() == .close(4504))
    }
  }

  @Test(arguments: [
    ("POST", "/", 405), ("POST", "/nowhere", 405), ("GET", "/nowhere", 404), ("GET", "/healthz", 413), ("GET", "/", 404),
    ("POST", "/v1/validate", 413), ("GET", "/v1/signaling", 426), ("PUT", "/v1/signaling", 405),
  ])
  func noBodyIsWaitedFor(method: String, path: String, status: Int) async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let socket = try RawSocket(port: stage.port)
      socket.send("\(method) \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n")
      var answer = ""
      // The relay ends the connection; not a byte of the body is sent.
      for await chunk in socket.chunks() { answer += String(decoding: chunk, as: UTF8.self) }
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
    }
  }

  @Test func theOperatorsRequestsHaveShortBodiesAndStrangersNone() async throws {
    try await Stage.run(hasAdmin: true) { stage in
      for (path, length, key, status) in [
        ("/admission", 4096, "wrong", 401), ("/admission", 4097, Stage.adminKey, 413), ("/sessions", 1, Stage.adminKey, 413),
      ] {
        let socket = try RawSocket(port: try #require(stage.relay.adminPort))
        socket.send(
          "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(key)\r\nContent-Length: \(length)\r\n\r\n")
        var answer = ""
        for await chunk in socket.chunks() { answer += String(decoding: chunk, as: UTF8.self) }
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(path) \(length)")
      }
    }
  }
}
