// Lists D-ID's options: every name that a client may use, with its rule.
import ProviderCalls
import StrictJSON

/// The options of streams and talks under D-ID's own names. docs/provider-options.md has them as a table with the source
/// of each, which a test compares with this one.
enum DIDOptions {
  /// Our own option, which chooses the family of calls.
  static let kind = "kind"

  /// How long a text is, in UTF-16 code units: D-ID's validator counts as JavaScript does (OpenAPI 4.2.1).
  static let textLength = 3...40_000

  /// How long `user_data` is, in UTF-16 code units (OpenAPI 4.2.1).
  private static let userDataLength = 1...1000

  /// The longest silence that may be asked for, in seconds.
  private static let longestSessionTimeout = 300.0

  /// The furthest that a face's place may lie from the picture's corner, in pixels (OpenAPI 4.2.1).
  private static let furthestPixel = 8000.0

  private static let ofEveryStream: [String: OptionRule] = [
    kind: .choice(DIDStreamKind.allCases.map(\.rawValue)),
    "compatibility_mode": .choice(["on", "off", "auto"]),
    "stream_warmup": .bool,
    // D-ID states no minimum. A stream that ends within a second is of no use.
    "session_timeout": .number(1...longestSessionTimeout),
    // 150 to 1280 by the OpenAPI 4.2.1; 0, as the quick guide has it, is D-ID's own choice.
    "output_resolution": .number(0...1280),
    "fluent": .bool,
  ]

  private static let ofPhotos: [String: OptionRule] = [
    "source_url": .someText,
    "driver_url": .someText,
    "face": face,
    "config": .object(["motion_factor": .anyNumber, "align_expand_factor": .anyNumber, "stitch": .bool]),
  ]

  private static let pixel = OptionRule.number(-furthestPixel...furthestPixel)

  private static let face = OptionRule.object(
    [
      "size": .integer(0...Int64(Int32.max)),
      "top_left": .list(pixel, count: 2...2),
      "overlap": .choice(["NO", "PARTIAL", "YES", "UNKNOWN"]),
      "face_id": .someText,
      "detect_confidence": .anyNumber,
      "sharpness": .anyNumber,
      "face_occluded": .bool,
      "face_occluded_confidence": .anyNumber,
      "detection": .object(["top": pixel, "left": pixel, "bottom": pixel, "right": pixel]),
    ], required: ["size", "top_left"])

  private static let ofPresenters: [String: OptionRule] = ["presenter_id": .someText, "driver_id": .someText]

  /// `config` is not in the reference of agents' streams; a user found it accepted (docs.d-id.com forum, 2025-08).
  private static let ofAgents: [String: OptionRule] = [
    "end_user_data": .object(["plan": .someText]), "config": .anyObject,
  ]

  /// The options of a new stream.
  static func create(_ kind: DIDStreamKind) -> [String: OptionRule] {
    let own =
      switch kind {
      case .talk: ofPhotos
      case .clip: ofPresenters
      case .agent: ofAgents
      }
    return ofEveryStream.merging(own) { _, own in own }
  }

  /// The options of a talk. Those of the script itself are told apart by ``scriptOptions``.
  static func speak(_ kind: DIDStreamKind) -> [String: OptionRule] {
    switch kind {
    case .talk: ofPhotoTalks
    case .clip: ofClipTalks
    case .agent: ofAgentTalks
    }
  }

  private static let ofPhotoTalks = talk(config: photoConfig)
  private static let ofClipTalks = talk(config: presenterConfig, ofPresenterTalks)
  /// An agent may show either, and the client knows which.
  private static let ofAgentTalks = talk(
    config: photoConfig.merging(presenterConfig) { _, wider in wider }, ofPresenterTalks)

  private static func talk(
    config: [String: OptionRule], _ own: [String: OptionRule] = [:]
  ) -> [String: OptionRule] {
    ofEveryTalk.merging(own) { _, own in own }.merging(["config": .object(config)]) { _, own in own }
  }

  /// The options that belong into the script of a text, not beside it.
  static let scriptOptions = ["provider", "ssml", "should_queue_speaks", "sentiment"]

