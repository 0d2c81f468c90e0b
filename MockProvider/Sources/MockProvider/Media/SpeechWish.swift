// What a call wants to be said.
import TalkingAvatar

/// The part of a call that has to become sound before the call is decided.
struct SpeechWish: Sendable, Equatable {
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
