// Addresses what agents' clients are told, writes it, and knows who listens.
import Basics
import StrictJSON
import Wire

/// Where news of an agent go: to the sockets of one client's connection, in one scenario.
struct NotificationAddress: Hashable, Sendable {
  /// What a client's calls and its notifications socket have in common: both show the same key with the same id behind it
  /// (de-id/agents-sdk, src/auth/get-auth-header.ts).
  struct Connection: Hashable, Sendable {
    private let id: String

    /// The id behind `~` of `Basic` and `Bearer`, or behind the last `_` of `Client-Key`; where a client has none, its key.
    init?(_ headers: HTTPHeaders) {
      let parts = headers["Authorization"]?.split(separator: " ", maxSplits: 1) ?? []
      guard parts.count == 2 else { return nil }
      let isClientKey = parts[0].lowercased() == "client-key"
      let mark = isClientKey ? parts[1].lastIndex(of: "_") : parts[1].firstIndex(of: "~")
      id = mark.map { String(parts[1][$0...]) } ?? String(parts[1])
    }
  }

  let scenario: ScenarioName
  let connection: Connection
}

/// A text on its way to whoever listens.
struct AddressedNotification: Sendable {
  let text: [UInt8]
  let address: NotificationAddress
}

/// Who listens to news of agents.
struct NotificationListeners {
  private var addresses: [NotificationAddress: [UInt64: @Sendable ([UInt8]) -> Void]] = [:]

  /// - Parameter listener: an id of the listener's own, by which it is taken off again.
  mutating func add(_ listener: UInt64, at address: NotificationAddress, _ tell: @escaping @Sendable ([UInt8]) -> Void) {
    addresses[address, default: [:]][listener] = tell
  }

  mutating func remove(_ listener: UInt64, at address: NotificationAddress) {
    addresses[address]?[listener] = nil
    if addresses[address]?.isEmpty == true { addresses[address] = nil }
  }

  /// What nobody listens to is lost.
  func tell(_ message: AddressedNotification) {
    for tell in addresses[message.address]?.values ?? [:].values { tell(message.text) }
  }
}

/// What a client is told (de-id/agents-sdk, src/services/socket-manager/message-queue.ts). `event`, `content` and `sequence` are
/// D-ID's; which further members there are is not public.
struct AgentNews: Sendable, Equatable {
  let event: ChannelEvent
  /// The stream that it is about.
  let stream: String
  let text: [UInt8]

  private init(_ event: ChannelEvent, stream: String, _ members: JSONObject) {
    self.event = event
    self.stream = stream
    let first = JSONObject.Member(name: "event", value: .string(event.rawValue))
    text = JSONValue.object(JSONObject([first] + members.members)).serialized
  }

  /// - Parameter sequence: counts an answer's parts from 0.
  static func part(_ sequence: Int, of answer: AgentAnswer, at time: String) -> AgentNews {
    var members = message(answer, answer.parts[sequence], time)
    members["sequence"] = .integer(Int64(sequence))
    return AgentNews(.didChatPartial, stream: answer.stream, members)
  }

  /// An answer is complete.
  /// - Parameter parts: how many of its parts have come; fewer than all where it was cut off.
  static func answer(_ answer: AgentAnswer, parts: Int, at time: String) -> AgentNews {
    let content = answer.parts.prefix(parts).joined()
    return AgentNews(.didChatAnswer, stream: answer.stream, message(answer, content, time))
  }

  private static func message(_ answer: AgentAnswer, _ content: String, _ time: String) -> JSONObject {
    [
      "content": .string(content), "id": .string(answer.message), "role": "assistant", "created_at": .string(time),
      "chat_id": .string(answer.chat),
    ]
  }

  /// Something has happened to a video.
  static func video(_ event: AgentVideos.Event, _ video: AgentVideo, at time: String) -> AgentNews {
    var members: JSONObject = [
      "videoId": .string(video.talk), "stream_id": .string(video.stream), "created_at": .string(time),
    ]
    members["chat_id"] = video.chat.map { .string($0) }
    switch event {
    case .error: members["error"] = DIDErrors.streamError.body
    case .rejected: members["error"] = DIDErrors.textModeration.body
    case .started, .done: break
    }
    return AgentNews(event.name, stream: video.stream, members)
  }
}
