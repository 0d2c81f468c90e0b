// How much of each pixel a shape covers.

/// A rectangle of coverage, 0 to 255, row by row.
struct Mask {
  var area: Rectangle
  var coverage: [UInt8]

  static let empty = Mask(area: .empty, coverage: [])

  /// The part of this mask that lies in a rectangle.
  func clipped(to limits: Rectangle) -> Mask {
    let part = area.clipped(to: limits)
    guard part != area else { return self }
    guard !part.isEmpty else { return .empty }
    var rows: [UInt8] = []
    rows.reserveCapacity(part.width * part.height)
    for y in part.top..<part.bottom {
      let start = (y - area.top) * area.width + part.left - area.left
      rows += coverage[start..<(start + part.width)]
    }
    return Mask(area: part, coverage: rows)
  }

  /// This mask where the other one is too.
  func within(_ other: Mask) -> Mask {
    var result = self
    for y in 0..<area.height {
      for x in 0..<area.width {
        let (otherX, otherY) = (x + area.left - other.area.left, y + area.top - other.area.top)
        let isInside = (0..<other.area.width).contains(otherX) && (0..<other.area.height).contains(otherY)
        let limit = isInside ? Int(other.coverage[otherY * other.area.width + otherX]) : 0
        let index = y * area.width + x
        result.coverage[index] = UInt8(Int(coverage[index]) * limit / 255)
      }
    }
    return result
  }
}
