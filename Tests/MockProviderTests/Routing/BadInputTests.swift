// Malformed bodies, paths and queries: each gets the vendor's own JSON error, and the mock goes on.
import StrictJSON
import Testing
import Wire

@testable import MockProvider

@Suite struct BadInputTests {
  /// Bodies that are no JSON, or no object.
  static let bodies: [(String, [UInt8])] = [
    ("open brace", Array("{".utf8)), ("trailing comma", Array("{\"a\":1,}".utf8)),
    ("single quotes", Array("{'a':1}".utf8)),
    ("duplicate name", Array("{\"session_id\":\"a\",\"session_id\":\"b\"}".utf8)), ("two values", Array("{}{}".utf8)),
    ("no UTF-8", [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]), ("NUL", [0]),
    ("NaN", Array("{\"a\":NaN}".utf8)), ("lone surrogate", Array("{\"a\":\"\\ud800\"}".utf8)),
    ("control character", Array("{\"a\":\"\u{1}\"}".utf8)), ("huge number", Array("{\"a\":1e999}".utf8)),
    ("too deep", Array(String(repeating: "[", count: 100_000).utf8)),
    ("too many values", Array(("[" + String(repeating: "0,", count: 30_000) + "0]").utf8)),
    ("form", Array("session_id=a&text=b".utf8)), ("text", Array("hello".utf8)), ("array", Array("[]".utf8)),
    ("string", Array("\"x\"".utf8)), ("number", Array("3".utf8)), ("null", Array("null".utf8)),
    ("true", Array("true".utf8)),
    ("leading zero", Array("{\"a\":01}".utf8)), ("plus sign", Array("{\"a\":+1}".utf8)),
    ("comment", Array("{}//".utf8)),
    ("half escape", Array("{\"a\":\"\\u12\"}".utf8)), ("megabyte", Array(repeating: 0x61, count: 1 << 20)),
  ]

  @Test(arguments: bodies)
  func bodiesThatAreNoObject(name: String, bytes: [UInt8]) async throws {
    try await MockFixture.run { mock in
      for path in ["/talks/streams", "/talks/streams/strm_1/sdp", "/talks/streams/strm_1/ice", "/talks/streams/strm_1"]
      {
        let reply = await mock.post(path, raw: bytes)
        #expect(reply.status == 400, "\(path)")
        #expect(["BadRequestError", "ValidationError"].contains(reply["kind"]?.string), "\(path)")
      }
      for call in ["new", "start", "ice", "task", "stop", "interrupt", "keep_alive"] {
        let reply = await mock.post("/v1/streaming.\(call)", raw: bytes)
        #expect(reply.status == 400, "\(call)")
        #expect(reply["code"] == 400175, "\(call)")
      }
      let deleted = await mock.send(
        HTTPRequest(method: "DELETE", path: "/talks/streams/strm_1", headers: MockFixture.key, body: bytes))
      #expect(deleted.status == 400)
      let fault = await mock.send(HTTPRequest(method: "POST", path: "/__admin/faults", headers: MockFixture.key, body: bytes))
      #expect(fault["error"]?["code"] == "invalid")
      #expect(await mock.admin("GET", "sessions")["sessions"] == [])
      _ = try await DIDStream.create(mock)
    }
  }

  /// Requests whose method or path is of no route.
  static let requests: [(String, String)] = [
    ("GET", "/"), ("GET", ""), ("GET", "talks/streams"), ("POST", "//talks/streams"), ("POST", "/talks/streams/"),
    ("POST", "/talks//streams"), ("POST", "/talks/streams/a/b/c"), ("POST", "/Talks/Streams"),
    ("PUT", "/talks/streams"),
    ("post", "/talks/streams"), ("PATCH", "/talks/streams/x"), ("HEAD", "/talks/streams"), ("TRACE", "/"),
    ("POST", "/talks/streams/%"), ("POST", "/talks/streams/%4"), ("POST", "/talks/streams/%zz"),
    ("POST", "/talks/streams/%ff"), ("POST", "/talks/%00"), ("POST", "/../talks/streams"), ("POST", "/agents/streams"),
    ("POST", "/agents/a/b/streams"), ("GET", "/v1/streaming.new"), ("POST", "/v1/"), ("POST", "/v1/streaming."),
    ("POST", "/v2/streaming.new"), ("POST", "/v3/streaming.new"), ("GET", "/__adminx"), ("POST", "/v1/streaming.new/"),
    ("DELETE", "/talks/streams"), ("CONNECT", "example.com:443"), ("GET", "*"), ("", "/talks/streams"),
    ("POST", "/" + String(repeating: "a", count: 10_000)), ("POST", "/" + String(repeating: "/", count: 5000)),
    ("POST", "/talks/streams/" + String(repeating: "%41", count: 3000)),
    (String(repeating: "X", count: 1000), "/talks/streams"), ("GET", "/\u{1F600}"), ("GET", "/talks/streams?x"),
  ]

