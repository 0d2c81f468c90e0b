// A client of an agent that makes D-ID's SDK's calls, for tests: a stream, a chat, and questions.
import StrictJSON
import Testing
import Wire

@testable import MockProvider

/// A chat with an agent, on a stream that is connected.
struct AgentClient {
  static let path = "/agents/agt_ann"

  let stream: DIDStream
  let chat: String
  private var mock: MockFixture { stream.mock }

  init(_ mock: MockFixture) async throws {
    stream = try await DIDStream.create(mock, prefix: "agents/agt_ann", [:])
    try await stream.connect()
    chat = try #require(await mock.post(Self.path + "/chat", ["persist": false])["id"]?.string)
  }

  var path: String { "\(Self.path)/chat/\(chat)" }

  func ask(_ text: String, _ members: JSONObject = [:], headers: HTTPHeaders? = nil) async -> MockReply {
    var body: JSONObject = [
      "chatMode": "Functional", "streamId": .string(stream.id), "sessionId": .string(stream.sessionID),
      "messages": [
        ["id": "1", "role": "user", "content": .string(text), "created_at": "2026-11-30T00:00:00Z", "parts": []]
      ],
    ]
    for member in members.members { body[member.name] = member.value.isNull ? nil : member.value }
    return await mock.post(path, .object(body), headers: headers)
  }
}
