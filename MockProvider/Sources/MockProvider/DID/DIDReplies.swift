// Writes D-ID's success bodies in the forms of their years.
import StrictJSON

/// Builds what D-ID answers.
struct DIDReplies {
  let form: MockConfiguration.DIDReplies
  let deleteForm: MockConfiguration.DIDDeleteReply
  let iceServers: MockConfiguration.IceServers

  /// Members that only an agent's stream has (de-id/agents-sdk, src/types/stream/rtc.ts).
  struct Agent {
    let isFluent: Bool
  }

  func created(
    id: String, sdp: String, sessionID: String, agent: Agent?, identifiers: inout VendorIdentifiers
  ) -> JSONValue {
    let offer: JSONValue = ["type": "offer", "sdp": .string(sdp)]
    var reply: JSONObject = ["id": .string(id)]
    if form != .y2023 { reply["offer"] = offer }
    if form != .y2025 { reply["jsep"] = offer }
    reply["ice_servers"] = servers(&identifiers)
    reply["session_id"] = .string(sessionID)
    if let agent, form != .y2023 {
      reply["fluent"] = .bool(agent.isFluent)
      reply["interrupt_enabled"] = .bool(agent.isFluent)
    }
    return .object(reply)
  }

  func answered(sessionID: String) -> JSONValue { status("ok", sessionID, without: form == .y2025) }

  func candidateTaken(sessionID: String) -> JSONValue { status("created", sessionID, without: false) }

  func started(_ talk: MockTalk, sessionID: String) -> JSONValue {
    var reply: JSONObject = ["status": "started"]
    if form != .y2023 { reply["video_id"] = .string(talk.id) }
    if form != .y2025 {
      reply["duration"] = .number(Double(talk.duration.milliseconds) / 1000)
      reply["session_id"] = .string(sessionID)
    }
    return .object(reply)
  }

  /// A part was taken; the talk that it belongs to is named, and the part.
  func partTaken(talk: String, index: Int?, sessionID: String) -> JSONValue {
    var reply: JSONObject = ["status": "started", "video_id": .string(talk)]
    if let index { reply["index"] = .integer(Int64(index)) }
    reply["session_id"] = .string(sessionID)
    return .object(reply)
  }

  /// Nil for no body at all.
  func deleted(sessionID: String) -> JSONValue? {
    switch deleteForm {
    case .status: form == .y2023 ? ["status": "ok"] : ["status": "ok", "session_id": .string(sessionID)]
    case .emptyString: ""
    case .nothing: nil
    }
  }

  private func status(_ word: String, _ sessionID: String, without omitsStatus: Bool) -> JSONValue {
    var reply: JSONObject = [:]
    if !omitsStatus { reply["status"] = .string(word) }
    if form != .y2023 { reply["session_id"] = .string(sessionID) }
    return .object(reply)
  }

  /// One entry with six URLs, a 64-character user and a credential of 64 hex digits (captured 2025-08), on this
  /// machine.
  private func servers(_ identifiers: inout VendorIdentifiers) -> JSONValue {
    guard iceServers == .loopback else { return [] }
    let host = LoopbackCandidate.address
    return [
      [
        "urls": [
          .string("stun:\(host):3478"), .string("turn:\(host):3478?transport=udp"),
          .string("turn:\(host):3478?transport=tcp"), .string("turns:\(host):5349?transport=tcp"),
          .string("turn:\(host):80?transport=tcp"), .string("turns:\(host):443?transport=tcp"),
        ],
        "username": .string(identifiers.text(64, of: .hex)), "credential": .string(identifiers.text(64, of: .hex)),
      ]
    ]
  }
}
