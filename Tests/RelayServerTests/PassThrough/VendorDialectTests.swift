// What the vendors' calls ask for, and what is said in the vendors' names.
import Signaling
import SessionValues
import StrictJSON
import Testing
import Wire

@testable import RelayServer

@Suite struct VendorDialectTests {
  private func ask(_ dialect: any VendorDialect, _ method: String, _ path: String, _ body: JSONObject = [:]) -> VendorAsk {
    dialect.ask(method, path.split(separator: "/", omittingEmptySubsequences: false).map(String.init), nil, body)
  }

  @Test(arguments: [("talks/streams", "talk", nil), ("clips/streams", "clip", nil), ("agents/agt_1/streams", "agent", "agt_1")])
  func streamsOfThreeKinds(path: String, kind: String, agent: String?) {
    guard case .open(let avatar, let options) = ask(DIDDialect(), "POST", path, ["new": 1]) else {
      Issue.record("no request for a stream")
      return
    }
    #expect(avatar == agent)
    #expect(options == ["new": 1, "kind": .string(kind)])
    guard case .session("strm_1", .close) = ask(DIDDialect(), "DELETE", "\(path)/strm_1") else {
      Issue.record("no end of a stream")
      return
    }
  }

  @Test(arguments: ["talks/streams", "talks", "agents/streams", "v1/streaming.new"])
  func whatIsNoCallOfAStream(path: String) {
    guard case .other = ask(DIDDialect(), "PUT", path) else {
      Issue.record("\(path) was read as a call of a stream")
      return
    }
  }

  /// Nobody else may make it, whatever it is.
  @Test func whatElseIsAskedOfAStreamIsItsOwners() {
    let asked = [
      ask(DIDDialect(), "PUT", "talks/streams/s/other"), ask(DIDDialect(), "POST", "agents/agt_1/streams/s/sdp/b"),
      ask(DIDDialect(), "GET", "clips/streams/s"), ask(HeyGenDialect(), "POST", "v1/streaming.other", ["session_id": "s"]),
      ask(HeyGenDialect(), "PUT", "v2/streaming.task", ["session_id": "s"]), ask(DIDDialect(), "POST", "v2/agents/a/streams/s/x"),
      HeyGenDialect().ask("GET", ["v1", "streaming.state"], "a=1&session_id=s", [:]),
    ]
    for ask in asked {
      guard case .otherOfSession("s") = ask else {
        Issue.record("\(ask)")
        continue
      }
    }
    guard case .other = ask(HeyGenDialect(), "POST", "v1/other", ["session_id": "s"]) else {
      Issue.record("a call of another API is none of a session's")
      return
    }
    guard case .unreadable(at: "body", _) = HeyGenDialect().ask("POST", ["v1", "streaming.other"], nil, nil) else {
      Issue.record("nobody knows whose call this is")
      return
    }
    guard case .otherOfSession("s") = DIDDialect().ask("POST", ["talks", "streams", "s", "other"], nil, nil) else {
      Issue.record("of D-ID's the path says it")
      return
    }
  }

