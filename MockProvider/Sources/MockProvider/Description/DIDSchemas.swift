// Describes the bodies of D-ID's calls and replies, as the mock reads and writes them.
import StrictJSON

/// Schemas by name. What is asked is what ``DIDCreateBody``, ``DIDScript`` and their neighbours read.
struct DIDSchemas {
  let configuration: MockConfiguration

  var all: [(String, JSONValue)] {
    [
      ("CreateOfTalks", createOfTalks), ("CreateOfClips", createOfClips), ("CreateOfAgents", createOfAgents),
      ("Answer", answer), ("Candidate", candidate), ("Speak", speak(withClip: false)), ("SpeakOfClip", speak(withClip: true)),
      ("Script", script), ("Delete", Schema.object([sessionID], required: ["session_id"], closure)),
      ("Created", created(forAgent: false)), ("CreatedOfAgent", created(forAgent: true)), ("IceServer", iceServer),
      ("Answered", status("ok", isLeftOut: configuration.didReplies == .y2025)),
      ("Taken", status("created", isLeftOut: false)), ("Started", started), ("Deleted", deleted), ("Error", error),
      VendorDescription.refusal,
    ] + agents.all
  }

  private var agents: DIDAgentSchemas { DIDAgentSchemas(isStrict: configuration.isStrict && !configuration.isLenient) }

  /// Members that nobody knows are refused, but where they are null.
  private var closure: Schema.Closure { configuration.isLenient ? .open : .nullOnly }

  private func optional(_ name: String, _ schema: JSONValue) -> (String, JSONValue) {
    VendorDescription.optional(name, schema)
  }

  private let sessionID = ("session_id", Schema.string(bytes: 1...Int(Int32.max), about: "As the stream's replies have it, whole"))

  // MARK: - What is asked

  /// D-ID's validator takes these words for a boolean.
  private let boolean = Schema.any(of: [Schema.boolean(), Schema.choice(["true", "false"])])

  /// - Parameter written: which texts the validator takes for such a number.
  private func number(_ range: ClosedRange<Double>, written: String) -> JSONValue {
    Schema.any(of: [Schema.number(in: range), Schema.string(pattern: written)])
  }

  private static let upToHundred = #"^([1-9]?[0-9](\.[0-9]{1,9})?|100)$"#

