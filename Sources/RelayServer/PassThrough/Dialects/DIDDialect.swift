// Reads the calls of D-ID's streams API, and writes what D-ID would answer.
import SessionValues
import Signaling
import StrictJSON
import Wire

/// `/talks/streams`, `/clips/streams` and `/agents/{id}/streams` (docs.d-id.com reference; de-id/live-streaming-demo).
struct DIDDialect: VendorDialect {
  let provider = "did"

  func ask(_ method: String, _ path: [String], _ query: String?, _ body: JSONObject?) -> VendorAsk {
    let body = body ?? [:]
    return switch (path.first, path.count > 1 ? path[1] : "") {
    case ("talks", "streams"): ask(method, path.dropFirst(2), body, kind: "talk", agent: nil)
    case ("clips", "streams"): ask(method, path.dropFirst(2), body, kind: "clip", agent: nil)
    case ("agents", let agent) where path.count > 2 && path[2] == "streams":
      ask(method, path.dropFirst(3), body, kind: "agent", agent: agent)
    case ("agents", _) where method == "POST" && path.count == 4 && path[2] == "chat":
      .chat(stream: body["streamId"]?.string, Script(.audio(url: "")))
    default: Self.stream(in: path).map { .otherOfSession($0) } ?? .other
    }
  }

  /// The stream that a path of any other service names; nil for none.
  private static func stream(in path: [String]) -> String? {
    path.firstIndex(of: "streams").flatMap { $0 + 1 < path.count ? path[$0 + 1] : nil }
  }

  private func ask(
    _ method: String, _ path: ArraySlice<String>, _ body: JSONObject, kind: String, agent: String?
  ) -> VendorAsk {
    switch (method, path.count, path.first, path.last) {
    case ("POST", 0, _, _):
      var options = body
      options["kind"] = .string(kind)
      return .open(avatar: agent, options: options)
    case ("POST", 1, let stream?, _):
      guard let script = Self.script(body["script"]) else {
        return .unreadable(at: "body.script", "is required")
      }
      return .session(stream, .speak(script))
    case ("DELETE", 1, let stream?, _): return .session(stream, .close)
    case ("POST", 2, let stream?, "sdp"):
      guard let sdp = body["answer"]?["sdp"]?.string else { return .unreadable(at: "body.answer", "is required") }
      return .session(stream, .answer(SessionDescription(kind: .answer, sdp: sdp)))
    case ("POST", 2, let stream?, "ice"): return .session(stream, .candidate(IceCandidate(vendor: body)))
    case (_, 1..., let stream?, _): return .otherOfSession(stream)
    default: return .other
    }
  }

  /// A script of a kind that nobody here knows counts by its length.
  private static func script(_ json: JSONValue?) -> Script? {
    guard let json, json.object != nil else { return nil }
    if let url = json["audio_url"]?.string { return Script(ofPage: .audio(url: url)) }
    let text = json["input"]?.string ?? json.text
    return Script(ofPage: json["ssml"] == true ? .ssml(text) : .text(text))
  }

  /// Looking something up, and judging an answer (`ratings`, `feedback` of a chat).
  func isFree(_ method: String, _ path: [String]) -> Bool {
    if method == "GET" || method == "DELETE" { return true }
    return path.count > 4 && path[0] == "agents" && path[2] == "chat" && ["ratings", "feedback"].contains(path[4])
  }

  /// Of the client SDK's playground, and with a key of the page's own for a voice (de-id/agents-sdk, `config/consts.ts`).
  let ownFields = ["x-playground-chat", "x-api-key-external"]

  func avatar(in path: [String]) -> String? { path.count > 1 && path[0] == "agents" ? path[1] : nil }

  func token(_ text: String) -> HTTPResponse? { nil }

  func session(in reply: JSONValue) -> String? { reply["id"]?.string }

  func success(_ ask: SessionAsk, _ body: JSONObject) -> HTTPResponse {
    var reply: JSONObject = ["status": "ok"]
    // The one word that was seen (published write-up of 2025-08).
    if case .candidate = ask { reply["status"] = "created" }
    reply["session_id"] = body["session_id"]
    return .json(reply)
  }

  /// The words are those of the API's errors (docs/provider-options.md names the sources of each), so that programs which
  /// look for them find them.
  func refusal(_ reason: VendorRefusal, of ask: VendorAsk) -> HTTPResponse {
    switch reason {
    // What the public demo calls where nothing was opened yet, and by what the client SDK knows that it has to connect anew.
    case .sessionGone where ask.session == "undefined" || ask.isChat:
      Self.error(400, "SessionError", "missing or invalid session_id")
    case .unauthorized: Self.error(401, "AuthorizationError", "user unauthenticated")
    case .forbidden(let words): Self.error(403, "PermissionError", words)
    case .sessionLimit: Self.error(403, "Forbidden", "Max user sessions reached")
    case .rateLimited: .json(["message": "Too Many Requests"], status: 429)
    case .credits: Self.error(402, "InsufficientCreditsError", "not enough credits")
    case .sessionGone: Self.error(404, "NotFound", "stream_id doesn't exits or not owened by the user")
    case .wrongState: Self.error(500, "InternalServerError", "Stream Error")
    case .invalid(let place, let words):
      .json(
        [
          "kind": "ValidationError", "description": "validation failed",
          "details": .object(JSONObject([.init(name: place, value: ["message": .string(words)])])),
        ], status: 400)
    case .tooLarge: .json(["message": "Request Too Long"], status: 413)
    case .noSuchCall: Self.error(404, "NotFound", "no such call here; the relay's operator can allow it")
    case .unavailable: .json(["message": "Service Unavailable"], status: 503)
    case .unknownFate: .json(["message": "Endpoint request timed out"], status: 504)
    }
  }

  private static func error(_ status: Int, _ kind: String, _ words: String) -> HTTPResponse {
    .json(["kind": .string(kind), "description": .string(words)], status: status)
  }
}

extension IceCandidate {
  /// A candidate with its members beside others, or in an object of their own; nil, the end of candidates, where there is
  /// none.
  init?(vendor body: JSONObject) {
    let members = body["candidate"]?.object ?? body
    guard let text = members["candidate"]?.string else { return nil }
    self.init(
      candidate: text, sdpMid: members["sdpMid"]?.string,
      sdpMLineIndex: members["sdpMLineIndex"]?.integer.flatMap { Int(exactly: $0) },
      usernameFragment: members["usernameFragment"]?.string)
  }
}
