// A talk's sound, made before the talk is decided.
import TalkingAvatar
import Timekeeping

/// What became of the words of a call that speaks.
enum PreparedSpeech: Sendable {
  /// It can be played.
  case sound(Speech)
  /// It cannot; why, in the mock's own words.
  case failed(reason: String)
  /// Too much waits already.
  case overloaded(reason: String)

  /// How long it sounds; nil when it cannot be played.
  var duration: Duration? { if case .sound(let speech) = self { speech.duration } else { nil } }
}
