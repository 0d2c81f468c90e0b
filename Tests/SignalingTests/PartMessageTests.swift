// What a client says of a text that is still being written is read as it was meant.
import SessionValues
import Signaling
import StrictJSON
import Testing

@Suite("Parts of a talk on the wire")
struct PartMessageTests {
  private let session = SessionID(rawValue: "s")

  private func call(_ method: String, _ params: JSONObject) -> Call? {
    var params = params
    params["session"] = "s"
    let message: JSONObject = [
      "jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .object(params),
    ]
    guard case .request(let request) = SignalingCodec.decode(JSONValue.object(message).serialized) else { return nil }
    return request.call
  }

  @Test("a talk begins with or without words, and is never taken for a whole text")
  func beginning() {
    #expect(call("session.speak", ["open": true]) == .beginSpeak(session: session, Script(.text(""))))
    let opening = Script(.text("Hello"), options: ["voice": "v"])
    #expect(
      call("session.speak", ["open": true, "text": "Hello", "options": ["voice": "v"]])
        == .beginSpeak(session: session, opening))
    #expect(call("session.speak", ["text": "Hello"]) == .speak(session: session, Script(.text("Hello"))))
  }

  @Test("parts and ends carry their talk and their number")
  func parts() {
    #expect(
      call("session.speakPart", ["talk": "t", "index": 4_294_967_295, "text": " you"])
        == .speakPart(session: session, TextPart(talk: "t", index: 4_294_967_295, text: " you")))
    #expect(
      call("session.speakEnd", ["talk": "t", "index": 1]) == .speakEnd(session: session, talk: "t", index: 1))
  }

  @Test("a part shows its words nowhere")
  func privacy() {
    let part = TextPart(talk: "t", index: 1, text: "private")
    #expect(!"\(part) \(String(reflecting: part))".contains("private"))
  }
}
