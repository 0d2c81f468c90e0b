// What public clients of the vendors send, in forms that no reference shows, is taken as the vendors take it.
import Foundation
import StrictJSON
import Testing
import Wire

@testable import MockProvider

@Suite struct VendorFormTests {
  @Test(arguments: [
    #"{"quality":null}"#, #"{"voice":{"rate":null}}"#, #"{"activity_idle_timeout":null}"#,
    #"{"activity_idle_timeout":180.0}"#, #"{"unheard_of":1}"#, "\u{FEFF}{}",
  ])
  func formOfHeyGensCreate(body: String) async throws {
    try await MockFixture.run { mock in
      #expect(await mock.post("/v1/streaming.new", raw: Array(body.utf8)).status == 200)
    }
  }

  @Test(arguments: [
    #"{"type":"text","ssml":"false","input":"Hello world"}"#, #"{"type":"text","input":"Hello","subtitles":"false"}"#,
    #"{"type":"text","input":"Hello","provider":null}"#, #"{"type":"text","input":"👍🏽","sentiment":"friendly"}"#,
    #"{"type":"text","input":"Hello","should_queue_speaks":true,"provider":{"type":"elevenlabs","model_id":"m"}}"#,
    #"{"type":"audio","audio_url":"https://e.com/a.WAV#t"}"#,
  ])
  func formOfDIDsScript(script: String) async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      let reply = await mock.post(
        stream.path,
        [
          "script": try JSONParser.parse(script), "config": ["pad_audio": "0.0"], "metadata": ["chat_id": "c1"],
          "user_data": ["a": 1], "session_id": .string(stream.sessionID),
        ])
      #expect(reply.status == 200, "\(reply.json?.text ?? "")")
    }
  }

  @Test(arguments: [
    ("talks", #"{"source_url":"https://e.com/a.jpg","session_timeout":0.5,"output_resolution":1280}"#),
    ("talks", #"{"source_url":"https://e.com/a.jpg","session_timeout":"60","stream_warmup":"true"}"#),
    ("talks", #"{"source_url":"https://e.com/a.jpg","face":{"size":512.0,"top_left":[0.5,0]},"fluent":null}"#),
    ("agents/a", #"{"source_url":"x","anything":{"at":"all"}}"#),
    ("talks", #"{"source_url":"https://e.com/a.jpg","session_timeout":-1e300,"config":{"fluent":true}}"#),
  ])
  func formOfDIDsCreate(prefix: String, body: String) async throws {
    try await MockFixture.run { mock in
      #expect(await mock.post("/\(prefix)/streams", raw: Array(body.utf8)).status == 201)
    }
  }

  @Test func strictRefusesWhatNoReferenceHas() async throws {
    var configuration = MockConfiguration()
    configuration.isStrict = true
    try await MockFixture.run(configuration) { mock in
      #expect(await mock.post("/agents/a/streams", ["anything": 1]).status == 400)
      #expect(await mock.post("/v1/streaming.new", ["anything": 1]).status == 400)
      let open: JSONValue = ["source_url": "https://e.com/a.jpg", "config": ["fluent": true]]
      #expect(await mock.post("/talks/streams", open)["details"]?["body.config.fluent"] != nil)
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      let script: JSONValue = ["type": "text", "input": "Hello", "subtitles": false]
      let body: JSONValue = ["script": script, "session_id": .string(stream.sessionID)]
      #expect(await mock.post(stream.path, body).status == 400)
      let end: JSONValue = ["x": 1, "session_id": .string(stream.sessionID)]
      #expect(await mock.post(stream.path + "/ice", end)["details"]?["body.x"] != nil)
    }
  }

  @Test func preflightAllowsWhatIsAskedFor() async throws {
    let asked = "authorization,baggage,content-type,sentry-trace,traceparent"
    func allowed(_ names: String) -> String? {
      let headers: HTTPHeaders = ["Access-Control-Request-Headers": names]
      return CORS.preflight(HTTPRequest(method: "OPTIONS", path: "/talks/streams", headers: headers, body: []))
        .headers["Access-Control-Allow-Headers"]
    }
    #expect(allowed(asked) == asked)
    #expect(allowed("a\"b") == "authorization, content-type, x-api-key, x-playground-chat")
  }

  @Test func answerMayHoldItsCandidates() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      let answer = Answer.sdp(for: stream.offer) + "a=\(Answer.candidate)\r\na=end-of-candidates\r\n"
      #expect(await stream.answer(answer).status == 200)
      let body: JSONValue = [
        "script": ["type": "text", "input": "Hello"], "session_id": .string(stream.sessionID),
      ]
      #expect(await mock.post(stream.path, body).status == 200)
    }
  }

  private static func answer(_ name: String) throws -> String {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/answers").standardized
    return String(decoding: try Data(contentsOf: folder.appending(path: name + ".sdp")), as: UTF8.self)
  }

  @Test(arguments: [
    ("01-chrome-did", nil), ("05-react-native-webrtc-did", nil), ("09-chrome-70-sctpmap-did", nil),
    ("20-firefox-did", nil), ("40-pion-did", nil), ("10-mids-audio-video-data", "a=mid"),
    ("51-gstreamer-no-bundle-did", "BUNDLE"),
  ] as [(String, String?)])
  func answerOfAnyStackIsTakenOrRefusedByName(name: String, word: String?) async throws {
    let answer = try Self.answer(name)
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      let reply = await stream.answer(answer)
      #expect(reply.status == (word == nil ? 200 : 500))
      let note = await mock.state.journal.entries.last?.note
      if let word { #expect(note?.contains(word) == true && note?.contains("--lenient") == true) }
    }
  }

  @Test(arguments: ["06-unity-heygen", "23-firefox-first-section-rejected-heygen", "61-libdatachannel-h264-heygen"])
  func answerOfAnyStackToHeyGen(name: String) async throws {
    let answer = try Self.answer(name)
    try await MockFixture.run { mock in
      let session = try await HeyGenSession.new(mock)
      #expect(await session.start(answer).status == 200)
    }
  }

  @Test func unknownMemberNamesTheSwitch() async throws {
    try await MockFixture.run { mock in
      _ = await mock.post("/talks/streams", ["source_url": "https://e.com/a.jpg", "x": 1])
      #expect(
        await mock.state.journal.entries.last?.note == "body.x: unknown field; --lenient takes unknown members")
    }
  }

  @Test func iceServersCanBeHandedOn() async throws {
    for (form, expected) in [(MockConfiguration.HeyGenReplies.union, JSONValue.array([])), (.y2025, .null)] {
      var configuration = MockConfiguration()
      configuration.heyGenReplies = form
      try await MockFixture.run(configuration) { mock in
        #expect(await mock.post("/v1/streaming.new", [:]).data?["ice_servers"] == expected)
      }
    }
  }
}
