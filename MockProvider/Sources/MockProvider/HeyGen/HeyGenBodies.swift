// Reads what HeyGen's streaming.new takes and writes HeyGen's success bodies.
import MockPeer
import StrictJSON

/// The body of POST `/v1/streaming.new` (docs.heygen.com/reference/new-session, HeyGen-Official/StreamingAvatarSDK).
/// Unknown members are tolerated, as HeyGen tolerates them.
struct HeyGenNewBody {
  /// Bounds of `activity_idle_timeout`, in seconds.
  static let idleTimeouts: ClosedRange<Int64> = 30...3600

  enum Quality: String, CaseIterable { case low, medium, high }

  let quality: Quality
  let codec: PeerVideoCodec
  let avatar: String
  let voice: String
  let language: String?
  let isVersion2: Bool
  /// In seconds.
  let idleTimeout: Int64?
  let disablesIdleTimeout: Bool

  init(_ reader: inout JSONObjectReader) throws(JSONShapeError) {
    quality = try reader.optionalChoice("quality", of: Quality.self) ?? .medium
    codec = try reader.optionalChoice("video_encoding", of: PeerVideoCodec.self) ?? .vp8
    let name = try reader.optionalString("avatar_name", bytes: 0...512)
    let id = try reader.optionalString("avatar_id", bytes: 0...512)
    avatar = [name, id].compactMap { $0 }.first { !$0.isEmpty } ?? "default"
    isVersion2 = try reader.optionalString("version") == "v2"
    idleTimeout = try reader.optionalInteger("activity_idle_timeout", in: Self.idleTimeouts)
    disablesIdleTimeout = try reader.optionalBool("disable_idle_timeout") ?? false
    voice = try Self.readVoice(&reader)
    language = reader.optionalValue("language")?.string
    for member in ["knowledge_base", "knowledge_base_id", "knowledge_id", "language", "source"] {
      if reader.optionalValue(member)?.isNull != true { _ = try reader.optionalString(member) }
    }
    for member in ["stt_settings", "livekit_settings"] where reader.optionalValue(member)?.isNull != true {
      _ = try reader.optionalObject(member)
    }
    _ = try reader.optionalBool("ia_is_livekit_transport")
    _ = try reader.optionalBool("silence_response")
  }

  private static func readVoice(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> String {
    guard var voice = try reader.optionalObject("voice") else { return "default" }
    _ = try voice.optionalNumber("rate", in: 0.1...3)
    _ = try voice.optionalString("emotion")
    _ = try voice.optionalObject("elevenlabs_settings")
    return try voice.optionalString("voice_id") ?? "default"
  }
}

/// Builds what HeyGen answers: `{code: 100, data, message: "success"}`.
struct HeyGenReplies {
  let form: MockConfiguration.HeyGenReplies
  let iceServers: MockConfiguration.IceServers
  /// In seconds.
  let durationLimit: Int64

  static func success(_ data: JSONValue = nil) -> JSONValue { ["code": 100, "data": data, "message": "success"] }

  /// The reply of streaming.new with an offer.
  func offered(sessionID: String, sdp: String, webSocketBase: String, identifiers: inout VendorIdentifiers) -> JSONValue
  {
    var data: JSONObject = ["session_id": .string(sessionID), "sdp": ["type": "offer", "sdp": .string(sdp)]]
    if form != .y2024 {
      data["access_token"] = .null
      data["url"] = .null
    }
    let servers = self.servers(&identifiers)
    switch form {
    case .y2024: data["ice_servers"] = stunURLs
    case .y2025: data["ice_servers"] = .null
    case .union: data["ice_servers"] = servers
    }
    data["ice_servers2"] = servers
    if form != .y2024 { addLimits(&data, sessionID, webSocketBase) }
    return Self.success(.object(data))
  }

  /// The reply of streaming.new with `version: "v2"`: a room grant. Nobody runs the room.
  func room(sessionID: String, webSocketBase: String, identifiers: inout VendorIdentifiers) -> JSONValue {
    var data: JSONObject = [
      "session_id": .string(sessionID), "sdp": nil, "access_token": .string(token(&identifiers)),
      "url": .string(webSocketBase + "/room"), "ice_servers": nil, "ice_servers2": nil,
    ]
    data["livekit_agent_token"] = .string(token(&identifiers))
    addLimits(&data, sessionID, webSocketBase)
    return Self.success(.object(data))
  }

  private func addLimits(_ data: inout JSONObject, _ sessionID: String, _ webSocketBase: String) {
    data["is_paid"] = false
    data["session_duration_limit"] = .integer(durationLimit)
    data["realtime_endpoint"] = .string("\(webSocketBase)/v2-alpha/interactive-avatar/session/\(sessionID)")
  }

  /// Three parts of base64url with dots between, as a room token has.
  private func token(_ identifiers: inout VendorIdentifiers) -> String {
    [36, 120, 43].map { identifiers.text($0, of: .urlSafe) }.joined(separator: ".")
  }

  private var stunURLs: JSONValue {
    iceServers == .loopback ? [.string("stun:\(LoopbackCandidate.address):19302")] : []
  }

  /// One URL an item, in the captured order: STUN twice, the second with an empty credential, then TURN by UDP and TCP.
  private func servers(_ identifiers: inout VendorIdentifiers) -> JSONValue {
    guard iceServers == .loopback else { return [] }
    let host = LoopbackCandidate.address
    let user = JSONValue.string(identifiers.text(64, of: .hex))
    let credential = JSONValue.string(identifiers.text(44, of: .base64))
    var items: [JSONValue] = [
      ["credentialType": "password", "urls": [.string("stun:\(host):19302")]],
      ["credentialType": "password", "urls": [.string("stun:\(host):3478")], "credential": ""],
    ]
    for url in ["turn:\(host):3478?transport=udp", "turn:\(host):3478?transport=tcp", "turn:\(host):443?transport=tcp"]
    {
      items.append(
        ["credentialType": "password", "urls": [.string(url)], "username": user, "credential": credential])
    }
    return .array(items)
  }
}