  @Test(arguments: requests)
  func requestsOfNoRoute(method: String, path: String) async throws {
    try await MockFixture.run { mock in
      for headers in [MockFixture.key, [:]] as [HTTPHeaders] {
        let reply = await mock.send(HTTPRequest(method: method, path: path, headers: headers))
        #expect([403, 404].contains(reply.status))
        #expect(reply["message"]?.string?.isEmpty == false)
        #expect(reply.response.headers["Content-Type"] == "application/json; charset=utf-8")
      }
      let entry = await mock.state.journal.entries.last
      #expect(entry?.call == nil)
      #expect((entry?.path.utf8.count ?? 0) <= 2048)
    }
  }

  /// Bodies of the right form with a wrong member, and the path that D-ID's details have to name.
  static let creations: [(String, JSONValue, String)] = [
    ("talks", [:], "body.source_url"), ("talks", ["source_url": 1], "body.source_url"),
    ("talks", ["source_url": nil], "body.source_url"), ("talks", ["source_url": ""], "body.source_url"),
    ("talks", ["source_url": "https://e.com/a.jpg", "presenter_id": "x"], "body.presenter_id"),
    ("talks", ["source_url": "https://e.com/a.jpg", "compatibility_mode": "maybe"], "body.compatibility_mode"),
    ("talks", ["source_url": "https://e.com/a.jpg", "stream_warmup": "yes"], "body.stream_warmup"),
    ("talks", ["source_url": "https://e.com/a.jpg", "session_timeout": 301], "body.session_timeout"),
    ("talks", ["source_url": "https://e.com/a.jpg", "output_resolution": 1281], "body.output_resolution"),
    ("talks", ["source_url": "https://e.com/a.jpg", "output_resolution": -1], "body.output_resolution"),
    ("talks", ["source_url": "https://e.com/a.jpg", "face": [:]], "body.face.size"),
    ("talks", ["source_url": "https://e.com/a.jpg", "face": ["size": 1]], "body.face.top_left"),
    ("talks", ["source_url": "https://e.com/a.jpg", "face": ["size": -1, "top_left": [1, 2]]], "body.face.size"),
    ("talks", ["source_url": "https://e.com/a.jpg", "face": ["size": 1, "top_left": [1]]], "body.face.top_left"),
    (
      "talks", ["source_url": "https://e.com/a.jpg", "face": ["size": 1, "top_left": [1, 2], "overlap": "no"]],
      "body.face.overlap"
    ),
    ("talks", ["source_url": "https://e.com/a.jpg", "config": ["stitch": 1]], "body.config.stitch"),
    ("talks", ["source_url": "https://e.com/a.jpg", "config": []], "body.config"),
    ("clips", [:], "body.presenter_id"), ("clips", ["presenter_id": "a", "source_url": "x"], "body.source_url"),
    ("clips", ["presenter_id": "a", "driver_id": 1], "body.driver_id"),
    ("agents/a", ["end_user_data": ["x": 1]], "body.end_user_data.x"),
    ("agents/a", ["fluent": 1], "body.fluent"),
  ]

  @Test(arguments: creations)
  func creationsWithAWrongMember(prefix: String, body: JSONValue, path: String) async throws {
    try await MockFixture.run { mock in
      let reply = await mock.post("/\(prefix)/streams", body)
      #expect(reply.status == 400)
      #expect(reply["kind"] == "ValidationError")
      #expect(reply["description"] == "validation failed")
      #expect(reply["details"]?.object?.members.map(\.name) == [path])
      #expect(reply["details"]?[path]?["message"]?.string?.isEmpty == false)
    }
  }

