// The voices of this machine.

/// Finds a voice.
public enum Voices {
  /// espeak-ng where it can be loaded, the built-in voice otherwise. The first call loads the library, which takes some
  /// milliseconds.
  public static func best() -> any Voice { EspeakVoice.load() ?? BuiltInVoice() as any Voice }

  /// The voice that was asked for.
  /// - Throws: `.voiceUnavailable` where espeak-ng was asked for and cannot be loaded.
  public static func voice(_ choice: VoiceChoice) throws(SpeechError) -> any Voice {
    switch choice {
    case .automatic: return best()
    case .builtIn: return BuiltInVoice()
    case .espeak:
      guard let voice = EspeakVoice.load() else { throw SpeechError(.voiceUnavailable) }
      return voice
    }
  }
}
