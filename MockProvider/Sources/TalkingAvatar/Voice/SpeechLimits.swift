// How much a voice takes at once.

/// The bounds of what is said and of who waits for it.
public enum SpeechLimits {
  /// The longest text or SSML in UTF-16 units, as D-ID counts its 40,000 (its OpenAPI document of 2023-12).
  public static let characters = 40_000
  /// The longest speech; 58 MB of samples, and as long as a HeyGen session lasts at most (its guide: 10 minutes).
  public static let duration = Duration.seconds(600)
  /// The longest single pause (Microsoft's SSML reference for `break`: 20 s).
  public static let pause = Duration.seconds(20)
  /// How many utterances wait or are worked on at once.
  public static let waiting = 64
  /// The largest audio file in bytes.
  public static let audioBytes = 8 << 20
}
