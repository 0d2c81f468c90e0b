// Reads the bodies of D-ID's calls: create, ice, speak and their script.
import StrictJSON

/// The body of POST `…/streams` (D-ID's OpenAPI 2023-12 and 4.2.1, live streaming guide, de-id/agents-sdk types).
struct DIDCreateBody {
  /// `session_timeout`, in seconds: a maximum is documented and no minimum.
  static let timeouts = -Double.greatestFiniteMagnitude...300

  enum Overlap: String, CaseIterable {
    case no = "NO"
    case partial = "PARTIAL"
    case yes = "YES"
    case unknown = "UNKNOWN"
  }

  var compatibility = DIDCompatibility.auto
  var sessionTimeout: Double?
  var isFluent = false
  var warmsUp = false
  /// The picture's height in pixels.
  var resolution: Double?
  /// Only talks have one.
  var sourceURL: String?
  /// Only clips have one.
  var presenter: String?

  init(_ reader: inout JSONObjectReader, prefix: String, isLenient: Bool, isStrict: Bool) throws(JSONShapeError) {
    compatibility = try reader.optionalChoice("compatibility_mode", of: DIDCompatibility.self) ?? .auto
    warmsUp = try reader.optionalBool("stream_warmup") ?? false
    sessionTimeout = try reader.optionalNumber("session_timeout", in: Self.timeouts)
    resolution = try reader.optionalNumber("output_resolution", in: 0...1280)
    isFluent = try reader.optionalBool("fluent") ?? false
    switch prefix {
    case "talks": try readTalk(&reader, isLenient, isStrict)
    case "clips":
      presenter = try reader.string("presenter_id", bytes: 1...512)
      _ = try reader.optionalString("driver_id", bytes: 1...512)
    default:
      // Undocumented, yet accepted (docs.d-id.com/discuss 689117e423799957b5ddd117).
      _ = try reader.optionalObject("config")
      if var user = try reader.optionalObject("end_user_data") {
        _ = try user.optionalString("plan")
        if !isLenient { try user.finish() }
      }
    }
  }

  private mutating func readTalk(
    _ reader: inout JSONObjectReader, _ isLenient: Bool, _ isStrict: Bool
  ) throws(JSONShapeError) {
    sourceURL = try reader.string("source_url", bytes: 1...LocalURL.maximumBytes)
    _ = try reader.optionalString("driver_url", bytes: 1...2048)
    if var face = try reader.optionalObject("face") {
      try Self.readFace(&face)
      if !isLenient { try face.finish() }
    }
    if var config = try reader.optionalObject("config") {
      _ = try config.optionalNumber("motion_factor", in: 0...100)
      _ = try config.optionalNumber("align_expand_factor", in: 0...100)
      _ = try config.optionalBool("stitch")
      // An open object (OpenAPI 4.2.1).
      if isStrict { try config.finish() }
    }
  }

  /// Of some numbers no bounds are documented.
  static let anyNumber = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

  private static func readFace(_ face: inout JSONObjectReader) throws(JSONShapeError) {
    _ = try face.integer("size", in: 0...Int64.max)
    let corner = try face.optionalArray("top_left")
    guard let corner else { throw JSONShapeError(.missing, at: face.path(of: "top_left")) }
    guard corner.count == 2, corner.allSatisfy({ $0.double.map { $0 <= 8000 } == true }) else {
      throw JSONShapeError(.notAccepted("two numbers up to 8000 expected"), at: face.path(of: "top_left"))
    }
    _ = try face.optionalChoice("overlap", of: Overlap.self)
    _ = try face.optionalString("face_id")
    _ = try face.optionalNumber("detect_confidence", in: anyNumber)
    _ = try face.optionalNumber("sharpness", in: anyNumber)
    _ = try face.optionalBool("face_occluded")
    _ = try face.optionalNumber("face_occluded_confidence", in: anyNumber)
    _ = try face.optionalObject("detection")
  }
}