  /// Bodies about a stream, its call, and the path that the details have to name.
  static let calls: [(String, JSONObject, String)] = [
    ("/sdp", [:], "body.answer"), ("/sdp", ["answer": "v=0"], "body.answer"),
    ("/sdp", ["answer": [:]], "body.answer.type"),
    ("/sdp", ["answer": ["type": "offer", "sdp": "v=0"]], "body.answer.type"),
    ("/sdp", ["answer": ["type": "answer"]], "body.answer.sdp"),
    ("/sdp", ["answer": ["type": "answer", "sdp": 1]], "body.answer.sdp"),
    ("/sdp", ["answer": ["type": "answer", "sdp": "v=0", "x": 1]], "body.answer.x"),
    ("/ice", ["candidate": "candidate:1"], "body.sdpMid"),
    ("/ice", ["candidate": "candidate:1", "sdpMid": "a"], "body.sdpMLineIndex"),
    ("/ice", ["candidate": "candidate:1", "sdpMid": "a", "sdpMLineIndex": -1], "body.sdpMLineIndex"),
    (
      "/ice", ["candidate": "candidate:1", "sdpMid": "a", "sdpMLineIndex": 0, "usernameFragment": "x"],
      "body.usernameFragment"
    ),
    ("/ice", ["candidate": ["candidate": "candidate:1"]], "body.candidate"),
    ("/ice", ["candidate": 3], "body.candidate"),
    (
      "/ice", ["candidate": .string(String(repeating: "c", count: 2049)), "sdpMid": "a", "sdpMLineIndex": 0],
      "body.candidate"
    ),
    ("", [:], "body.script"), ("", ["script": "hello"], "body.script"), ("", ["script": [:]], "body.script"),
    ("", ["script": ["type": "llm", "input": "hello"]], "body.script"),
    ("", ["script": ["type": "text", "input": "ab"]], "body.script"),
    ("", ["script": ["type": "text", "input": .string(String(repeating: "a", count: 40_001))]], "body.script"),
    ("", ["script": ["type": "text", "input": "hello", "x": 1]], "body.script"),
    ("", ["script": ["type": "text", "input": "hello", "ssml": 1]], "body.script"),
    (
      "", ["script": ["type": "text", "input": "hello", "provider": ["type": "acme", "voice_id": "v"]]], "body.script"
    ),
    ("", ["script": ["type": "text", "input": "hello", "provider": ["type": "amazon"]]], "body.script"),
    ("", ["script": ["type": "audio", "audio_url": "http://e.com/a.mp3"]], "body.script"),
    ("", ["script": ["type": "audio", "audio_url": "https://e.com/a.ogg"]], "body.script"),
    ("", ["script": ["type": "text", "input": "hello"], "user_data": "  "], "body.user_data"),
    ("", ["script": ["type": "text", "input": "hello"], "config": ["pad_audio": 61]], "body.config.pad_audio"),
    ("", ["script": ["type": "text", "input": "hello"], "config": ["x": 1]], "body.config.x"),
    ("", ["script": ["type": "text", "input": "hello"], "background": ["color": "#fff"]], "body.background"),
    ("", ["script": ["type": "text", "input": "hello"], "name": 1], "body.name"),
    ("", ["script": ["type": "text", "input": "hello"], "stream_id": "x"], "body.stream_id"),
  ]

  @Test(arguments: calls)
  func callsWithAWrongMember(call: String, members: JSONObject, path: String) async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      var body = members
      body["session_id"] = .string(stream.sessionID)
      let reply = await mock.post(stream.path + call, .object(body))
      #expect(reply.status == 400)
      #expect(reply["details"]?.object?.members.map(\.name) == [path])
      #expect(await mock.state.sessions.first?.talks.isEmpty == true)
    }
  }

  @Test func everythingThatDIDTakesIsTaken() async throws {
    try await MockFixture.run { mock in
      _ = try await DIDStream.create(
        mock, prefix: "talks",
        [
          "source_url": "s3://bucket/a.jpg", "driver_url": "bank://lively", "compatibility_mode": "on",
          "stream_warmup": true, "session_timeout": 300, "output_resolution": 512.5, "fluent": false,
          "face": [
            "size": 512, "top_left": [0, 0], "overlap": "NO", "face_id": "f", "detect_confidence": 0.9,
            "detection": [:],
          ],
          "config": ["motion_factor": 1, "align_expand_factor": 0.3, "stitch": true],
        ])
      let stream = try await DIDStream.create(mock, prefix: "clips", ["presenter_id": "amy", "output_resolution": 720])
      try await stream.connect()
      let reply = await mock.post(
        stream.path,
        [
          "script": [
            "type": "text", "input": "Hello", "ssml": false,
            "provider": ["type": "microsoft", "voice_id": "en-US-JennyNeural", "voice_config": ["style": "Cheerful"]],
          ], "config": ["fluent": true, "pad_audio": 60, "stitch": true, "result_format": "webm"],
          "result_url": "https://e.com/x", "user_data": "u", "name": "n", "driver_url": "bank://x",
          "audio_optimization": 2,
          "metadata": "m", "background": ["color": "#FFFFFF"], "presenter_config": ["crop": [:]],
          "session_id": .string(stream.sessionID),
        ])
      #expect(reply.status == 200, "\(reply.json?.text ?? "")")
      let audio = await mock.post(
        stream.path,
        [
          "script": ["type": "audio", "audio_url": "https://e.com/a.mp3?x=1"], "background": ["color": false],
          "session_id": .string(stream.sessionID),
        ])
      #expect(audio["duration"] == 3.0)
    }
  }

  @Test func lenientToleratesWhatStrictRefuses() async throws {
    var configuration = MockConfiguration()
    configuration.isLenient = true
    try await MockFixture.run(configuration) { mock in
      let stream = try await DIDStream.create(
        mock, prefix: "talks", ["source_url": "https://e.com/a.jpg", "x": 1, "config": ["y": 2]])
      #expect(await stream.answer("anything").status == 200)
      let ice = await mock.post(
        stream.path + "/ice",
        [
          "candidate": "c", "sdpMid": "a", "sdpMLineIndex": 0, "usernameFragment": "u",
          "session_id": .string(stream.sessionID),
        ])
      #expect(ice.status == 200)
      // What is required stays required.
      #expect(await mock.post("/talks/streams", ["x": 1]).status == 400)
      let session = try await HeyGenSession.new(mock)
      #expect(await session.start("anything").status == 200)
    }
  }
}
