// D-ID's `script`: text or audio.
import StrictJSON

/// What a D-ID talk says (D-ID's OpenAPI 2023-12).
enum DIDScript {
  case text(String, isSSML: Bool, voice: String?, language: String?)
  /// A URL.
  case audio(String)

  enum Kind: String, CaseIterable { case text, audio }
  enum VoiceProvider: String, CaseIterable {
    case microsoft, afflorithmics, elevenlabs, amazon
    case azureOpenAI = "azure-openai"
  }

  /// How many characters a text may have, counted as JavaScript does.
  static let characters = 3...40_000
  private static let audioEndings = [".m4a", ".flac", ".mp3", ".mp4", ".wav"]

  init(_ reader: inout JSONObjectReader, isLenient: Bool) throws(JSONShapeError) {
    switch try reader.choice("type", of: Kind.self) {
    case .text:
      let input = try reader.string("input")
      guard Self.characters.contains(input.utf16.count) else {
        throw JSONShapeError(.notAccepted("3 to 40000 characters expected"), at: reader.path(of: "input"))
      }
      let isSSML = try reader.optionalBool("ssml") ?? false
      var voice: String?
      var language: String?
      if var provider = try reader.optionalObject("provider") {
        _ = try provider.choice("type", of: VoiceProvider.self)
        voice = try provider.string("voice_id", bytes: 1...256)
        _ = try provider.optionalObject("voice_config")
        language = try provider.optionalString("language", bytes: 1...64)
        if !isLenient { try provider.finish() }
      }
      self = .text(input, isSSML: isSSML, voice: voice, language: language)
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

  /// `^(https|s3)://….(m4a|flac|mp3|mp4|wav)(?query)?$`
  private static func isAudioURL(_ url: String) -> Bool {
    guard url.hasPrefix("https://") || url.hasPrefix("s3://") else { return false }
    let path = url.prefix { $0 != "?" }
    return audioEndings.contains { path.hasSuffix($0) }
  }

  var duration: Duration {
    switch self {
    case .text(let text, isSSML: true, _, _): SpeechDuration.ofSSML(text)
    case .text(let text, isSSML: false, _, _): SpeechDuration.ofText(text)
    case .audio: SpeechDuration.audioFile
    }
  }

  var wish: SpeechWish {
    switch self {
    case .text(let text, let isSSML, let voice, let language):
      SpeechWish(content: .text(text, isSSML: isSSML), voice: voice, language: language)
    case .audio(let url): SpeechWish(content: .audio(url), voice: nil, language: nil)
    }
  }
}
