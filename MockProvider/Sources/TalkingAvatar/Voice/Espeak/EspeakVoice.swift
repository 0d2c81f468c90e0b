// Real speech, where espeak-ng is installed.

/// Speaks more than a hundred languages with espeak-ng.
///
/// Kanji are beyond it ("Chinese letter", it says): in Japanese they get invented readings of two morae each. Its sound
/// differs by some samples from one time to the next, as it goes on where it stopped; all else of a speech is the same.
public struct EspeakVoice: Voice {
  private let library: EspeakLibrary

  /// Nil where the library or its data is not installed.
  public static func load() -> EspeakVoice? { EspeakLibrary.shared.map(EspeakVoice.init(library:)) }

  private init(library: EspeakLibrary) { self.library = library }

  /// `espeak-ng 1.51`
  public var name: String { "espeak-ng \(library.version)" }

  public func speak(_ utterance: Utterance) async throws(SpeechError) -> Speech {
    let speaker = EspeakSpeaker(library: library)
    return try await SpeechQueue.shared.run { (cancellation) throws(SpeechError) in
      try SpeechMaker.speech(of: utterance, by: speaker, cancellation)
    }
  }
}
