// Writes the session and the running clock in small type.

/// Shows which session a picture belongs to, and that it runs.
final class ClockFace {
  /// How much of a session's id is shown.
  static let sessionLength = 12

  private let size: PictureSize
  private let pixels: Int
  private let margin: Int
  private let top: Int
  /// The clock's characters, set once.
  private let glyphs: [Character: Mask]

  init(size: PictureSize) {
    self.size = size
    pixels = max(9, size.height / 40)
    margin = pixels * 2 / 3
    top = pixels / 2
    let (pixels, characters) = (self.pixels, "0123456789:.")
    glyphs = Dictionary(
      uniqueKeysWithValues: characters.compactMap { character in
        Typesetter.set(TextToSet([String(character)], pixels: pixels)).map { (character, $0.mask) }
      })
  }

  private var session: Mask?

  /// Writes the id again where a scene has painted over it.
  func repaintSession(into picture: Picture) {
    if let session { write(session, x: margin, into: picture) }
  }

  /// Writes the beginning of an id, which stays.
  func paintSession(_ session: String, into picture: Picture) {
    let short = String(session.prefix(Self.sessionLength))
    guard let text = Typesetter.set(TextToSet([short], pixels: pixels)) else { return }
    self.session = text.mask
    write(text.mask, x: margin, into: picture)
  }

  /// Writes minutes, seconds and tenths, and answers where.
  func paint(_ elapsed: Duration, into picture: Picture) -> Rectangle {
    let tenths = max(0, elapsed.ticks(of: 10))
    func padded(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
    let text = "\(padded(tenths / 600 % 6_000)):\(padded(tenths / 10 % 60)).\(tenths % 10)"
    let masks = text.compactMap { glyphs[$0] }
    var x = size.width - margin - masks.reduce(0) { $0 + $1.area.width }
    var painted = Rectangle.empty
    for mask in masks {
      painted = painted.union(write(mask, x: x, into: picture))
      x += mask.area.width
    }
    return painted
  }

  @discardableResult
  private func write(_ mask: Mask, x: Int, into picture: Picture) -> Rectangle {
    let limits = Rectangle(left: 0, top: 0, right: size.width, bottom: size.height)
    let placed = Mask(area: mask.area.moved(x: x, y: top), coverage: mask.coverage).clipped(to: limits)
    picture.paint(placed, Ink(Colour(0x20242E)), opacity: 0.85)
    return placed.area
  }
}