/// The body of POST `…/streams/{id}/ice` without `session_id`: a candidate, or the end of candidates.
enum DIDCandidateBody {
  /// Whether a body ends the candidates, which clients say by leaving the candidate out, by null, by `{}` or by an empty
  /// text. Such an object is open (OpenAPI 4.2.1).
  static func isEnd(_ body: JSONValue) -> Bool {
    guard let value = body["candidate"] else { return true }
    return value.isNull || value == [:] || value == ""
  }

  /// Reads the candidate; nil for the end.
  static func read(_ reader: inout JSONObjectReader, isEnd: Bool) throws(JSONShapeError) -> String? {
    if isEnd {
      _ = reader.optionalValue("candidate")
      _ = reader.optionalValue("sdpMid")
      _ = reader.optionalValue("sdpMLineIndex")
      return nil
    }
    let candidate = try reader.string("candidate", bytes: 1...2048)
    _ = try reader.string("sdpMid", bytes: 0...64)
    _ = try reader.integer("sdpMLineIndex", in: 0...255)
    return candidate
  }
}

/// The body of POST `…/streams/{id}` without `script` and `session_id` (D-ID's OpenAPI 2023-12, live streaming guide).
enum DIDSpeakBody {
  enum ResultFormat: String, CaseIterable { case mp4, gif, mov, webm }

  static func read(_ reader: inout JSONObjectReader, prefix: String, isLenient: Bool) throws(JSONShapeError) {
    _ = try reader.optionalString("result_url", bytes: 1...2048)
    if reader.optionalValue("user_data")?.object == nil, let userData = try reader.optionalString("user_data") {
      guard (1...1000).contains(userData.utf16.count), !userData.allSatisfy(\.isWhitespace) else {
        throw JSONShapeError(.notAccepted("1 to 1000 characters expected, not blank"), at: reader.path(of: "user_data"))
      }
    }
    _ = try reader.optionalString("name")
    _ = try reader.optionalString("driver_url", bytes: 1...2048)
    _ = try reader.optionalNumber("audio_optimization", in: DIDCreateBody.anyNumber)
    _ = reader.optionalValue("metadata")
    if var config = try reader.optionalObject("config") {
      try readConfig(&config)
      if !isLenient { try config.finish() }
    }
    if prefix == "clips" || prefix.hasPrefix("agents/") { try readClip(&reader) }
  }

  /// Talks' and clips' settings alike: D-ID's own demo sends `stitch` for both.
  private static func readConfig(_ config: inout JSONObjectReader) throws(JSONShapeError) {
    for name in ["fluent", "stitch", "align_driver", "auto_match", "sharpen"] { _ = try config.optionalBool(name) }
    _ = try config.optionalNumber("pad_audio", in: 0...60)
    _ = try config.optionalNumber("normalization_factor", in: 0...1)
    _ = try config.optionalNumber("motion_factor", in: 0...100)
    _ = try config.optionalNumber("align_expand_factor", in: 0...100)
    _ = try config.optionalChoice("result_format", of: ResultFormat.self)
    _ = try config.optionalObject("driver_expressions")
    _ = config.optionalValue("logo")
  }

  private static func readClip(_ reader: inout JSONObjectReader) throws(JSONShapeError) {
    if var background = try reader.optionalObject("background"), let color = background.optionalValue("color") {
      guard color == false || color.string.map(isColor) == true else {
        throw JSONShapeError(.notAccepted("#rrggbb or false expected"), at: background.path(of: "color"))
      }
    }
    _ = try reader.optionalObject("presenter_config")
    for name in ["presenter_id", "driver_id", "created_by"] { _ = try reader.optionalString(name) }
  }

  private static func isColor(_ text: String) -> Bool {
    text.utf8.count == 7 && text.hasPrefix("#") && text.dropFirst().allSatisfy { $0.isASCII && $0.isHexDigit }
  }
}

