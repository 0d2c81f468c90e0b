// A client of D-ID's WebSocket, for tests: one socket and one stream on it.
import StrictJSON
import TestSupport
import Testing

@testable import MockProvider

/// A socket to a mock that listens.
struct DIDSocketClient {
  /// What D-ID's demo page sends with a talk.
  static let talk: JSONValue = ["source_url": "https://example.com/face.jpg", "presenter_type": "talk"]

  let socket: WebSocketClient
  var streamID = ""
  var sessionID = ""
  var offer = ""

  /// Runs a test with a mock without media, whose time only the test moves, and a socket to it.
  static func run(
    _ configuration: MockConfiguration = MockConfiguration(),
    _ body: (MockServer, inout DIDSocketClient) async throws -> Void
  ) async throws {
    var configuration = configuration
    configuration.media = .none
    let mock = try await MockServer.start(configuration)
    do {
      var client = try await DIDSocketClient(mock)
      try await body(mock, &client)
    } catch {
      await mock.stop()
      throw error
    }
    await mock.stop()
  }

  init(_ mock: MockServer, query: String = "authorization=Basic%20user%3Asecret") async throws {
    socket = try await WebSocketClient(port: mock.port, path: "/?\(query)")
  }

  func send(_ type: String, _ payload: JSONValue) {
    let message: JSONValue = ["type": .string(type), "payload": payload]
    socket.send(message.text)
  }

  /// What comes next; null for anything but a message that is JSON.
  func next() async -> JSONValue {
    guard case .text(let text) = await socket.next() else { return .null }
    return (try? JSONParser.parse(text)) ?? .null
  }

  func call(_ type: String, _ payload: JSONValue) async -> JSONValue {
    send(type, payload)
    return await next()
  }

  mutating func create(_ payload: JSONValue = talk) async throws {
    let reply = await call("init-stream", payload)
    try #require(reply["messageType"] == "init-stream", "\(reply.text)")
    streamID = try #require(reply["id"]?.string)
    sessionID = try #require(reply["session_id"]?.string)
    offer = try #require(reply["offer"]?["sdp"]?.string)
  }

  /// As D-ID's demo page has it: the answer goes without a stream's id, the end of candidates with it.
  func connect() async throws {
    let answer: JSONValue = ["type": "answer", "sdp": .string(Answer.sdp(for: offer))]
    let reply = await call(
      "sdp", ["answer": answer, "session_id": .string(sessionID), "presenter_type": "talk"])
    try #require(reply["messageType"] == "sdp" && reply["status"] == "ok", "\(reply.text)")
    let end = await call("ice", own)
    try #require(end["messageType"] == "ice" && end["status"] == "created", "\(end.text)")
  }

  /// What names the stream.
  var own: JSONValue {
    ["stream_id": .string(streamID), "session_id": .string(sessionID), "presenter_type": "talk"]
  }

  func part(_ text: String, _ index: Int? = nil, isSSML: Bool = false) -> JSONValue {
    let provider: JSONValue = ["type": "microsoft", "voice_id": "en-US-JennyNeural "]
    return part(["type": "text", "input": .string(text), "provider": provider, "ssml": .bool(isSSML)], index)
  }

  func part(_ script: JSONValue, _ index: Int?) -> JSONValue {
    var payload = own.object ?? [:]
    payload["script"] = script
    payload["config"] = ["stitch": true]
    payload["background"] = ["color": "#FFFFFF"]
    payload["apiKeysExternal"] = ["elevenlabs": ["key": ""]]
    if let index { payload["index"] = .integer(Int64(index)) }
    return .object(payload)
  }
}

extension MockServer {
  var port: Int { Int(baseURL.split(separator: ":").last ?? "") ?? 0 }
}
