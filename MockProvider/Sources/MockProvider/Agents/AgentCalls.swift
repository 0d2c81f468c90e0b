// Answers the calls about agents that D-ID's client SDK makes beside those of their streams.
import Basics
import StrictJSON

/// Profiles, chats, ratings, feedback and keys (de-id/agents-sdk, src/api/agents.ts). Which of 200 and 201 D-ID answers with is
/// not public: it is 201 here for what creates something, as for streams.
extension DIDVendor {
  /// - Throws: also for an agent that does not exist.
  mutating func answerAboutAgent(_ call: VendorCall, _ body: JSONValue) throws(Refusal) -> VendorAnswer {
    // What is no object is refused before anything is looked up.
    try reading(body, isOpen: true) { _ in }
    if call.name == .didCreateClientKey { return try createClientKey(body) }
    let agent = try agent(of: call)
    switch call.name {
    case .didGetAgent: return VendorAnswer(200, agent.json)
    case .didGetSpeechToken:
      return VendorAnswer(200, ["token": .string(identifiers.text(64, of: .urlSafe)), "region": "mock"])
    case .didOpenRoom: throw Refusal(DIDErrors.expressive, "sessions in rooms of LiveKit's are not run")
    case .didNewChat: return try newChat(call, agent, body)
    default: break
    }
    guard var chat = agents.chat(call.values["chat"], of: agent.id) else {
      throw Refusal(DIDErrors.chatNotFound, "no such chat of this agent")
    }
    switch call.name {
    case .didChat: return try ask(call, chat, body)
    case .didSubmitFeedback: return try submitFeedback(call, chat, body)
    case .didCreateRating: return try rate(AgentRating(id: "rtg_" + identifiers.text(21, of: .urlSafe), at: time.iso(at: call.now)), call, &chat, body)
    default:
      guard let rating = chat.ratings.first(where: { $0.id == call.values["rating"] }) else {
        throw Refusal(DIDErrors.ratingNotFound, "no such rating of this chat")
      }
      if call.name == .didUpdateRating { return try rate(rating, call, &chat, body) }
      chat.forget(rating)
      agents.keep(chat)
      return VendorAnswer(200, rating.json(of: chat))
    }
  }

  /// The agent that a call is about.
  func agent(of call: VendorCall) throws(Refusal) -> AgentProfile {
    guard let id = call.values["agent"], !id.hasPrefix(configuration.unknownNamePrefix) else {
      throw Refusal(DIDErrors.agentNotFound, "the agent's name begins with \(configuration.unknownNamePrefix)")
    }
    return AgentProfile(id: id)
  }

  /// No reference of these bodies is public, so that members of theirs are unknown to nobody but `--strict`.
  func readingOpen<Value>(
    _ body: JSONValue, _ read: (inout JSONObjectReader) throws(JSONShapeError) -> Value
  ) throws(Refusal) -> Value {
    try reading(body, isOpen: !configuration.isStrict, read)
  }

  private mutating func createClientKey(_ body: JSONValue) throws(Refusal) -> VendorAnswer {
    let domains = try readingOpen(body) { reader throws(JSONShapeError) -> [JSONValue] in
      let domains = try reader.optionalArray("allowed_domains") ?? []
      guard (1...64).contains(domains.count), domains.allSatisfy({ $0.string?.isEmpty == false }) else {
        throw JSONShapeError(.notAccepted("1 to 64 origins expected"), at: reader.path(of: "allowed_domains"))
      }
      return domains
    }
    let key = "ck_" + identifiers.text(32, of: .alphanumeric)
    agents.keep(clientKey: key)
    return VendorAnswer(201, ["client_key": .string(key), "allowed_domains": .array(domains)])
  }

  private mutating func newChat(_ call: VendorCall, _ agent: AgentProfile, _ body: JSONValue) throws(Refusal) -> VendorAnswer {
    _ = try readingOpen(body) { reader throws(JSONShapeError) in try reader.optionalBool("persist") }
    let chat = AgentChat(id: "cht_" + identifiers.text(21, of: .urlSafe), agent: agent.id)
    agents.keep(chat)
    let now = JSONValue.string(time.iso(at: call.now))
    let key = JSONValue.string("\(agent.id)#\(time.iso(at: call.now))")
    return VendorAnswer(
      201,
      [
        "id": .string(chat.id), "agent_id": .string(agent.id), "owner_id": .string(AgentProfile.owner), "created": now,
        "modified": now, "agent_id__created_at": key, "agent_id__modified_at": key, "messages": [],
        "chat_mode": .string(mode(of: call, asked: nil).rawValue),
      ])
  }

  /// Which mode a call is answered in: what the test wants of all agents comes before what the client asks for.
  func mode(of call: VendorCall, asked: ChatMode?) -> ChatMode {
    if agentMode != .functional { return agentMode }
    return asked ?? (call.headers[Self.playgroundField] == "true" ? .playground : .functional)
  }

  /// Says that an agent is tried out (de-id/agents-sdk, src/config/consts.ts).
  static let playgroundField = "X-Playground-Chat"

  private mutating func submitFeedback(_ call: VendorCall, _ chat: AgentChat, _ body: JSONValue) throws(Refusal) -> VendorAnswer {
    let rating = try readingOpen(body) { reader throws(JSONShapeError) -> Int64 in
      _ = try reader.optionalString("answer", bytes: 0...DIDScript.characters.upperBound)
      return try reader.integer("rating", in: 1...5)
    }
    return VendorAnswer(
      201, ["chat_id": .string(chat.id), "rating": .integer(rating), "submitted_at": .string(time.iso(at: call.now))])
  }

  private mutating func rate(
    _ old: AgentRating, _ call: VendorCall, _ chat: inout AgentChat, _ body: JSONValue
  ) throws(Refusal) -> VendorAnswer {
    let isNew = call.name == .didCreateRating
    let rating = try readingOpen(body) { reader throws(JSONShapeError) -> AgentRating in
      var rating = old
      try rating.read(&reader, isNew: isNew)
      return rating
    }
    var changed = rating
    changed.modified = time.iso(at: call.now)
    chat.keep(changed)
    agents.keep(chat)
    return VendorAnswer(isNew ? 201 : 200, changed.json(of: chat))
  }
}
