// Reads what D-ID sends on the data channel.
import AvatarProvider
import StrictJSON

/// Messages of the form `subject` or `subject:payload` (official demo; de-id/agents-sdk splits at the first colon).
enum DIDChannelMessage {
  /// The longest message that is read, in bytes of UTF-8; longer ones mean nothing to the relay.
  static let maximumBytes = 16_384

  /// The event that a message stands for; nil for one that is of no interest, as `chat/answer`.
  static func event(_ message: String) -> ProviderEvent? {
    guard message.utf8.count <= maximumBytes else { return nil }
    let parts = message.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let payload = parts.count > 1 ? String(parts[1]) : ""
    let json = try? JSONParser.parse(payload)
    let talk = json?["metadata"]?["videoId"]?.string
    switch parts.first {
    case "stream/ready": return .ready
    case "stream/started": return .talkStarted(talk: talk)
    case "stream/done": return .talkEnded(talk: talk, duration: nil)
    case "stream/error": return .talkFailed(talk: talk, message: words(of: json, payload))
    default: return nil
    }
  }

  /// The payload of an error is not documented: its likely members, or a plain text.
  private static func words(of json: JSONValue?, _ payload: String) -> String {
    let stated = ["description", "message", "error"].lazy.compactMap { json?[$0]?.string }.first
    let plain = json == nil ? payload : json?.string
    let words = stated ?? plain ?? ""
    return words.isEmpty ? "D-ID reported an error without words." : String(words.prefix(500))
  }
}
