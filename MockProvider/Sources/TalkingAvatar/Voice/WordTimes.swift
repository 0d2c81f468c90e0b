// Says when each word of a text is heard, and cuts a text into such words.

/// Gives words their times: between two known moments time passes evenly.
struct WordTimes {
  private var anchors: [RunSound.Anchor]
  private let last: Duration

  /// - Parameter end: the end of the speech; every word begins before it.
  init(anchors: [RunSound.Anchor], end: Duration) {
    last = max(.zero, end - .milliseconds(1))
    self.anchors = anchors.reduce(into: []) { known, anchor in
      // A library's positions may go back; a position behind what was said already tells nothing.
      if let before = known.last, anchor.position < before.position || anchor.time < before.time { return }
      known.append(anchor)
    }
  }

  /// The words of `parts`, which make up the plain text; no word spans two of them.
  func cues(for parts: [String]) -> [Speech.WordCue] {
    var cues: [Speech.WordCue] = []
    var position = 0
    var next = 0
    for part in parts {
      for word in WordSplitter.words(of: part) {
        // Spaces before a word are not said: the word begins with its first letter.
        let lead = word.unicodeScalars.prefix { $0.properties.isWhitespace }.count
        let time = time(of: position + (lead == word.unicodeScalars.count ? 0 : lead), from: &next)
        cues.append(Speech.WordCue(start: max(cues.last?.start ?? .zero, time), text: word))
        position += word.unicodeScalars.count
      }
    }
    return cues
  }

  /// - Parameter next: the first anchor behind the position; positions only grow, so the search goes on from there.
  private func time(of position: Int, from next: inout Int) -> Duration {
    while next < anchors.count, anchors[next].position <= position { next += 1 }
    guard next > 0 else { return min(last, anchors.first?.time ?? .zero) }
    let before = anchors[next - 1]
    guard next < anchors.count, before.position < position else { return min(last, before.time) }
    let after = anchors[next]
    let share = Double(position - before.position) / Double(after.position - before.position)
    return min(last, before.time + (after.time - before.time) * share)
  }
}

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
