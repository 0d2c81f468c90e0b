// A piece of text in one language, the unit in which a voice works.

/// Words of one language, and where they stand in the plain text.
struct TextRun: Equatable {
  var text: String
  /// The position of its first Unicode scalar in the plain text.
  var start: Int
  /// A BCP 47 tag in lower case.
  var language: String

  /// Cuts words where their language changes; what belongs to no script goes with what stands before it.
  static func runs(of words: String, start: Int, requested: String?, hasKana: Bool) -> [TextRun] {
    var runs: [TextRun] = []
    var offset = start
    for character in words {
      let script = character.unicodeScalars.lazy.compactMap(WritingSystem.init).first
      let scalars = character.unicodeScalars.count
      defer { offset += scalars }
      if let last = runs.indices.last {
        guard let script else {
          runs[last].text.append(character)
          continue
        }
        let language = SpokenLanguage.language(for: script, requested: requested, hasKana: hasKana)
        let isFirstOfItsRun = !runs[last].text.unicodeScalars.contains { WritingSystem($0) != nil }
        if language == runs[last].language || isFirstOfItsRun {
          runs[last].text.append(character)
          runs[last].language = language
          continue
        }
      }
      let language = SpokenLanguage.language(for: script, requested: requested, hasKana: hasKana)
      runs.append(TextRun(text: String(character), start: offset, language: language))
    }
    return runs
  }
}
