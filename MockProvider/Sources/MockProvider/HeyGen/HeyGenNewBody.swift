// What HeyGen's streaming.new takes.
import MockPeer
import StrictJSON

/// The body of POST `/v1/streaming.new` (docs.heygen.com/reference/new-session, HeyGen-Official/StreamingAvatarSDK).
/// Unknown members are tolerated, as HeyGen tolerates them.
struct HeyGenNewBody {
  /// Bounds of `activity_idle_timeout`, in seconds.
  static let idleTimeouts: ClosedRange<Int64> = 30...3600

  enum Quality: String, CaseIterable { case low, medium, high }

  let quality: Quality
  let codec: PeerVideoCodec
  let avatar: String
  let voice: String
  let language: String?
  let isVersion2: Bool
  /// In seconds.
  let idleTimeout: Int64?
  let disablesIdleTimeout: Bool

  init(_ reader: inout JSONObjectReader) throws(JSONShapeError) {
    quality = try reader.optionalChoice("quality", of: Quality.self) ?? .medium
    codec = try reader.optionalChoice("video_encoding", of: PeerVideoCodec.self) ?? .vp8
    let name = try reader.optionalString("avatar_name", bytes: 0...512)
    let id = try reader.optionalString("avatar_id", bytes: 0...512)
    avatar = [name, id].compactMap { $0 }.first { !$0.isEmpty } ?? "default"
    isVersion2 = try reader.optionalString("version") == "v2"
    idleTimeout = try reader.optionalInteger("activity_idle_timeout", in: Self.idleTimeouts)
    disablesIdleTimeout = try reader.optionalBool("disable_idle_timeout") ?? false
    voice = try Self.readVoice(&reader)
    language = reader.optionalValue("language")?.string
    for member in ["knowledge_base", "knowledge_base_id", "knowledge_id", "language", "source"] {
      if reader.optionalValue(member)?.isNull != true { _ = try reader.optionalString(member) }
    }
    for member in ["stt_settings", "livekit_settings"] where reader.optionalValue(member)?.isNull != true {
      _ = try reader.optionalObject(member)
    }
    _ = try reader.optionalBool("ia_is_livekit_transport")
  }

  private static func readVoice(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> String {
    guard var voice = try reader.optionalObject("voice") else { return "default" }
    _ = try voice.optionalNumber("rate", in: 0.1...3)
    _ = try voice.optionalString("emotion")
    _ = try voice.optionalObject("elevenlabs_settings")
    return try voice.optionalString("voice_id") ?? "default"
  }
}
