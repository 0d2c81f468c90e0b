// Which voice a user asks for.

/// The values of `--voice`.
public enum VoiceChoice: String, Sendable, CaseIterable {
  /// espeak-ng where it can be loaded, the built-in voice otherwise.
  case automatic = "auto"
  /// espeak-ng, and an error where it cannot be loaded.
  case espeak = "espeak-ng"
  /// The voice that needs no library.
  case builtIn = "built-in"
}
