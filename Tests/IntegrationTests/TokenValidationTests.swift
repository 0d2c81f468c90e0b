// `POST /v1/validate` says whether a token is good, and shows nothing of it.
import StrictJSON
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(2))) struct TokenValidationTests {
  /// The whole response as text.
  private func ask(_ stage: Stage, _ method: String = "POST", fields: String) async throws -> String {
    let socket = try RawSocket(port: stage.port)
    socket.send(
      Array(
        "\(method) /v1/validate HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\(fields)\r\n".utf8))
    var bytes: [UInt8] = []
    for await chunk in socket.chunks() { bytes += chunk }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func reasonsAreNamedAndNothingElseIsSaid() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let good = try await stage.token()
      #expect(try await ask(stage, fields: "Authorization: Bearer \(good)\r\n").hasSuffix(#"{"valid":true}"#))
      let expired = try await stage.token { $0.expiry = Stage.epoch - 1 }
      let answer = try await ask(stage, fields: "Authorization: bearer \(expired)\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix(#"{"valid":false,"reason":"expired"}"#))
      #expect(!answer.contains("alice") && !answer.contains(expired))
      #expect(try await ask(stage, fields: "").hasPrefix("HTTP/1.1 401"))
      #expect(try await ask(stage, fields: "Authorization: Basic YTpi\r\n").hasPrefix("HTTP/1.1 401"))
      #expect(try await ask(stage, "GET", fields: "Authorization: Bearer \(good)\r\n").hasPrefix("HTTP/1.1 405"))
    }
  }

  @Test func withoutKeysThereIsNoSuchPath() async throws {
    try await Stage.run { stage in
      let answer = try await ask(stage, "GET", fields: "")
      #expect(answer.hasPrefix("HTTP/1.1 404"))
    }
  }

  @Test func neitherTokenNorKeyAppearsInALogAtAnyLevel() async throws {
    try await Stage.run(asksForTokens: true) { stage in
      let good = try await stage.token()
      let wrong = try await stage.token { $0.expiry = Stage.epoch - 1 }
      let client = try await stage.client(token: good)
      _ = try await client.call("authorize", ["token": .string(wrong)])
      _ = try await client.call("authorize", ["token": .string(good)])
      #expect(try await stage.client(token: wrong).waitForClose() == 4501)
      _ = try await ask(stage, fields: "Authorization: Bearer \(wrong)\r\n")
      await stage.relay.reload()
      let text = stage.log.text
      #expect(text.contains("token refused") && text.contains("expired") && text.contains("access keys reloaded"))
      for part in [good, wrong].flatMap({ $0.split(separator: ".").dropFirst() }) { #expect(!text.contains(part)) }
      #expect(!text.contains("canary"))
    }
  }
}
