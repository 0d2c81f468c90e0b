// A HeyGen client, for tests.
import StrictJSON
import Testing

@testable import MockProvider

/// A session as a client holds it.
struct HeyGenSession {
  let mock: MockFixture
  let id: String
  let offer: String

  /// Creates a session.
  static func new(_ mock: MockFixture, _ body: JSONValue = ["quality": "high"]) async throws -> HeyGenSession {
    let reply = await mock.post("/v1/streaming.new", body)
    try #require(reply.status == 200, "\(reply.json?.text ?? "")")
    return HeyGenSession(
      mock: mock, id: try #require(reply.data?["session_id"]?.string), offer: reply.data?["sdp"]?["sdp"]?.string ?? "")
  }

  func call(_ name: String, _ members: JSONObject = [:]) async -> MockReply {
    var body = members
    body["session_id"] = .string(id)
    return await mock.post("/v1/streaming.\(name)", .object(body))
  }

  func start(_ sdp: String? = nil) async -> MockReply {
    await call("start", ["sdp": ["type": "answer", "sdp": .string(sdp ?? Answer.sdp(for: offer))]])
  }

  func candidate() async -> MockReply {
    await call(
      "ice",
      [
        "candidate": [
          "candidate": .string(Answer.candidate), "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "L6Ce",
        ]
      ])
  }

  func task(_ text: String = "Hello world") async -> MockReply { await call("task", ["text": .string(text)]) }

  func stop() async -> MockReply { await call("stop") }

  /// Starts and posts a candidate.
  func connect() async throws {
    try #require(await start().status == 200)
    try #require(await candidate().status == 200)
  }
}