  /// Whatever stands beside what has to be known, or instead of it.
  @Test(arguments: [
    (#"{"script":{"type":"text","input":"Hello","provider":{"new":1}},"new":2}"#, Script.Content.text("Hello")),
    (#"{"script":{"type":"text","input":"<b/>","ssml":true}}"#, .ssml("<b/>")),
    (#"{"script":{"type":"audio","audio_url":"ftp://anything"}}"#, .audio(url: "ftp://anything")),
    (#"{"script":{"type":"llm","messages":[]}}"#, .text(#"{"type":"llm","messages":[]}"#)),
    (#"{"script":{}}"#, .text("{}")),
  ])
  func scriptsAreReadLeniently(body: String, content: Script.Content) throws {
    let object = try #require(JSONParser.parse(body).object)
    guard case .session("s", .speak(let script)) = ask(DIDDialect(), "POST", "talks/streams/s", object) else {
      Issue.record("no talk")
      return
    }
    #expect(script.content == content)
  }

  @Test(arguments: [
    (#"{"candidate":"candidate:1","sdpMid":"a","sdpMLineIndex":0}"#, "candidate:1"),
    (#"{"candidate":{"candidate":"candidate:2","sdpMid":null,"sdpMLineIndex":"x"}}"#, "candidate:2"),
    (#"{"candidate":null}"#, nil), (#"{}"#, nil), (#"{"candidate":7}"#, nil),
  ])
  func candidatesStandFlatOrNested(body: String, candidate: String?) throws {
    var object = try #require(JSONParser.parse(body).object)
    object["session_id"] = "s"
    for asked in [
      ask(DIDDialect(), "POST", "talks/streams/s/ice", object), ask(HeyGenDialect(), "POST", "v1/streaming.ice", object),
    ] {
      guard case .session("s", .candidate(let found)) = asked else {
        Issue.record("no candidate")
        continue
      }
      #expect(found?.candidate == candidate)
    }
  }

  @Test(arguments: ["start", "ice", "task", "interrupt", "keep_alive", "stop"])
  func callsOfHeyGenNameTheirSession(call: String) {
    guard case .unreadable(at: "session_id", _) = ask(HeyGenDialect(), "POST", "v1/streaming.\(call)", ["text": "Hi"]) else {
      Issue.record("a call without a session was read")
      return
    }
    guard case .session("s", _) = ask(HeyGenDialect(), "POST", "v1/streaming.\(call)", ["text": "Hi", "session_id": "s"])
    else {
      Issue.record("a call with a session was not read")
      return
    }
    guard case .other = ask(HeyGenDialect(), "GET", "v1/streaming.\(call)") else {
      Issue.record("another method is another call")
      return
    }
  }

  /// Status 500 makes HeyGen's demo throw; and every refusal is JSON, since its callers parse all that comes.
  @Test func everyErrorHasAnAnswerInEachVendorsShape() throws {
    for kind in ErrorKind.allCases {
      let error = SignalingError(kind, "words", retryAfterMs: 1500)
      let did = DIDDialect().refusal(error, of: .other)
      let heyGen = HeyGenDialect().refusal(error, of: .other)
      #expect((400..<600).contains(did.status) && (400..<600).contains(heyGen.status) && heyGen.status != 500)
      #expect(did.headers["Retry-After"] == "2" && heyGen.headers["Retry-After"] == "2")
      let didBody = try JSONParser.parse(did.body)
      #expect(didBody["description"]?.string != nil || didBody["message"]?.string != nil, "\(kind)")
      let heyGenBody = try JSONParser.parse(heyGen.body)
      #expect(heyGenBody["code"]?.integer != nil && heyGenBody["message"]?.string != nil, "\(kind)")
    }
  }

  @Test(arguments: [(#"{"streamId":"strm_1","messages":[]}"#, "strm_1"), (#"{"messages":[]}"#, nil), (#"{"streamId":1}"#, nil)])
  func aMessageToAnAgentIsATalkOnItsStream(body: String, stream: String?) throws {
    let object = try #require(JSONParser.parse(body).object)
    guard case .chat(stream, let script) = ask(DIDDialect(), "POST", "agents/agt_1/chat/cht_1", object) else {
      Issue.record("no message")
      return
    }
    #expect(script.content == .audio(url: ""), "nobody knows how long the answer is")
  }

  @Test(arguments: [
    ("GET", "agents/a", true), ("DELETE", "agents/a/chat/c/ratings/r", true), ("POST", "agents/a/chat/c/ratings", true),
    ("PATCH", "agents/a/chat/c/ratings/r", true), ("POST", "agents/a/chat/c/feedback", true), ("POST", "agents/a/chat", false),
    ("POST", "agents/a/chat/c", false), ("POST", "talks", false), ("POST", "x/a/chat/c/ratings", false),
  ])
  func whatCostsNothing(method: String, path: String, isFree: Bool) {
    #expect(DIDDialect().isFree(method, path.split(separator: "/").map(String.init)) == isFree)
  }

  /// The sessions count a text and write it down as a digest; the vendor gets all of it, and says what it takes.
  @Test func aTextBeyondAllBoundsIsCountedAsFarAsAnyVendorTakesOne() throws {
    let long = JSONObject([.init(name: "script", value: ["type": "text", "input": .string(String(repeating: "ä", count: 100_000))])])
    guard case .session(_, .speak(let script)) = ask(DIDDialect(), "POST", "talks/streams/s", long),
      case .text(let text) = script.content
    else {
      Issue.record("no talk")
      return
    }
    #expect(text.count == 65_536)
  }
}
