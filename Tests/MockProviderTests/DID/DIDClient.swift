// A D-ID client of five calls, for tests.
import StrictJSON
import Testing

@testable import MockProvider

/// A stream as a client holds it.
struct DIDStream {
  let mock: MockFixture
  let path: String
  let sessionID: String
  let offer: String

  /// Creates a stream.
  static func create(
    _ mock: MockFixture, prefix: String = "talks", _ body: JSONValue = ["source_url": "https://example.com/face.jpg"]
  ) async throws -> DIDStream {
    let reply = await mock.post("/\(prefix)/streams", body)
    try #require(reply.status == 201, "\(reply.json?.text ?? "")")
    let id = try #require(reply["id"]?.string)
    let offer = reply["offer"] ?? reply["jsep"]
    return DIDStream(
      mock: mock, path: "/\(prefix)/streams/\(id)", sessionID: try #require(reply["session_id"]?.string),
      offer: try #require(offer?["sdp"]?.string))
  }

  var id: String { String(path.split(separator: "/").last ?? "") }
  private var session: JSONValue { .string(sessionID) }

  func answer(_ sdp: String? = nil) async -> MockReply {
    let sdp = sdp ?? Answer.sdp(for: offer)
    return await mock.post(path + "/sdp", ["answer": ["type": "answer", "sdp": .string(sdp)], "session_id": session])
  }

  func candidate() async -> MockReply {
    await mock.post(
      path + "/ice",
      ["candidate": .string(Answer.candidate), "sdpMid": "a", "sdpMLineIndex": 0, "session_id": session])
  }

  func endOfCandidates() async -> MockReply { await mock.post(path + "/ice", ["session_id": session]) }

  func speak(_ text: String = "Hello world") async -> MockReply {
    await mock.post(path, ["script": ["type": "text", "input": .string(text)], "session_id": session])
  }

  func delete() async -> MockReply { await mock.send("DELETE", path, ["session_id": session]) }

  /// Posts an answer and the end of candidates.
  func connect() async throws {
    try #require(await answer().status == 200)
    try #require(await endOfCandidates().status == 200)
  }
}
