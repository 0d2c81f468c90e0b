// What can say an utterance.

/// Turns an utterance into sound, and into what a mouth and captions do meanwhile.
public protocol Voice: Sendable {
  /// What it is, for the line that a program prints at start: `espeak-ng 1.51`, `built-in`.
  var name: String { get }

  /// Makes the sound of an utterance. The work is done on a thread of the voices' own, never on the caller's.
  ///
  /// Cancelling the calling task ends the work soon and throws `.cancelled`. The same utterance sounds the same, but
  /// only ``BuiltInVoice`` repeats it to the sample: espeak-ng's differs by up to some milliseconds.
  func speak(_ utterance: Utterance) async throws(SpeechError) -> Speech
}