  private static let ofEveryTalk: [String: OptionRule] = [
    "provider": voiceProvider,
    "ssml": .bool,
    "should_queue_speaks": .bool,
    "sentiment": .someText,
    "result_url": .destination(.someText),
    "user_data": .either(
      .anyObject,
      .form("an object, or 1 to 1000 characters that are not all blank,") { text in
        userDataLength.contains(text.utf16.count) && !text.allSatisfy(\.isWhitespace)
      }),
    "name": .someText,
    "driver_url": .someText,
    "audio_optimization": .anyNumber,
    // `{}` in the OpenAPI 4.2.1, which is anything; de-id/agents-sdk sends an object.
    "metadata": .anyValue,
  ]

  /// Further vendors of voices come and go: microsoft, elevenlabs and azure-openai are in the OpenAPI 4.2.1, amazon and
  /// afflorithmics in that of 2023-12, the others in the list of voices.
  private static let voiceProvider = OptionRule.either(
    .object(
      ["type": .choice(["elevenlabs"])].merging(ofEveryVoice) { own, _ in own }, required: ["type"]),
    .object(
      [
        "type": .choice([
          "microsoft", "elevenlabs", "azure-openai", "amazon", "afflorithmics", "google", "playht", "openai", "cartesia",
        ])
      ].merging(ofEveryVoice) { own, _ in own }, required: ["type", "voice_id"]))

  private static let ofEveryVoice: [String: OptionRule] = [
    "voice_id": .someText, "voice_config": .anyObject, "language": .someText, "model_id": .someText,
    "access": .choice(["public", "premium", "private", "external-private"]),
  ]

  private static let photoConfig: [String: OptionRule] = [
    "fluent": .bool, "pad_audio": .number(0...60), "stitch": .bool, "align_driver": .bool, "auto_match": .bool,
    "normalization_factor": .number(0...1), "sharpen": .bool, "result_format": .choice(["mp4", "gif", "mov"]),
    "driver_expressions": .anyObject, "motion_factor": .anyNumber, "align_expand_factor": .anyNumber,
  ]

  /// `stitch` is not in the reference of clips; D-ID's own demo sends it for both (de-id/live-streaming-demo, 2026-01).
  private static let presenterConfig: [String: OptionRule] = [
    "logo": .either(
      .bool, .object(["url": .someText, "position": .list(.integer(Int64(Int32.min)...Int64(Int32.max)), count: 2...2)])),
    "stitch": .bool, "result_format": .choice(["mp4", "gif", "mov", "webm"]),
  ]

  private static let ofPresenterTalks: [String: OptionRule] = [
    "background": .object(["color": .either(.bool, .form("a colour as #rrggbb, or false", isColour))]),
    "presenter_config": .object(["crop": .anyObject]),
    "presenter_id": .someText,
    "driver_id": .someText,
    "created_by": .someText,
  ]

  private static let isColour: @Sendable (String) -> Bool = { text in
    text.utf8.count == 7 && text.hasPrefix("#") && text.dropFirst().allSatisfy { $0.isASCII && $0.isHexDigit }
  }

  /// True for the URL of a recording: `https` or `s3`, one of five endings in either case, a query or fragment at will
  /// (OpenAPI 4.2.1).
  static func isAudioURL(_ url: String) -> Bool {
    guard let scheme = ["https://", "s3://"].first(where: url.hasPrefix) else { return false }
    let path = url.dropFirst(scheme.count).prefix { $0 != "?" && $0 != "#" }.lowercased()
    return !path.contains(where: \.isWhitespace)
      && ["m4a", "flac", "mp3", "mp4", "wav"].contains { path.hasSuffix(".\($0)") && path.count > $0.count + 1 }
  }
}

/// What kind of presenter a stream shows; the `kind` option of a session.
enum DIDStreamKind: String, CaseIterable {
  /// A photo (`source_url`).
  case talk
  /// A recorded presenter (`presenter_id`).
  case clip
  /// An agent with its own presenter and voice.
  case agent
}
