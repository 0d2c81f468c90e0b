// The examples of docs/mock.md work, and what it lists is what there is.
import Foundation
import MockPeer
import StrictJSON
import Testing
import Wire

@testable import MockProvider

@Suite struct DocumentationTests {
  /// A fenced block: its info string, and its lines.
  private struct Block {
    let info: String
    let lines: [String]
  }

  private func document() throws -> String {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/mock.md").standardized
    return String(decoding: try Data(contentsOf: file), as: UTF8.self)
  }

  private func blocks(_ text: String) -> [Block] {
    text.components(separatedBy: "\n```").enumerated().compactMap { index, part in
      guard index % 2 == 1 else { return nil }
      let lines = part.components(separatedBy: "\n")
      return Block(info: lines[0], lines: Array(lines.dropFirst()))
    }
  }

  @Test func everyExampleIsAnsweredAsItSays() async throws {
    let examples = blocks(try document()).filter { $0.info.hasPrefix("http ") }
    #expect(examples.count >= 18)
    try await MockFixture.run { mock in
      var values: [String: String] = [:]
      for example in examples {
        let expected = try #require(Int(example.info.dropFirst(5)))
        let text = values.reduce(example.lines) { lines, value in
          lines.map { $0.replacing("{\(value.key)}", with: value.value) }
        }
        let start = text[0].split(separator: " ").map(String.init)
        let target = start[1].split(separator: "?", maxSplits: 1).map(String.init)
        var headers: HTTPHeaders = ["Host": "127.0.0.1:8080"]
        for line in text.dropFirst().prefix(while: { !$0.isEmpty }) {
          let field = line.split(separator: ":", maxSplits: 1)
          headers[String(field[0])] = field[1].trimmingCharacters(in: .whitespaces)
        }
        let body = text.drop { !$0.isEmpty }.joined()
        let reply = await mock.send(
          HTTPRequest(
            method: start[0], path: target[0], query: target.count > 1 ? target[1] : nil, headers: headers,
            body: Array(body.utf8)))
        #expect(reply.status == expected, "\(start): \(reply.json?.text ?? "")")
        remember(reply, in: &values)
      }
    }
  }

  /// Takes from a reply what later examples stand for.
  private func remember(_ reply: MockReply, in values: inout [String: String]) {
    func escaped(_ text: String) -> String { String(JSONValue.string(text).text.dropFirst().dropLast()) }
    if let id = reply["id"]?.string, let cookie = reply["session_id"]?.string {
      values["id"] = id
      values["session_id"] = escaped(cookie)
      values["answer"] = escaped(Answer.sdp(for: reply["offer"]?["sdp"]?.string ?? ""))
    }
    if let id = reply["id"]?.string, id.hasPrefix("cht_") { values["chat"] = id }
    if let session = reply.data?["session_id"]?.string {
      values["session"] = session
      values["answer"] = escaped(Answer.sdp(for: reply.data?["sdp"]?["sdp"]?.string ?? ""))
    }
  }

  @Test func everyCallAndAdminPathIsNamed() throws {
    let text = try document()
    for call in CallName.allCases { #expect(text.contains("`\(call.rawValue)`"), "\(call.rawValue)") }
    for path in AdminRoute.paths { #expect(text.contains("`/__admin/\(path)`"), "\(path)") }
  }

  @Test func theBoundsAreTheOnesInTheCode() throws {
    let bounds = try #require(try document().components(separatedBy: "\n## ").first { $0.hasPrefix("Bounds") })
    #expect(MockConfiguration.maximumSessionsLimit == 20_000 && bounds.contains("20,000 sessions"))
    for (count, words) in [
      (MockSessions<DIDDetails>.endedLimit, "ended ones"), (TalkQueue.waitingLimit, "talks waiting"),
      (Journal.bodyLimit / 1024, "KiB"), (Journal.totalLimit / 1_048_576, "MiB"), (FaultList.faultLimit, "faults"),
      (HeyGenAuthorization.tokenLimit, "tokens"), (DIDDetails.refreshedLimit, "refreshed"),
    ] {
      #expect(bounds.contains("\(count) \(words)"), "\(count) \(words)")
    }
    #expect(
      bounds.contains("\(AnswerRules.limit) rules") && bounds.contains("with \(AgentRecords.ratingLimit) ratings")
        && bounds.contains("\(AgentRecords.clientKeyLimit) client keys") && AgentRecords.chatLimit == 1000
        && bounds.contains("1,000 chats") && bounds.contains("\(TalkQueue.waitingLimit) answers"))
    #expect(PeerHost.maximumPeers == 1024 && bounds.contains("1,024 sessions with media"))
    #expect(bounds.contains("\(MediaSession.waitingEvents) events"))
    #expect(Journal.entryLimit == 1000 && bounds.contains("1,000\njournal entries"))
  }

  @Test func theReadyLineIsTheOneDocumented() throws {
    let json = try #require(blocks(try document()).first { $0.info == "json" })
    #expect(MockProgram.readyLine("http://127.0.0.1:8080", hasControl: true).text == json.lines[0])
  }
}
