// A run as espeak-ng can read it.

/// The scalars that are handed to the library, and where each comes from.
struct ReadableText {
  private(set) var scalars: [Unicode.Scalar] = []
  /// Positions in the plain text, one for each of ``scalars``.
  private var origins: [Int] = []

  init(_ run: TextRun) {
    let isJapanese = run.language == "ja" || run.language.hasPrefix("ja-")
    for (offset, scalar) in run.text.unicodeScalars.enumerated() {
      if isJapanese, WritingSystem(scalar) == .han {
        for kana in InventedReading.kana(for: scalar).unicodeScalars { append(kana, run.start + offset) }
      } else {
        // The library reads a zero as the end; other control characters mean nothing to a voice.
        append(scalar.properties.generalCategory == .control ? " " : scalar, run.start + offset)
      }
    }
  }

  private mutating func append(_ scalar: Unicode.Scalar, _ origin: Int) {
    scalars.append(scalar)
    origins.append(origin)
  }

  /// Where the scalar at `index` stands in the plain text; nil for an index that the library made up.
  func position(of index: Int) -> Int? { origins.indices.contains(index) ? origins[index] : nil }

  static func endsSentence(_ scalar: Unicode.Scalar) -> Bool { ".!?…。！？؟।:".unicodeScalars.contains(scalar) }

  /// Cuts at the last end of a sentence within `length` scalars, else at the last space, else there.
  func pieces(of length: Int) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = 0
    while start < scalars.count {
      var end = min(scalars.count, start + length)
      if end < scalars.count {
        let window = scalars[start..<end]
        let sentence = window.indices.last { index in
          index + 1 < end && Self.endsSentence(window[index]) && scalars[index + 1].properties.isWhitespace
            || "。！？".unicodeScalars.contains(window[index])
        }
        let cut = sentence ?? window.lastIndex { $0.properties.isWhitespace }
        end = cut.map { $0 + 1 } ?? end
      }
      pieces.append(start..<end)
      start = end
    }
    return pieces
  }
}
