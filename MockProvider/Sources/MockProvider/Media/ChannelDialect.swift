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
  var ready: ChannelNews? {
    switch self {
    case .did(let namesTalks, _):
      ChannelNews(event: .didReady, message: .text(ChannelEvent.didReady.rawValue + (namesTalks ? ":{}" : "")))
    case .heyGen: nil
    }
  }

  func started(_ talk: String) -> ChannelNews {
    switch self {
    case .did: text(.didStarted, talk)
    case .heyGen: bytes(.heyGenStarted, ["task_id": .string(talk)])
    }
  }

  func ended(_ talk: String, spoken: Duration) -> ChannelNews {
    switch self {
    case .did: text(.didDone, talk)
    case .heyGen:
      bytes(.heyGenStopped, ["task_id": .string(talk), "duration_ms": .number(spoken / .milliseconds(1))])
    }
  }

  /// A talk that could not be played; HeyGen has no such message.
  func failed(_ talk: String) -> ChannelNews? {
    switch self {
    case .did: text(.didError, talk)
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

  private func text(_ event: ChannelEvent, _ talk: String) -> ChannelNews {
    guard case .did(namesTalks: true, _) = self else { return ChannelNews(event: event, message: .text(event.rawValue)) }
    let metadata: JSONValue = ["metadata": ["videoId": .string(talk)]]
    return ChannelNews(event: event, message: .text(event.rawValue + ":" + metadata.text))
  }

  private func bytes(_ event: ChannelEvent, _ members: JSONObject) -> ChannelNews {
    let type = JSONObject.Member(name: "type", value: .string(event.rawValue))
    return ChannelNews(event: event, message: .bytes(JSONValue.object(JSONObject([type] + members.members)).serialized))
  }
}

/// A message for a browser, and what it tells.
struct ChannelNews: Sendable, Equatable {
  let event: ChannelEvent
  let message: ChannelMessage
}
