// Where the words of a call become sound.
import TalkingAvatar
import Timekeeping

/// Loads what has to be loaded, and has the voice say what has to be said.
struct SpeechDesk: Sendable {
  let voice: any Voice
  let library: MediaLibrary

  func prepare(_ wish: SpeechWish) async -> PreparedSpeech {
    let content: Utterance.Content
    switch wish.content {
    case .text(let text, let isSSML): content = isSSML ? .ssml(text) : .text(text)
    case .audio(let url):
      guard LocalURL.isLocal(url) else { return .sound(StandInSound.speech) }
      switch await library.bytes(of: url) {
      case .loaded(let bytes): content = .audio(bytes)
      case .notLoaded(let reason): return .failed(reason: "the audio cannot be loaded: \(reason)")
      }
    }
    do throws(SpeechError) {
      return .sound(try await voice.speak(Utterance(content, language: wish.language, voice: wish.voice)))
    } catch {
      return error.isRetryable ? .overloaded(reason: error.description) : .failed(reason: error.description)
    }
  }
}