  private var stream: [(String, JSONValue)] {
    [
      optional(
        "compatibility_mode", Schema.choice(of: DIDCompatibility.self, about: "on is VP8, off is H264, auto is both")),
      optional("stream_warmup", boolean),
      optional(
        "session_timeout",
        number(DIDCreateBody.timeouts, written: #"^(-[0-9]{1,9}|[12]?[0-9]{1,2}(\.[0-9]{1,9})?|300)$"#)),
      optional("output_resolution", number(0...1280, written: #"^(0|[1-9][0-9]{0,2}(\.[0-9]{1,9})?|1280)$"#)),
      optional("fluent", boolean),
    ]
  }

  private var createOfTalks: JSONValue {
    Schema.object(
      stream + [
        (
          "source_url",
          Schema.string(
            pattern: "^(https?://|s3://|data:|file:)[!-~]+$",
            about: """
              A picture's, of at most 2048 bytes; one of this machine's is loaded, and may be long where it is a `data:` URL
              """)
        ),
        optional("driver_url", Schema.string(bytes: 1...2048)), optional("face", face),
        optional(
          "config",
          Schema.object(
            [
              optional("motion_factor", number(0...100, written: Self.upToHundred)),
              optional("align_expand_factor", number(0...100, written: Self.upToHundred)), optional("stitch", boolean),
            ], configuration.isStrict ? .nullOnly : .open)),
      ], required: ["source_url"], closure)
  }

  private var face: JSONValue {
    let written = #"^-?(0|[1-9][0-9]{0,7})(\.[0-9]{1,9})?$"#
    return Schema.object(
      [
        ("size", Schema.any(of: [Schema.count(), Schema.string(pattern: "^(0|[1-9][0-9]{0,15})$")])),
        (
          "top_left",
          [
            "type": "array", "minItems": 2, "maxItems": 2,
            "items": ["type": "number", "maximum": 8000],
          ]
        ),
        optional("overlap", Schema.choice(of: DIDCreateBody.Overlap.self)), optional("face_id", Schema.string()),
        optional("detect_confidence", number(DIDCreateBody.anyNumber, written: written)),
        optional("sharpness", number(DIDCreateBody.anyNumber, written: written)), optional("face_occluded", boolean),
        optional("face_occluded_confidence", number(DIDCreateBody.anyNumber, written: written)),
        optional("detection", Schema.anyObject),
      ], required: ["size", "top_left"], closure)
  }

  private var createOfClips: JSONValue {
    Schema.object(
      stream + [("presenter_id", Schema.string(bytes: 1...512)), optional("driver_id", Schema.string(bytes: 1...512))],
      required: ["presenter_id"], closure)
  }

  private var createOfAgents: JSONValue {
    Schema.object(
      stream + [
        optional("config", Schema.anyObject),
        optional("end_user_data", Schema.object([optional("plan", Schema.string())], closure)),
      ], configuration.isStrict ? .nullOnly : .open)
  }

  private var answer: JSONValue {
    Schema.object(
      [
        (
          "answer",
          Schema.object(
            [
              ("type", Schema.constant("answer")),
              ("sdp", Schema.string(about: "With the offer's sections; what does not answer it is an UnknownError")),
            ], required: ["type", "sdp"], closure)
        ), sessionID,
      ], required: ["answer", "session_id"], closure)
  }

  private var candidate: JSONValue {
    Schema.any(of: [
      Schema.object(
        [
          ("candidate", Schema.string(bytes: 1...2048)), ("sdpMid", Schema.string(bytes: 0...64)),
          (
            "sdpMLineIndex",
            Schema.any(of: [Schema.integer(in: 0...255), Schema.string(pattern: "^(0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9])$")])
          ), sessionID,
        ], required: ["candidate", "sdpMid", "sdpMLineIndex", "session_id"], closure),
      Schema.object(
        [
          ("candidate", ["enum": [nil, "", .object([:])], "description": "The end of candidates, as its absence is"]),
          ("sdpMid", Schema.anything), ("sdpMLineIndex", Schema.anything), sessionID,
        ], required: ["session_id"], configuration.isStrict ? .nullOnly : .open),
    ])
  }

  private func speak(withClip: Bool) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("script", Schema.named("Script")), sessionID, optional("result_url", Schema.string(bytes: 1...2048)),
      optional(
        "user_data",
        Schema.any(of: [Schema.anyObject, ["type": "string", "maxLength": 1000, "pattern": #"\S"#]])),
      optional("name", Schema.string()), optional("driver_url", Schema.string(bytes: 1...2048)),
      optional("audio_optimization", Schema.number()), ("metadata", Schema.anything),
      optional("config", config),
    ]
    if withClip {
      members += [
        optional("background", background), optional("presenter_config", Schema.anyObject),
        optional("presenter_id", Schema.string()), optional("driver_id", Schema.string()),
        optional("created_by", Schema.string()),
      ]
    }
    return Schema.object(members, required: ["script", "session_id"], closure)
  }

  private var background: JSONValue {
    Schema.object([
      optional("color", Schema.any(of: [Schema.constant(false), Schema.string(pattern: "^#[0-9a-fA-F]{6}$")]))
    ])
  }

  private var config: JSONValue {
    let flags = ["fluent", "stitch", "align_driver", "auto_match", "sharpen"].map { optional($0, boolean) }
    return Schema.object(
      flags + [
        optional("pad_audio", number(0...60, written: #"^([1-5]?[0-9](\.[0-9]{1,9})?|60)$"#)),
        optional("normalization_factor", number(0...1, written: #"^(0(\.[0-9]{1,9})?|1)$"#)),
        optional("motion_factor", number(0...100, written: Self.upToHundred)),
        optional("align_expand_factor", number(0...100, written: Self.upToHundred)),
        optional("result_format", Schema.choice(of: DIDSpeakBody.ResultFormat.self)),
        optional("driver_expressions", Schema.anyObject), ("logo", Schema.anything),
      ], closure)
  }

  private var script: JSONValue {
    let subtitles: [(String, JSONValue)] = configuration.isStrict ? [] : [("subtitles", Schema.anything)]
    let longest = DIDScript.characters.upperBound
    let least = DIDScript.characters.lowerBound
    // Counted as JavaScript does: what is beyond the Basic Multilingual Plane counts twice.
    let input = Schema.any(
      of: [
        ["type": "string", "minLength": .integer(Int64(least)), "maxLength": .integer(Int64(longest))],
        ["type": "string", "minLength": 2, "maxLength": 2, "not": ["pattern": "^[^\u{10000}-\u{10FFFF}]*$"]],
      ], about: "\(least) to \(longest) characters, counted in UTF-16")
    let text = Schema.object(
      subtitles + [
        ("type", Schema.constant("text")), ("input", input), optional("ssml", boolean),
        optional("should_queue_speaks", boolean), optional("sentiment", Schema.string()), optional("provider", voice),
      ], required: ["type", "input"], closure)
    let audio = Schema.object(
      subtitles + [
        ("type", Schema.constant("audio")),
        (
          "audio_url",
          Schema.string(
            pattern: #"^(https|s3)://[!-~]+\.([mM]4[aA]|[fF][lL][aA][cC]|[mM][pP][34]|[wW][aA][vV])([?#][!-~]*)?$"#,
            about: "At most 2048 bytes")
        ),
      ], required: ["type", "audio_url"], closure)
    return Schema.any(of: [text, audio])
  }

  private var voice: JSONValue {
    let name = Schema.string(bytes: 1...256)
    let members: [(String, JSONValue)] = [
      optional("voice_config", Schema.anyObject), optional("model_id", Schema.string()),
      optional("access", Schema.string()), optional("language", Schema.string(bytes: 1...64)),
    ]
    let others = DIDScript.VoiceProvider.allCases.filter { $0 != .elevenlabs }.map(\.rawValue)
    return Schema.any(of: [
      Schema.object(
        [("type", Schema.choice(others)), ("voice_id", name)] + members, required: ["type", "voice_id"], closure),
      Schema.object(
        [("type", Schema.constant("elevenlabs")), optional("voice_id", name)] + members, required: ["type"], closure),
    ])
  }

  // MARK: - What is answered

  private func created(forAgent: Bool) -> JSONValue {
    let offer = Schema.record([("type", Schema.constant("offer")), ("sdp", Schema.string())])
    var members: [(String, JSONValue)] = [("id", Schema.string())]
    if configuration.didReplies != .y2023 { members.append(("offer", offer)) }
    if configuration.didReplies != .y2025 { members.append(("jsep", offer)) }
    members += [("ice_servers", Schema.array(of: Schema.named("IceServer"))), ("session_id", Schema.string())]
    if forAgent, configuration.didReplies != .y2023 { members += [("fluent", Schema.boolean()), ("interrupt_enabled", Schema.boolean())] }
    return Schema.record(members)
  }

  private let iceServer = Schema.record([
    ("urls", Schema.array(of: Schema.string())), ("username", Schema.string()), ("credential", Schema.string()),
  ])

  private func status(_ word: String, isLeftOut: Bool) -> JSONValue {
    var members: [(String, JSONValue)] = []
    if !isLeftOut { members.append(("status", Schema.constant(.string(word)))) }
    if configuration.didReplies != .y2023 { members.append(("session_id", Schema.string())) }
    return Schema.record(members)
  }

  private var started: JSONValue {
    var members: [(String, JSONValue)] = [("status", Schema.constant("started"))]
    if configuration.didReplies != .y2023 { members.append(("video_id", Schema.string())) }
    if configuration.didReplies != .y2025 {
      members += [("duration", Schema.number(about: "In seconds")), ("session_id", Schema.string())]
    }
    return Schema.record(members)
  }

  private var deleted: JSONValue {
    guard configuration.didDeleteReply == .status else { return Schema.constant("") }
    var members: [(String, JSONValue)] = [("status", Schema.constant("ok"))]
    if configuration.didReplies != .y2023 { members.append(("session_id", Schema.string())) }
    return Schema.record(members)
  }

  /// Of D-ID itself, or of the gateway before it.
  private let error = Schema.any(of: [
    Schema.object(
      [
        ("kind", Schema.string()), ("description", Schema.string()),
        (
          "details",
          [
            "type": "object", "description": "What is wrong, by the path of the member",
            "additionalProperties": Schema.record([("message", Schema.string())]),
          ]
        ),
      ], required: ["kind", "description"], .closed),
    Schema.record([("message", Schema.string())]),
  ])
}
