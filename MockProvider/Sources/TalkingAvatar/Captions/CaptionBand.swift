// Writes the caption below the face, a phrase at a time.

/// Shows the phrase that is being said, at most two lines, and its current word in another colour.
///
/// It stays inside the circle of a square picture, since D-ID's demo page shows only that.
final class CaptionBand {
  private static let lines = 2
  private let size: PictureSize
  private let pixels: Int
  private let width: Int
  private var phrases: CaptionPhrases?
  /// The phrase that was set last; nil inside where nothing of it can be shown.
  private var latest: (range: Range<Int>, text: SetText?)?
  private var phrasesSet = 0
  private var rasterizer = Rasterizer()

  init(size: PictureSize) {
    self.size = size
    pixels = max(9, min(size.height / 17, size.width / 18))
    width = min(size.width * 66 / 100, size.height * 105 / 100)
  }

  /// How many narrow letters two lines take, with room for what does not go into the first.
  private var columns: Int { max(8, width * Self.lines * 100 / (pixels * 66)) }

  /// What a caption shows; equal ones look the same.
  struct Shown: Equatable {
    /// Counts the phrases that were set.
    fileprivate var phrase: Int
    /// The index in the phrase of what is highlighted.
    fileprivate var highlighted: Int?
  }

  /// Finds out what to show, and sets it if it is new; nil for nothing.
  func prepare(_ talk: FaceMoment.Talk) -> Shown? {
    guard case .speaking(let words, let current) = talk else { return nil }
    if phrases?.words != words {
      phrases = CaptionPhrases(words: words, columns: columns)
      latest = nil
    }
    guard let range = phrases?.range(of: current) else { return nil }
    if latest?.range != range {
      latest = (range, set(range, of: words))
      phrasesSet += 1
    }
    guard let text = latest?.text else { return nil }
    let highlighted = current.map { $0 - range.lowerBound }.flatMap { text.places.indices.contains($0) ? $0 : nil }
    return Shown(phrase: phrasesSet, highlighted: highlighted)
  }

  private func set(_ range: Range<Int>, of words: [Speech.WordCue]) -> SetText? {
    var pieces = words[range].map(\.text)
    // Space at the ends would be centred with the rest.
    pieces[0] = String(pieces[0].drop { $0.isWhitespace })
    if let last = pieces.last?.lastIndex(where: { !$0.isWhitespace }) {
      pieces[pieces.count - 1] = String(pieces[pieces.count - 1][...last])
    }
    return Typesetter.set(TextToSet(pieces, pixels: pixels, isBold: true, width: width, lines: Self.lines))
  }

  /// Paints what was prepared last, and answers where.
  func paint(_ shown: Shown, into picture: Picture) -> Rectangle {
    guard let text = latest?.text else { return .empty }
    let bounds = text.mask.area
    let middle = size.height * 78 / 100
    let left = (size.width - bounds.width) / 2
    let top = middle - bounds.height / 2
    let (padX, padY) = (pixels * 6 / 10, pixels * 3 / 10)
    let box = Outline.roundedRectangle(
      left: Float(left - padX), top: Float(top - padY), right: Float(left + bounds.width + padX),
      bottom: Float(top + bounds.height + padY), radius: Float(pixels) * 0.55)
    let limits = Rectangle(left: 0, top: 0, right: size.width, bottom: size.height)
    let plate = rasterizer.mask(box, within: limits)
    picture.paint(plate, Ink(Colour(0x101018)), opacity: 0.62)
    let placed = Mask(area: bounds.moved(x: left, y: top), coverage: text.mask.coverage).clipped(to: limits)
    picture.paint(placed, Ink(Colour(0xF4F4F4)))
    for place in shown.highlighted.map({ text.places[$0] }) ?? [] {
      picture.paint(placed.clipped(to: place.moved(x: left, y: top)), Ink(Colour(0xFFCF3F)))
    }
    return plate.area
  }
}

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
