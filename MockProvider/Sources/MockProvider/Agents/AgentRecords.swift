// Keeps what was given out to clients of agents: chats with their ratings, and client keys.
import Basics
import StrictJSON

/// Chats and keys of one scenario; of too many the oldest are forgotten first.
struct AgentRecords {
  static let chatLimit = 1000
  /// Most ratings of a chat.
  static let ratingLimit = 64
  static let clientKeyLimit = 256

  private var chats: [String: AgentChat] = [:]
  /// Ids in the order of creation.
  private var order: [String] = []
  private(set) var clientKeys: [String] = []

  func chat(_ id: String?, of agent: String) -> AgentChat? {
    id.flatMap { chats[$0] }.flatMap { $0.agent == agent ? $0 : nil }
  }

  /// Keeps a chat, or what has become of it.
  mutating func keep(_ chat: AgentChat) {
    if chats.updateValue(chat, forKey: chat.id) == nil { order.append(chat.id) }
    if order.count > Self.chatLimit { chats[order.removeFirst()] = nil }
  }

  mutating func keep(clientKey: String) {
    clientKeys.append(clientKey)
    if clientKeys.count > Self.clientKeyLimit { clientKeys.removeFirst() }
  }

  /// Whether a key was given out here; pages show it with ids of their own behind a dot.
  func hasIssued(_ key: String) -> Bool { clientKeys.contains { key == $0 || key.hasPrefix($0 + ".") } }
}

/// A conversation with an agent.
struct AgentChat {
  let id: String
  let agent: String
  private(set) var ratings: [AgentRating] = []

  init(id: String, agent: String) {
    self.id = id
    self.agent = agent
  }

  mutating func keep(_ rating: AgentRating) {
    if let index = ratings.firstIndex(where: { $0.id == rating.id }) {
      ratings[index] = rating
      return
    }
    ratings.append(rating)
    if ratings.count > AgentRecords.ratingLimit { ratings.removeFirst() }
  }

  mutating func forget(_ rating: AgentRating) { ratings.removeAll { $0.id == rating.id } }
}

/// What somebody thinks of an answer (de-id/agents-sdk, src/types/entities/agents/chat.ts).
struct AgentRating {
  let id: String
  let created: String
  var modified: String
  var message = ""
  var knowledge = ""
  var matches: [JSONValue] = []
  /// 1 or -1.
  var score: Int64 = 1

  init(id: String, at time: String) {
    self.id = id
    created = time
    modified = time
  }

  /// Reads what is given; all of it has to be where a rating is new.
  mutating func read(_ reader: inout JSONObjectReader, isNew: Bool) throws(JSONShapeError) {
    let named = try reader.optionalString("message_id", bytes: 1...256)
    let scored = try reader.optionalInteger("score", in: -1...1)
    if let scored, scored == 0 { throw JSONShapeError(.notAccepted("1 or -1 expected"), at: reader.path(of: "score")) }
    if isNew, named == nil { throw JSONShapeError(.missing, at: reader.path(of: "message_id")) }
    if isNew, scored == nil { throw JSONShapeError(.missing, at: reader.path(of: "score")) }
    message = named ?? message
    score = scored ?? score
    knowledge = try reader.optionalString("knowledge_id", bytes: 0...256) ?? knowledge
    matches = try reader.optionalArray("matches") ?? matches
  }

  func json(of chat: AgentChat) -> JSONValue {
    [
      "id": .string(id), "agent_id": .string(chat.agent), "chat_id": .string(chat.id), "owner_id": .string(AgentProfile.owner),
      "created_by": .string(AgentProfile.owner), "external_id": "", "message_id": .string(message),
      "knowledge_id": .string(knowledge), "matches": .array(matches), "score": .integer(score),
      "created_at": .string(created), "modified_at": .string(modified),
    ]
  }
}
