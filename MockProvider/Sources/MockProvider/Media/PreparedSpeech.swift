// Turns the words of a call into sound before the call is decided.
import Basics
import TalkingAvatar

/// Loads what has to be loaded, and has the voice say what has to be said.
struct SpeechPreparation: Sendable {
  let voice: any Voice
  let library: MediaLibrary

  func prepare(_ speechRequest: SpeechRequest) async -> PreparedSpeech {
    let content: Utterance.Content
    switch speechRequest.content {
    case .text(let text, let isSSML): content = isSSML ? .ssml(text) : .text(text)
    case .samples(let bytes): content = .audio(PlainSamples.file(of: bytes))
    case .audio(let url):
      guard LocalURL.isLocal(url) else { return .sound(StandInSound.speech) }
      switch await library.bytes(of: url) {
      case .loaded(let bytes): content = .audio(bytes)
      case .notLoaded(let reason): return .failed(reason: "the audio cannot be loaded: \(reason)")
      }
    }
    do throws(SpeechError) {
      return .sound(
        try await voice.speak(Utterance(content, language: speechRequest.language, voice: speechRequest.voice)))
    } catch {
      return error.isRetryable ? .overloaded(reason: error.description) : .failed(reason: error.description)
    }
  }
}

/// What is to be said, and where.
struct SpeechCall: Sendable {
  /// Nil for a part of what is said as it is written: it becomes sound when it is a phrase.
  let speechRequest: SpeechRequest?
  /// The session's id.
  let session: String
  /// Where the session plays; nil without media.
  let mediaSession: MediaSession?
}

/// The part of a call that has to become sound before the call is decided.
struct SpeechRequest: Sendable, Equatable {
  enum Content: Sendable, Equatable {
    case text(String, isSSML: Bool)
    /// The URL of a sound file.
    case audio(String)
    /// ``PlainSamples``.
    case samples([UInt8])
  }

  let content: Content
  /// As the vendor's API takes them.
  let voice: String?
  let language: String?
}

/// What has become of the words of a call that speaks.
enum PreparedSpeech: Sendable {
  /// It can be played.
  case sound(Speech)
  /// It cannot be played; why, in the mock's own words.
  case failed(reason: String)
  /// Too much waits already.
  case overloaded(reason: String)

  /// How long it sounds; nil when it cannot be played.
  var duration: Duration? { if case .sound(let speech) = self { speech.duration } else { nil } }
}

/// Sound without a file around it, as D-ID's WebSocket takes it: one channel of signed 16-bit samples, little-endian.
enum PlainSamples {
  /// Samples in a second (de-id/live-streaming-demo asks ElevenLabs for `pcm_16000`).
  static let rate = 16_000
  static let bytesPerSecond = 2 * rate

  static func duration(ofBytes count: Int) -> Duration { .microseconds(count / 2 * 1_000_000 / rate) }

  /// A WAV file with that sound (Microsoft: "Multimedia Programming Interface and Data Specifications 1.0", 1991).
  static func file(of bytes: [UInt8]) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let rates = number(rate, 4) + number(bytesPerSecond, 4)
    let format = number(1, 2) + number(1, 2) + rates + number(2, 2) + number(16, 2)
    return Array("RIFF".utf8) + number(36 + bytes.count, 4) + Array("WAVEfmt ".utf8) + number(format.count, 4) + format
      + Array("data".utf8) + number(bytes.count, 4) + bytes
  }
}
