// A head that was painted once.

/// The pixels of a head, row by row, over the backdrop that belongs there: moved by a few pixels, a copy of them looks
/// as if it had been painted there, since backdrops are soft.
struct HeadSprite {
  private let stage: Rectangle
  private let luma: [UInt8]
  private let blue: [UInt8]
  private let red: [UInt8]
  /// The columns of each luma row that the head covers, counted from the stage's left.
  private let spans: [Range<Int>]

  /// - Parameters:
  ///   - still: a picture of what is behind the head.
  ///   - stage: the even rectangle in which the head is, wherever it is moved.
  init(look: FaceLook, still: Picture, stage: Rectangle, place: Placement) {
    let picture = Picture(size: still.size)
    picture.copy(still)
    var drawing = Drawing(picture, place: place)
    var spans = [Range<Int>](repeating: 0..<0, count: stage.height)
    for mask in look.paintHead(&drawing) { Self.widen(&spans, by: mask, stage: stage) }
    self.stage = stage
    self.spans = spans
    luma = Self.cut(picture.luma, stage)
    blue = Self.cut(picture.blue, stage.halved)
    red = Self.cut(picture.red, stage.halved)
  }

  /// Copies the head to where it is moved by whole pairs of pixels.
  func copy(into picture: Picture, x: Int, y: Int) {
    for row in 0..<stage.height where !spans[row].isEmpty {
      Self.copy(luma, row, spans[row], stage: stage, into: picture.luma, x: x, y: y)
    }
    let half = stage.halved
    for row in 0..<half.height {
      let (upper, lower) = (spans[2 * row], spans[2 * row + 1])
      let left = min(upper.isEmpty ? .max : upper.lowerBound, lower.isEmpty ? .max : lower.lowerBound)
      let right = max(upper.upperBound, lower.upperBound)
      guard left < right else { continue }
      let span = (left / 2)..<min(half.width, (right + 1) / 2)
      Self.copy(blue, row, span, stage: half, into: picture.blue, x: x / 2, y: y / 2)
      Self.copy(red, row, span, stage: half, into: picture.red, x: x / 2, y: y / 2)
    }
  }

  private static func widen(_ spans: inout [Range<Int>], by mask: Mask, stage: Rectangle) {
    for y in 0..<mask.area.height where (0..<stage.height).contains(y + mask.area.top - stage.top) {
      let row = mask.coverage[(y * mask.area.width)..<((y + 1) * mask.area.width)]
      guard let first = row.firstIndex(where: { $0 > 0 }), let last = row.lastIndex(where: { $0 > 0 }) else { continue }
      let shift = mask.area.left - stage.left - row.startIndex
      let left = max(0, first + shift)
      let right = min(stage.width, last + 1 + shift)
      guard left < right else { continue }
      let old = spans[y + mask.area.top - stage.top]
      spans[y + mask.area.top - stage.top] =
        old.isEmpty ? left..<right : min(left, old.lowerBound)..<max(right, old.upperBound)
    }
  }

  private static func cut(_ plane: Plane, _ area: Rectangle) -> [UInt8] {
    (area.top..<area.bottom).flatMap { UnsafeBufferPointer(start: plane.row($0) + area.left, count: area.width) }
  }

  private static func copy(
    _ pixels: [UInt8], _ row: Int, _ span: Range<Int>, stage: Rectangle, into plane: Plane, x: Int, y: Int
  ) {
    let target = row + stage.top + y
    let left = max(0, span.lowerBound + stage.left + x)
    let right = min(plane.width, span.upperBound + stage.left + x)
    guard (0..<plane.height).contains(target), left < right else { return }
    pixels.withUnsafeBufferPointer { pixels in
      let source = pixels.baseAddress! + row * stage.width + (left - stage.left - x)
      (plane.row(target) + left).update(from: source, count: right - left)
    }
  }
}
