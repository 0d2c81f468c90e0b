// Checks a request for a HeyGen session by a table of options, and puts it into HeyGen's words.
import AvatarProvider
import ProviderCalls
import StrictJSON

extension SessionPlan {
  /// Checks a request. Its body is that of `streaming.new`; without an avatar HeyGen takes its own default. A client may
  /// ask for less silence than the operator lets it have, and not for more.
  /// - Throws: `.rejected` that names what is wrong.
  init(heyGen request: OpenRequest, _ configuration: HeyGenProvider.Configuration) throws(ProviderFailure) {
    var body = request.options
    if request.isVerbatim {
      body[HeyGenOptions.idleTimeoutOff] = nil
    } else {
      try OptionRule.check(body, by: HeyGenOptions.new, extras: configuration.extraOptions)
      try Self.setAvatar(of: &body, to: request.avatar, else: configuration.defaultAvatar)
      guard body[HeyGenOptions.idleTimeoutOff] != true else {
        throw ProviderFailure(
          .rejected, "options.\(HeyGenOptions.idleTimeoutOff): the server's operator limits how long a session is idle")
      }
    }
    let most = configuration.idleLimit.components.seconds
    let seconds = min(body[HeyGenOptions.idleTimeout]?.integer ?? most, most)
    body[HeyGenOptions.idleTimeout] = .integer(seconds)
    self.init(
      avatar: HeyGenOptions.avatarNames.compactMap { body[$0]?.string }.first,
      idleLimit: .seconds(seconds), body: body)
  }

  private static func setAvatar(
    of body: inout JSONObject, to avatar: String?, else fallback: String?
  ) throws(ProviderFailure) {
    let named = HeyGenOptions.avatarNames.filter { body[$0] != nil }
    guard named.count < 2 else {
      throw ProviderFailure(.rejected, "options: avatar_name and avatar_id; give one of the two")
    }
    if let name = named.first {
      guard avatar == nil || body[name]?.string == avatar else {
        throw ProviderFailure(.rejected, "options.\(name): another one than avatar; give one of the two")
      }
    } else if let chosen = avatar ?? fallback {
      guard !chosen.isEmpty else { throw ProviderFailure(.rejected, "avatar: the name of an avatar expected") }
      body[HeyGenOptions.avatarNames[0]] = .string(chosen)
    }
  }
}

/// The options of sessions and tasks under HeyGen's own names. docs/provider-options.md has them as a table with the
/// source of each, which a test compares with this one.
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
    "knowledge_id": .someText,
    "version": .choice(["v1", "v2"]),
    "video_encoding": .choice(["VP8", "H264"]),
    idleTimeoutOff: .bool,
    idleTimeout: .integer(30...3600),
    "language": .someText,
    "stt_settings": .object(["provider": .someText, "confidence": .anyNumber]),
    "source": .someText,
    "ia_is_livekit_transport": .bool,
    "silence_response": .bool,
    // It can name the room that the media goes to.
    "livekit_settings": .destination(.anyObject),
  ]

  /// The options of `streaming.task`.
  static let task: [String: OptionRule] = [
    "task_type": .choice(["repeat", "chat", "talk"]),
    "task_mode": .choice(["sync", "async"]),
  ]
}