/// What a D-ID talk says (D-ID's OpenAPI 2023-12).
enum DIDScript {
  case text(String, isSSML: Bool, voice: String?, language: String?)
  /// A URL.
  case audio(String)

  enum Kind: String, CaseIterable { case text, audio }
  enum VoiceProvider: String, CaseIterable {
    case microsoft, afflorithmics, elevenlabs, amazon
    case google, playht, openai, cartesia
    case azureOpenAI = "azure-openai"
  }

  /// How many characters a text may have, counted as JavaScript does.
  static let characters = 3...40_000
  private static let audioEndings = [".m4a", ".flac", ".mp3", ".mp4", ".wav"]

  /// - Parameter isStrict: refuses `subtitles` too, which public working calls have and no reference.
  init(_ reader: inout JSONObjectReader, isLenient: Bool, isStrict: Bool) throws(JSONShapeError) {
    if !isStrict { _ = reader.optionalValue("subtitles") }
    switch try reader.choice("type", of: Kind.self) {
    case .text:
      let input = try reader.string("input")
      guard Self.characters.contains(input.utf16.count) else {
        throw JSONShapeError(.notAccepted("3 to 40000 characters expected"), at: reader.path(of: "input"))
      }
      let isSSML = try reader.optionalBool("ssml") ?? false
      _ = try reader.optionalBool("should_queue_speaks")
      _ = try reader.optionalString("sentiment")
      let provider = try Self.readProvider(&reader, isLenient: isLenient)
      self = .text(input, isSSML: isSSML, voice: provider.voice, language: provider.language)
    case .audio:
      let url = try reader.string("audio_url", bytes: 1...LocalURL.maximumBytes)
      guard LocalURL.isLocal(url) || url.utf8.count <= 2048 && Self.isAudioURL(url) else {
        throw JSONShapeError(
          .notAccepted("https or s3 URL of an audio file expected"), at: reader.path(of: "audio_url"))
      }
      self = .audio(url)
    }
    if !isLenient { try reader.finish() }
  }

  /// Whose voice is to be heard.
  static func readProvider(
    _ reader: inout JSONObjectReader, isLenient: Bool
  ) throws(JSONShapeError) -> (voice: String?, language: String?) {
    guard var provider = try reader.optionalObject("provider") else { return (nil, nil) }
    let vendor = try provider.choice("type", of: VoiceProvider.self)
    let voice = try provider.optionalString("voice_id", bytes: 1...256)
    // Only ElevenLabs has a default (OpenAPI 4.2.1).
    if voice == nil, vendor != .elevenlabs { throw JSONShapeError(.missing, at: provider.path(of: "voice_id")) }
    _ = try provider.optionalObject("voice_config")
    _ = try provider.optionalString("model_id")
    _ = try provider.optionalString("access")
    let language = try provider.optionalString("language", bytes: 1...64)
    if !isLenient { try provider.finish() }
    return (voice, language)
  }

  /// `^(https|s3)://….(m4a|flac|mp3|mp4|wav)([?#]query)?$`, the endings in either case
  private static func isAudioURL(_ url: String) -> Bool {
    guard url.hasPrefix("https://") || url.hasPrefix("s3://") else { return false }
    // A query may come before the ending, too.
    let path = url.prefix { $0 != "?" && $0 != "#" }.lowercased()
    let whole = url.lowercased()
    return audioEndings.contains { path.hasSuffix($0) || whole.hasSuffix($0) }
  }

  var duration: Duration {
    switch self {
    case .text(let text, isSSML: true, _, _): SpeechDuration.ofSSML(text)
    case .text(let text, isSSML: false, _, _): SpeechDuration.ofText(text)
    case .audio: SpeechDuration.audioFile
    }
  }

  var speechRequest: SpeechRequest {
    switch self {
    case .text(let text, let isSSML, let voice, let language):
      SpeechRequest(content: .text(text, isSSML: isSSML), voice: voice, language: language)
    case .audio(let url): SpeechRequest(content: .audio(url), voice: nil, language: nil)
    }
  }
}
