// Says what a vendor sends and reads on the data channel.
import Basics
import MockPeer
import StrictJSON

/// The messages of a session's data channel, in its vendor's words.
enum ChannelDialect: Sendable, Equatable {
  /// Text, `subject` or `subject:payload`, on the channel that the browser opens (D-ID's live streaming guide and
  /// de-id/live-streaming-demo). Agents' and fluent streams name the talk (de-id/agents-sdk, `handleStreamVideoEvent`);
  /// what other streams add is not public, so they add nothing.
  case did(namesTalks: Bool, canInterrupt: Bool)
  /// JSON in binary messages on a channel of the server's (HeyGen-Official/StreamingAvatarSDK 1.0.15,
  /// `events/events.ts`).
  case heyGen

  /// The channel that the vendor opens itself; nil where it waits for the browser's. HeyGen's label is not public.
  var ownChannel: String? { self == .heyGen ? "data" : nil }

  /// The end of the warm-up; HeyGen has none.
  var ready: ChannelMessage? {
    switch self {
    case .did(let namesTalks, _): .text(namesTalks ? "stream/ready:{}" : "stream/ready")
    case .heyGen: nil
    }
  }

  func started(_ talk: String) -> ChannelMessage {
    switch self {
    case .did: event("stream/started", talk)
    case .heyGen: bytes(["type": "avatar_start_talking", "task_id": .string(talk)])
    }
  }

  func ended(_ talk: String, spoken: Duration) -> ChannelMessage {
    switch self {
    case .did: event("stream/done", talk)
    case .heyGen:
      bytes([
        "type": "avatar_stop_talking", "task_id": .string(talk), "duration_ms": .number(spoken / .milliseconds(1)),
      ])
    }
  }

  /// A talk that could not be played; HeyGen has no such message.
  func failed(_ talk: String) -> ChannelMessage? {
    switch self {
    case .did: event("stream/error", talk)
    case .heyGen: nil
    }
  }

  /// The talk that a browser wants to be cut off; nil for every other message.
  /// `{"type":"stream/interrupt","videoId":…,"timestamp":…}` (de-id/agents-sdk, `webrtc-manager.ts`).
  func interruption(_ message: ChannelMessage) -> String? {
    guard case .did(_, canInterrupt: true) = self, case .text(let text) = message,
      text.utf8.count <= Self.longestRequest, let json = try? JSONParser.parse(Array(text.utf8)),
      json["type"]?.string == "stream/interrupt"
    else { return nil }
    return json["videoId"]?.string
  }

  /// The longest message of a browser that is read.
  static let longestRequest = 4096

  private func event(_ subject: String, _ talk: String) -> ChannelMessage {
    guard case .did(namesTalks: true, _) = self else { return .text(subject) }
    let metadata: JSONValue = ["metadata": ["videoId": .string(talk)]]
    return .text(subject + ":" + metadata.text)
  }

  private func bytes(_ json: JSONValue) -> ChannelMessage { .bytes(json.serialized) }
}
