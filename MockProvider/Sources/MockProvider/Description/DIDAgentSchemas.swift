// Describes the bodies of the calls about agents, as the mock reads and writes them.
import StrictJSON

/// Schemas by name.
struct DIDAgentSchemas {
  /// Members that nobody knows are refused, but where they are null.
  let isStrict: Bool

  var all: [(String, JSONValue)] {
    [
      ("Agent", agent), ("SpeechToken", Schema.record([("token", Schema.string()), ("region", Schema.string())])),
      ("ClientKeyWanted", Schema.object([("allowed_domains", domains)], required: ["allowed_domains"], closure)),
      ("ClientKey", Schema.record([("client_key", Schema.string()), ("allowed_domains", domains)])),
      ("NewChat", Schema.object([VendorDescription.optional("persist", persist)], closure)), ("Chat", chat), ("Question", question),
      ("Reply", reply), ("NewRating", rating(isNew: true)), ("RatingChange", rating(isNew: false)), ("Rating", ratingKept),
      ("NewFeedback", feedback),
      (
        "Feedback",
        Schema.record([("chat_id", Schema.string()), ("rating", Schema.integer(in: 1...5)), ("submitted_at", Self.time)])
      ),
    ]
  }

  private var closure: Schema.Closure { isStrict ? .nullOnly : .open }

  private static let time = Schema.string(pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$")

  private let domains: JSONValue = [
    "type": "array", "minItems": 1, "maxItems": 64, "items": ["type": "string", "minLength": 1],
  ]
  private let persist = Schema.any(of: [Schema.boolean(), Schema.choice(["true", "false"])])

  private var agent: JSONValue {
    let voice = Schema.record([("type", Schema.string()), ("voice_id", Schema.string()), ("language", Schema.string())])
    let avatar = Schema.record([("type", Schema.choice(of: AgentProfile.Avatar.self)), ("voice", voice)])
    let texts = Schema.array(of: Schema.string())
    return Schema.record([
      ("id", Schema.string()), ("owner_id", Schema.string()), ("name", Schema.string()), ("preview_name", Schema.string()),
      ("status", Schema.constant("done")), ("access", Schema.constant("public")), ("avatar", avatar), ("presenter", avatar),
      ("greetings", texts), ("starter_message", texts),
      ("knowledge", Schema.record([("id", Schema.string()), ("starter_message", texts)])), ("triggers_available", Schema.boolean()),
      ("end_of_call_feedback", Schema.record([("enabled", Schema.boolean())])),
      ("advanced_settings", Schema.record([("ui_debug_mode", Schema.boolean())])),
    ])
  }

  private var chat: JSONValue {
    Schema.record([
      ("id", Schema.string(pattern: "^cht_")), ("agent_id", Schema.string()), ("owner_id", Schema.string()), ("created", Self.time),
      ("modified", Self.time), ("agent_id__created_at", Schema.string()), ("agent_id__modified_at", Schema.string()),
      ("messages", ["type": "array", "maxItems": 0]), ("chat_mode", Schema.choice(of: ChatMode.self)),
    ])
  }

  /// On a stream, or in one of the modes that have none.
  private var question: JSONValue {
    let message = Schema.object(
      [VendorDescription.optional("role", Schema.choice(of: AgentQuestion.Role.self)), ("content", content)], required: ["content"])
    let messages: JSONValue = [
      "type": "array", "minItems": 1, "maxItems": .integer(Int64(AgentQuestion.messageLimit)), "items": message,
    ]
    let (stream, session) = (("streamId", Schema.string()), ("sessionId", Schema.string(bytes: 1...Int(Int32.max))))
    let silent = ChatMode.allCases.filter { $0 != .functional }.map(\.rawValue)
    return Schema.any(of: [
      Schema.object(
        [
          ("messages", messages), ("chatMode", Schema.choice(silent)), VendorDescription.optional(stream.0, stream.1),
          VendorDescription.optional(session.0, Schema.string()),
        ], required: ["messages", "chatMode"], closure),
      Schema.object(
        [("messages", messages), VendorDescription.optional("chatMode", Schema.choice(of: ChatMode.self)), stream, session],
        required: ["messages", "streamId", "sessionId"], closure),
    ])
  }

  private let content = Schema.string(bytes: 0...DIDScript.characters.upperBound, about: "The last one is the question")

  private var reply: JSONValue {
    Schema.object(
      [
        ("result", Schema.string(about: "The answer, where it is not spoken")),
        ("documentIds", Schema.array(of: Schema.anything)), ("matches", Schema.array(of: Schema.anyObject)),
        ("chatMode", Schema.choice(of: ChatMode.self)), ("videoId", Schema.string(about: "Of the answer's video")),
      ], required: ["documentIds", "matches", "chatMode"], .closed)
  }

  private func rating(isNew: Bool) -> JSONValue {
    let score = Schema.any(of: [Schema.constant(1), Schema.constant(-1)])
    let message = Schema.string(bytes: 1...256)
    let members: [(String, JSONValue)] = [
      VendorDescription.optional("knowledge_id", Schema.string(bytes: 0...256)),
      VendorDescription.optional("matches", Schema.array(of: Schema.anything)),
    ]
    return isNew
      ? Schema.object([("message_id", message), ("score", score)] + members, required: ["message_id", "score"], closure)
      : Schema.object(
        [VendorDescription.optional("message_id", message), VendorDescription.optional("score", score)] + members, closure)
  }

  private var ratingKept: JSONValue {
    let texts = ["id", "agent_id", "chat_id", "owner_id", "created_by", "external_id", "message_id", "knowledge_id"]
    return Schema.record(
      texts.map { ($0, Schema.string()) } + [
        ("matches", Schema.array(of: Schema.anything)), ("score", Schema.integer(in: -1...1)), ("created_at", Self.time),
        ("modified_at", Self.time),
      ])
  }

  private var feedback: JSONValue {
    Schema.object(
      [
        ("rating", Schema.integer(in: 1...5)),
        VendorDescription.optional("answer", Schema.string(bytes: 0...DIDScript.characters.upperBound)),
      ], required: ["rating"], closure)
  }
}
