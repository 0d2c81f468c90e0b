// Describes the bodies of HeyGen's calls and replies, as the mock reads and writes them.
import MockPeer
import StrictJSON

/// Schemas by name. What is asked is what ``HeyGenNewBody`` and the calls of `HeyGenCalls.swift` read.
struct HeyGenSchemas {
  let configuration: MockConfiguration

  var all: [(String, JSONValue)] {
    [
      ("New", new), ("OfSession", Schema.object([Self.session], required: ["session_id"])), ("Start", start),
      ("Candidate", candidate), ("Task", task), ("Opened", Self.success(Schema.any(of: [offered, room]))),
      ("Tasked", Self.success(tasked)), ("Done", Self.success(["type": "null"])),
      ("Token", Schema.record([("error", ["type": "null"]), ("data", Schema.record([("token", Schema.string())]))])),
      ("List", Self.success(Schema.record([("sessions", Schema.array(of: Schema.record(Self.entry)))]))), ("Page", page),
      ("Avatars", Self.success(Schema.array(of: avatar))), ("Error", error), VendorDescription.refusal,
    ]
  }

  private static func success(_ data: JSONValue) -> JSONValue {
    Schema.record([("code", Schema.constant(100)), ("data", data), ("message", Schema.constant("success"))])
  }

  private static let session = ("session_id", Schema.string(bytes: 1...256))

  private func optional(_ name: String, _ schema: JSONValue) -> (String, JSONValue) {
    VendorDescription.optional(name, schema)
  }

  // MARK: - What is asked

  private var new: JSONValue {
    let name = Schema.string(bytes: 0...512)
    let texts = ["knowledge_base", "knowledge_base_id", "knowledge_id", "language", "source", "version"]
    return Schema.object(
      [
        optional("quality", Schema.choice(of: HeyGenNewBody.Quality.self)),
        optional("video_encoding", Schema.choice(of: PeerVideoCodec.self)), optional("avatar_name", name),
        optional("avatar_id", name), optional("activity_idle_timeout", Schema.integer(in: HeyGenNewBody.idleTimeouts)),
        optional("disable_idle_timeout", Schema.boolean()), optional("voice", voice),
        optional("stt_settings", Schema.anyObject), optional("livekit_settings", Schema.anyObject),
        optional("ia_is_livekit_transport", Schema.boolean()), optional("silence_response", Schema.boolean()),
      ] + texts.map { optional($0, Schema.string()) }, configuration.isStrict ? .nullOnly : .open,
      about: "`version` v2 gets the grant of a room")
  }

  private var voice: JSONValue {
    Schema.object([
      optional("rate", Schema.number(in: 0.1...3)), optional("emotion", Schema.string()),
      optional("elevenlabs_settings", Schema.anyObject), optional("voice_id", Schema.string()),
    ])
  }

  private var start: JSONValue {
    Schema.object(
      [
        Self.session,
        (
          "sdp",
          Schema.object(
            [("type", Schema.constant("answer")), ("sdp", Schema.string())], required: ["type", "sdp"],
            about: "Nothing of a session of version v2")
        ),
      ], required: ["session_id", "sdp"])
  }

  private var candidate: JSONValue {
    let line: [(String, JSONValue)] = [
      optional("sdpMid", Schema.string(bytes: 0...64)), optional("sdpMLineIndex", Schema.integer(in: 0...255)),
    ]
    let text = Schema.string(bytes: 0...2048, about: "The end of candidates where it is empty")
    let nested = Schema.object([("candidate", text)] + line, required: ["candidate"])
    let end: JSONValue = ["enum": [nil, .object([:])], "description": "The end of candidates"]
    return Schema.any(of: [
      Schema.object([Self.session, ("candidate", nested)], required: ["session_id", "candidate"]),
      Schema.object([Self.session, ("candidate", text)] + line, required: ["session_id", "candidate"]),
      Schema.object([Self.session, ("candidate", end)], required: ["session_id", "candidate"]),
    ])
  }

  private var task: JSONValue {
    Schema.object(
      [
        Self.session, ("text", ["type": "string", "minLength": 1]),
        optional("task_type", Schema.choice(of: HeyGenVendor.TaskKind.self)),
        optional("task_mode", Schema.choice(of: HeyGenVendor.TaskMode.self)),
      ], required: ["session_id", "text"])
  }

  // MARK: - What is answered

  private var offered: JSONValue {
    let servers = Schema.array(of: server)
    var members: [(String, JSONValue)] = [
      ("session_id", Schema.string()),
      ("sdp", Schema.record([("type", Schema.constant("offer")), ("sdp", Schema.string())])),
    ]
    if configuration.heyGenReplies != .y2024 {
      members += [("access_token", ["type": "null"]), ("url", ["type": "null"])]
    }
    switch configuration.heyGenReplies {
    case .y2024: members.append(("ice_servers", Schema.array(of: Schema.string())))
    case .y2025: members.append(("ice_servers", ["type": "null"]))
    case .union: members.append(("ice_servers", servers))
    }
    members.append(("ice_servers2", servers))
    return Schema.record(configuration.heyGenReplies == .y2024 ? members : members + Self.limits)
  }

  private static let limits: [(String, JSONValue)] = [
    ("is_paid", Schema.boolean()), ("session_duration_limit", Schema.count(about: "In seconds")),
    ("realtime_endpoint", Schema.string()),
  ]

  private var room: JSONValue {
    Schema.record(
      [
        ("session_id", Schema.string()), ("sdp", ["type": "null"]), ("access_token", Schema.string()),
        ("url", Schema.string()), ("ice_servers", ["type": "null"]), ("ice_servers2", ["type": "null"]),
        ("livekit_agent_token", Schema.string()),
      ] + Self.limits)
  }

  private let server = Schema.object(
    [
      ("credentialType", Schema.constant("password")), ("urls", Schema.array(of: Schema.string())),
      ("username", Schema.string()), ("credential", Schema.string()),
    ], required: ["credentialType", "urls"], .closed)

  private let tasked = Schema.record([("task_id", Schema.string()), ("duration_ms", Schema.number())])

  private static let entry: [(String, JSONValue)] = [
    ("session_id", Schema.string()), ("status", Schema.choice(["new", "connecting", "connected"])),
    ("created_at", Schema.count(about: "In seconds since 1970")),
  ]

  private var page: JSONValue {
    let entry = Self.entry + [
      ("api_key_type", Schema.string()), ("duration", Schema.count(about: "In seconds")), ("avatar_id", Schema.string()),
      ("voice_name", Schema.string()),
    ]
    return Schema.record([
      ("total", Schema.count()), ("page", Schema.integer(in: 1...Int64.max)), ("page_size", Schema.count()),
      ("next_pagination_token", Schema.orNull(Schema.string())), ("data", Schema.array(of: Schema.record(entry))),
    ])
  }

  private let avatar = Schema.record([
    ("avatar_id", Schema.string()), ("created_at", Schema.count()), ("is_public", Schema.boolean()),
    ("status", Schema.string()),
  ])

  /// HeyGen's own, or its framework's for a media type.
  private let error = Schema.any(of: [
    Schema.object(
      [
        ("code", Schema.integer()), ("message", Schema.string()), ("details", Schema.string()),
        ("status", Schema.integer()),
      ], required: ["code", "message"], .closed),
    Schema.record([("detail", Schema.string())]),
  ])
}
