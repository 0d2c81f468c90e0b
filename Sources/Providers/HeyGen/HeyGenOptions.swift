// HeyGen's options as data: every name that a client may use, with its rule.
import ProviderCalls

/// The options of sessions and tasks under HeyGen's own names (docs.heygen.com/reference/new-session and send-task, and
/// the SDK's types).
enum HeyGenOptions {
  static let idleTimeout = "activity_idle_timeout"
  static let idleTimeoutOff = "disable_idle_timeout"
  /// The two names under which an avatar may stand; the first is the one that the official demo sends.
  static let avatarNames = ["avatar_name", "avatar_id"]

  /// The options of `streaming.new`.
  static let new: [String: OptionRule] = [
    "quality": .choice(["low", "medium", "high"]),
    "avatar_name": .someText,
    "avatar_id": .someText,
    "voice": .object([
      "voice_id": .someText, "rate": .anyNumber, "emotion": .someText,
      "elevenlabs_settings": .object([
        "stability": .anyNumber, "similarity_boost": .anyNumber, "style": .anyNumber, "use_speaker_boost": .bool,
        "model_id": .someText,
      ]),
    ]),
    // A prompt, which may be long.
    "knowledge_base": .text(0...100_000),
    "knowledge_base_id": .someText,
    "version": .choice(["v1", "v2"]),
    "video_encoding": .choice(["VP8", "H264"]),
    idleTimeoutOff: .bool,
    idleTimeout: .integer(30...3600),
    "language": .someText,
    "stt_settings": .object(["provider": .someText, "confidence": .anyNumber]),
    "source": .someText,
    "ia_is_livekit_transport": .bool,
    "silence_response": .bool,
    "livekit_settings": .anyObject,
  ]

  /// The options of `streaming.task`.
  static let task: [String: OptionRule] = [
    "task_type": .choice(["repeat", "chat", "talk"]),
    "task_mode": .choice(["sync", "async"]),
  ]
}
