// A text as it is said: words and pauses, without markup.

/// What remains of an utterance's text once its markup was understood.
struct SpokenText: Equatable {
  enum Part: Equatable {
    /// Words, and the language that the markup names for them.
    case words(String, language: String?)
    case pause(Duration)
  }

  /// In order of time; no words are empty.
  private(set) var parts: [Part] = []

  init() {}

  /// Plain text: nothing in it is markup.
  init(plain text: String) { append(text, language: nil) }

  /// The words without the markup.
  var plain: String {
    parts.reduce(into: "") { plain, part in
      if case .words(let words, _) = part { plain += words }
    }
  }

  /// Adds words; those of the same language as the last become one part with them.
  mutating func append(_ words: String, language: String?) {
    guard !words.isEmpty else { return }
    if case .words(let before, language)? = parts.last {
      parts[parts.count - 1] = .words(before + words, language: language)
    } else {
      parts.append(.words(words, language: language))
    }
  }

  mutating func append(pause: Duration) {
    parts.append(.pause(min(SpeechLimits.pause, max(.zero, pause))))
  }
}
