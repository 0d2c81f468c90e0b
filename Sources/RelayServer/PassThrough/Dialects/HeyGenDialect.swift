// Reads the calls of HeyGen's streaming API v1, and writes what HeyGen would answer.
import SessionValues
import Signaling
import StrictJSON
import Wire

/// `/v1/streaming.*` (docs.heygen.com reference; HeyGen-Official/StreamingAvatar and StreamingAvatarSDK 1.0).
struct HeyGenDialect: VendorDialect {
  let provider = "heygen"

  func ask(_ method: String, _ path: [String], _ query: String?, _ body: JSONObject?) -> VendorAsk {
    guard path.count == 2, path[1].hasPrefix("streaming.") else { return .other }
    // Whose session it is may stand there, and HeyGen may read what nobody here can.
    guard let body else { return .withoutObject }
    let named = body["session_id"]?.string ?? query.flatMap { PercentEncoding.value(of: "session_id", in: $0) }
    let other = named.map { VendorAsk.otherOfSession($0) } ?? .other
    guard method == "POST", path[0] == "v1" else { return other }
    if path[1] == "streaming.new" { return .open(avatar: nil, options: body) }
    if path[1] == "streaming.create_token" { return .token }
    let session = body["session_id"]?.string
    guard let ask = Self.ask(path[1], body) else { return other }
    guard let session else { return .unreadable(at: "session_id", "MISSING_PARAMS") }
    return ask.map { .session(session, $0) } ?? .unreadable(at: "text", "MISSING_PARAMS")
  }

  /// What a call asks of its session, or nil in it where that cannot be read; nil for calls that are none of a session.
  private static func ask(_ name: String, _ body: JSONObject) -> SessionAsk?? {
    switch name {
    case "streaming.start":
      guard let sdp = body["sdp"]?["sdp"]?.string else { return .startRoom }
      return .answer(SessionDescription(kind: .answer, sdp: sdp))
    case "streaming.ice": return .candidate(IceCandidate(vendor: body))
    case "streaming.task": return .some(body["text"]?.string.map { .speak(Script(ofPage: .text($0))) })
    case "streaming.interrupt": return .interrupt
    case "streaming.keep_alive": return .extend
    // By @heygen/streaming-avatar 2.1.
    case "streaming.start_listening", "streaming.stop_listening": return .listen
    case "streaming.stop": return .close
    default: return nil
    }
  }

  func avatar(in path: [String]) -> String? { nil }

  func isFree(_ method: String, _ path: [String]) -> Bool { method == "GET" || method == "DELETE" }

  let ownFields: [String] = []

  /// Not the envelope of the other calls (docs.heygen.com/reference/create-session-token; forum, 2024).
  func token(_ text: String) -> HTTPResponse? { .json(["error": nil, "data": ["token": .string(text)]]) }

  func session(in reply: JSONValue) -> String? { reply["data"]?["session_id"]?.string }

  func success(_ ask: SessionAsk, _ body: JSONObject) -> HTTPResponse {
    .json(["code": 100, "data": nil, "message": "success"])
  }

  /// The codes and words are those of the API's errors (docs.heygen.com/reference/errors, its forum, and the third-party
  /// SDK teamduality/heygen-typescript-sdk). Status 500 is never used: the official demo treats it apart.
  func refusal(_ reason: VendorRefusal, of ask: VendorAsk) -> HTTPResponse {
    switch reason {
    case .unauthorized: Self.error(401, 400112, "Unauthorized")
    case .forbidden(let words): Self.error(400, 400573, words)
    case .sessionLimit:
      Self.error(400, 10004, "Concurrent limit reached, please upgrade your plan for formal usage.")
    case .rateLimited: Self.error(429, 400123, "rate limit exceeded")
    case .credits: Self.error(400, 10015, "trial API limit reached")
    case .sessionGone: Self.error(400, 10005, "session state wrong: closed")
    case .wrongState: Self.error(400, 400006, "Session is not in correct state")
    case .invalid("body.answer", _): Self.error(400, 400, "peer start failed,please check the answer")
    case .invalid(let place, let words):
      words == "MISSING_PARAMS"
        ? Self.error(400, 40001, words, details: place) : Self.error(400, 400175, "INVALID_PARAMETER", details: words)
    case .tooLarge: Self.error(413, 413, "Request Entity Too Large")
    case .noSuchCall: Self.error(404, 404, "Not Found")
    case .unavailable: Self.error(503, 503, "Service Unavailable")
    case .unknownFate: Self.error(504, 504, "Gateway Timeout")
    }
  }

  private static func error(_ status: Int, _ code: Int64, _ words: String, details: String? = nil) -> HTTPResponse {
    var body: JSONObject = ["code": .integer(code), "message": .string(words)]
    body["details"] = details.map { .string($0) }
    return .json(body, status: status)
  }
}
