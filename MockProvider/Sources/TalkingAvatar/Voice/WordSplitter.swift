// Cuts a text into what is shown at once as a caption.

/// Splits text into words, or short groups of characters where a script has no spaces.
enum WordSplitter {
  /// How many characters a group has in a script without spaces.
  static let groupLength = 4

  /// The parts of `text` in order; put together they are `text`. Spaces and punctuation stay with the word before
  /// them, and no grapheme is split.
  static func words(of text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var letters = 0
    var isUnspaced = false
    var hasEnded = false
    for character in text {
      let script = character.unicodeScalars.lazy.compactMap(WritingSystem.init).first
      let belongsToNext = !character.isWhitespace && !Self.closes(character)
      let changes = script.map { letters > 0 && $0.isUnspaced != isUnspaced } ?? false
      let isFull = isUnspaced && letters >= groupLength
      if belongsToNext, letters > 0, hasEnded || changes || isFull {
        words.append(word)
        word = ""
        letters = 0
      }
      word.append(character)
      if belongsToNext {
        letters += 1
        hasEnded = false
        if let script { isUnspaced = script.isUnspaced } else if letters == 1 { isUnspaced = false }
      } else {
        hasEnded = hasEnded || character.isWhitespace || isUnspaced
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  /// Punctuation that stands behind a word.
  private static func closes(_ character: Character) -> Bool {
    guard let scalar = character.unicodeScalars.first else { return false }
    switch scalar.properties.generalCategory {
    case .closePunctuation, .finalPunctuation: return true
    case .otherPunctuation: return ![Character("¿"), "¡", "#", "@", "&", "'", "\""].contains(character)
    default: return false
    }
  }
}
