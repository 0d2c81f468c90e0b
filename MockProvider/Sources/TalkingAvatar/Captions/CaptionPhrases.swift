// Cuts the words of a speech into what is shown at a time.

/// Runs of words that fit into a caption; each word is in one of them.
struct CaptionPhrases {
  let words: [Speech.WordCue]
  private let ranges: [Range<Int>]

  /// - Parameter columns: how much fits, counted in narrow letters; an East Asian letter counts for two.
  init(words: [Speech.WordCue], columns: Int) {
    self.words = words
    var ranges: [Range<Int>] = []
    var start = 0
    var used = 0
    for (index, word) in words.enumerated() {
      let needed = Self.columns(of: word.text)
      let isNewSentence = index > start && used > columns / 4 && Self.endsSentence(words[index - 1].text)
      if index > start, used + needed > columns || isNewSentence {
        ranges.append(start..<index)
        (start, used) = (index, 0)
      }
      used += needed
    }
    if start < words.count { ranges.append(start..<words.count) }
    self.ranges = ranges
  }

  /// The phrase in which a word is; the first one for nil.
  func range(of word: Int?) -> Range<Int>? {
    let word = word ?? 0
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= word { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count ? ranges[low] : nil
  }

  static func columns(of text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + columns(of: $1) }
  }

  /// From U+1100 on letters that are as wide as they are high (Unicode Standard Annex #11), roughly.
  private static func columns(of scalar: Unicode.Scalar) -> Int {
    if scalar.properties.canonicalCombiningClass != .notReordered { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }

  private static func endsSentence(_ text: String) -> Bool {
    guard let last = text.last(where: { !$0.isWhitespace && !"\"'”’»)」』".contains($0) }) else { return false }
    return ".!?…。！？؟।".contains(last)
  }
}
