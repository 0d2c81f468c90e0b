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
  let speechRequest: SpeechRequest
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
