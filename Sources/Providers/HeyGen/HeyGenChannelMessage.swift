// Reads what HeyGen sends on the data channel.
import AvatarProvider
import ProviderCalls
import StrictJSON

/// Binary frames that hold JSON, `{"type": …, "task_id": …}` (SDK 1.0.15, `events/events.ts`).
enum HeyGenChannelMessage {
  /// The longest message that is read, in bytes of UTF-8; longer ones mean nothing to the relay.
  static let maximumBytes = 16_384

  /// The event that a message stands for; nil for one that is of no interest or no JSON.
  static func event(_ message: String) -> ProviderEvent? {
    guard message.utf8.count <= maximumBytes, let json = try? JSONParser.parse(message) else { return nil }
    let talk = json["task_id"]?.identifier
    switch json["type"]?.string {
    case "avatar_start_talking": return .talkStarted(talk: talk)
    case "avatar_stop_talking":
      // The duration came with SDK 1.0.15.
      return .talkEnded(talk: talk, duration: Duration(json["duration_ms"], unitsPerSecond: 1000))
    default: return nil
    }
  }
}
