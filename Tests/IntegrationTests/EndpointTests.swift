// The relay's door: handshakes, health, bad messages, and secrets that stay inside.
import Foundation
import MockProvider
import StrictJSON
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(2))) struct EndpointTests {
  /// The status that a handshake was refused with; nil when it was accepted.
  private func refusal(_ connect: () async throws -> Void) async -> Int? {
    do {
      try await connect()
      return nil
    } catch { return (error as? WebSocketClient.Refused)?.status }
  }

  @Test func pagesFromElsewhereAreRefused() async throws {
    try await Stage.run { stage in
      #expect(await refusal { _ = try await WebSocketClient(port: stage.port, origin: "https://evil.example") } == 403)
      _ = try await WebSocketClient(port: stage.port, origin: "http://localhost:3000")
    }
  }

  @Test func otherSubprotocolsAndPathsAreRefused() async throws {
    try await Stage.run { stage in
      #expect(await refusal { _ = try await WebSocketClient(port: stage.port, subprotocol: "chat") } == 400)
      #expect(await refusal { _ = try await WebSocketClient(port: stage.port, path: "/v2/signaling") } == 404)
    }
  }

  /// Each line of the fixture is a message with the error that it must get.
  @Test func malformedMessagesGetTheirErrorAndTheConnectionLivesOn() async throws {
    let fixture = Checkout.root.appending(path: "Tests/Fixtures/malformed-messages.jsonl")
    let lines = try String(contentsOf: fixture, encoding: .utf8).split(separator: "\n")
    #expect(lines.count >= 60)
    try await Stage.run { stage in
      // Rows in base64 are no text that a client could send as such.
      let rows = try lines.map { try JSONParser.parse(String($0)) }.filter { $0["text"] != nil }
      #expect(rows.count >= 60)
      for row in rows {
        let text = try #require(row["text"]?.string)
        let socket = try await WebSocketClient(port: stage.port)
        socket.send(text)
        socket.send(#"{"jsonrpc":"2.0","id":9007199254740991,"method":"ping"}"#)
        guard case .text(let reply) = await socket.next() else {
          Issue.record("no answer to \(row["name"]?.string ?? "")")
          continue
        }
        let error = try JSONParser.parse(reply)
        #expect(error["error"]?["data"]?["kind"] == row["kind"], "\(row["name"]?.string ?? "")")
        #expect(await socket.next() == .text(#"{"jsonrpc":"2.0","id":9007199254740991,"result":{}}"#))
        socket.close(1000)
      }
    }
  }

  @Test func tooManyMalformedMessagesEndTheConnection() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      for _ in 0..<100 { client.send(raw: "{") }
      #expect(try await client.waitForClose() == 4500)
    }
  }

  @Test func secretsAppearInNoFrameAndNoLogLine() async throws {
    var configuration = MockConfiguration()
    configuration.iceServers = .loopback
    try await Stage.run(mock: configuration) { stage in
      let client = try await stage.client()
      let (session, opened) = try await SessionScript.open(client, "did", avatar: "https://avatar.example/a.png")
      try await session.negotiate(mid: "a")
      try await session.call("session.speak", ["text": "canary-text-91c2"])
      try await stage.mock.fault(Fault(.call(.didSpeak), .error("streamError")))
      _ = try await session.failure("session.speak", ["text": "canary-text-91c2"])
      try await session.call("session.close")
      let secret = try #require(opened["secret"]?.string)
      let credential = try #require(opened["iceServers"]?.array?.compactMap { $0["credential"]?.string }.first)
      let log = stage.log.text
      #expect(log.contains(session.session))
      for word in [Stage.canary, secret, credential, "canary-text-91c2", "AWSALB", "ice-pwd", "candidate:"] {
        #expect(!log.contains(word), "the log shows \(word)")
      }
      let frames = opened.text + (await client.notifications).map(\.text).joined()
      #expect(!frames.contains(Stage.canary))
      #expect(!frames.contains("AWSALB"))
    }
  }
}
