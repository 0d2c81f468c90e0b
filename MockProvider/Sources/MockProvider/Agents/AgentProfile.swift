// Says who an agent is, from its id alone.
import StrictJSON

/// An agent of D-ID's. All exist but those whose ids begin as ``MockConfiguration/unknownNamePrefix`` says, and an id tells
/// which avatar its agent has, so that a test chooses both by a name.
struct AgentProfile {
  /// The kind of an agent's avatar (de-id/agents-sdk, src/types/entities/avatar.ts).
  enum Avatar: String, CaseIterable {
    case talk, clip
    /// Speaks in rooms of LiveKit's, which the mock does not run.
    case expressive
  }

  let id: String

  /// What stands in the id; a talk otherwise.
  var avatar: Avatar { [.expressive, .clip].first { id.contains($0.rawValue) } ?? .talk }

  static let owner = "google-oauth2|100000000000000000001"

  var knowledge: String { "knl_" + id }

  /// The profile as D-ID's client SDK reads it: since 2.0 it asks for `avatar`, before for `presenter` with a voice
  /// (de-id/agents-sdk, src/types/entities/agents/agent.ts and runtime-agent.ts).
  var json: JSONValue {
    let voice: JSONValue = [
      "type": "microsoft", "voice_id": "en-US-JennyMultilingualV2Neural", "language": "English (United States)",
    ]
    let avatar: JSONValue = ["type": .string(avatar.rawValue), "voice": voice]
    let questions: JSONValue = ["What can you tell me?", "Who are you?"]
    return [
      "id": .string(id), "owner_id": .string(Self.owner), "name": .string(id), "preview_name": .string(id),
      "status": "done", "access": "public", "avatar": avatar, "presenter": avatar, "greetings": ["Hello. What is your question?"],
      "starter_message": questions, "knowledge": ["id": .string(knowledge), "starter_message": questions],
      "triggers_available": false, "end_of_call_feedback": ["enabled": true],
      "advanced_settings": ["ui_debug_mode": false],
    ]
  }
}

/// How an agent answers (de-id/agents-sdk, `ChatMode`); in its other modes there is no chat.
public enum ChatMode: String, Sendable, CaseIterable {
  /// In parts on the notifications socket, and spoken on the stream.
  case functional = "Functional"
  /// In the call's own reply; what is out of credits has to.
  case textOnly = "TextOnly"
  /// Not at all.
  case maintenance = "Maintenance"
  /// As ``textOnly``, for trying an agent out.
  case playground = "Playground"
}
