// An order for the typesetter.

/// A text in pieces, whose places are wanted afterwards, and how to set it.
struct TextToSet {
  /// Cleaned and bounded.
  let pieces: [String]
  /// The size of the letters.
  let pixels: Int
  let isBold: Bool
  /// How wide the lines may be, in pixels; nil for one line as long as it gets.
  let width: Int?
  /// How many lines there may be.
  let lines: Int

  init(_ pieces: [String], pixels: Int, isBold: Bool = false, width: Int? = nil, lines: Int = 1) {
    var left = Typesetter.maximumScalars
    self.pieces = pieces.map { Self.cleaned($0, within: &left) }
    self.pixels = pixels
    self.isBold = isBold
    self.width = width
    self.lines = lines
  }

  /// One line without breaks and control characters. What exceeds the bound goes, whole characters at a time.
  private static func cleaned(_ piece: String, within left: inout Int) -> String {
    var result = ""
    for character in piece {
      let scalars = character.unicodeScalars
      guard left > 0 else { break }
      // One character can have thousands of combining marks.
      guard scalars.count <= left else {
        left = 0
        break
      }
      left -= scalars.count
      if character.isNewline || character == "\t" {
        result += " "
      } else if !scalars.contains(where: { $0.properties.generalCategory == .control || $0 == "\u{FFFC}" }) {
        result.append(character)
      }
    }
    return result
  }
}
