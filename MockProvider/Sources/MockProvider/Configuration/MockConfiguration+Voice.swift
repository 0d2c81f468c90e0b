// The voice of the settings as the voices know it.
import TalkingAvatar

extension MockConfiguration.Voice {
  var choice: VoiceChoice {
    switch self {
    case .automatic: .automatic
    case .espeak: .espeak
    case .builtIn: .builtIn
    }
  }
}
