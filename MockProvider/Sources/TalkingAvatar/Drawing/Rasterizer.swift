// Turns shapes into coverage and fills them into a picture.

/// Fills outlines with exact anti-aliasing: each edge adds its signed area to the pixels it crosses, and the sums along
/// a row are the coverage. The working memory is kept from shape to shape.
struct Rasterizer {
  private var sums: [Float] = []

  /// Coverage of an outline, which is in pixels already.
  ///
  /// - Parameter limits: what lies outside is left out.
  mutating func mask(_ outline: Outline, within limits: Rectangle) -> Mask {
    let area = Self.bounds(of: outline).clipped(to: limits)
    guard !area.isEmpty else { return .empty }
    let stride = area.width + 2
    let count = stride * area.height
    if sums.count < count { sums = [Float](repeating: 0, count: count) }
    for contour in outline.contours {
      guard var previous = contour.last else { continue }
      for point in contour {
        edge(from: previous, to: point, area: area, stride: stride)
        previous = point
      }
    }
    return Mask(area: area, coverage: collect(area, stride: stride))
  }

  private static func bounds(of outline: Outline) -> Rectangle {
    var low = Outline.Point(.infinity, .infinity)
    var high = -low
    for contour in outline.contours {
      for point in contour {
        low = pointwiseMin(low, point)
        high = pointwiseMax(high, point)
      }
    }
    guard low.x <= high.x, low.y <= high.y, low.x > -1e6, low.y > -1e6, high.x < 1e6, high.y < 1e6 else {
      return .empty
    }
    return Rectangle(
      left: Int(low.x.rounded(.down)), top: Int(low.y.rounded(.down)), right: Int(high.x.rounded(.up)),
      bottom: Int(high.y.rounded(.up)))
  }

  /// Adds one edge's area to the rows that it crosses.
  private mutating func edge(from: Outline.Point, to: Outline.Point, area: Rectangle, stride: Int) {
    guard from.y != to.y else { return }
    let isDownwards = from.y < to.y
    let (upper, lower) = isDownwards ? (from, to) : (to, from)
    let sign: Float = isDownwards ? 1 : -1
    let slope = (lower.x - upper.x) / (lower.y - upper.y)
    let top = max(upper.y, Float(area.top))
    let bottom = min(lower.y, Float(area.bottom))
    guard top < bottom else { return }
    var x = upper.x + (top - upper.y) * slope
    var y = top
    var row = Int(top) - area.top
    while y < bottom {
      let nextY = min(Float(row + area.top + 1), bottom)
      let nextX = x + (nextY - y) * slope
      let left = Float(area.left)
      let width = Float(area.width)
      let start = min(max(x - left, 0), width)
      let end = min(max(nextX - left, 0), width)
      span(row: row * stride, from: min(start, end), to: max(start, end), height: (nextY - y) * sign)
      (x, y, row) = (nextX, nextY, row + 1)
    }
  }

  /// Spreads `height` over the pixels from one x to another in one row: each gets its part of the area on the right.
  private mutating func span(row: Int, from start: Float, to end: Float, height: Float) {
    let first = Int(start)
    let last = Int(end)
    if first == last {
      let share = 1 - ((start + end) / 2 - Float(first))
      sums[row + first] += height * share
      sums[row + first + 1] += height * (1 - share)
      return
    }
    let perPixel = height / (end - start)
    var left = start
    var covered: Float = 0
    for pixel in first...last {
      let right = min(Float(pixel + 1), end)
      let part = (right - left) * perPixel
      let share = 1 - ((left + right) / 2 - Float(pixel))
      sums[row + pixel] += part * share - covered
      covered = -part * (1 - share)
      left = right
    }
    sums[row + last + 1] -= covered
  }

  /// Sums up the rows, and leaves the working memory at zero.
  private mutating func collect(_ area: Rectangle, stride: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: area.width * area.height) { bytes, count in
      sums.withUnsafeMutableBufferPointer { sums in
        for y in 0..<area.height {
          var sum: Float = 0
          for x in 0..<area.width {
            sum += sums[y * stride + x]
            bytes[y * area.width + x] = UInt8(min(255, abs(sum) * 255 + 0.5))
            sums[y * stride + x] = 0
          }
          sums[y * stride + area.width] = 0
          sums[y * stride + area.width + 1] = 0
        }
      }
      count = area.width * area.height
    }
  }
}

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

/// A picture together with where the face is in it. The unit is half a face's width, (0, 0) the middle of the face.
struct Drawing {
  let picture: Picture
  var place: Placement
  private var rasterizer = Rasterizer()

  init(_ picture: Picture, place: Placement) {
    self.picture = picture
    self.place = place
  }

  private var limits: Rectangle { Rectangle(left: 0, top: 0, right: picture.size.width, bottom: picture.size.height) }

  /// What a shape covers.
  mutating func mask(_ outline: Outline) -> Mask { rasterizer.mask(outline.placed(place), within: limits) }

  /// Fills a shape, and answers what it covered.
  @discardableResult
  mutating func fill(_ outline: Outline, _ colour: Colour, opacity: Float = 1, within limit: Mask? = nil) -> Mask {
    fill(outline, from: colour, to: colour, opacity: opacity, within: limit)
  }

  /// Fills a shape with one colour at its top and another one at its bottom.
  @discardableResult
  mutating func fill(
    _ outline: Outline, from top: Colour, to bottom: Colour, opacity: Float = 1, within limit: Mask? = nil
  ) -> Mask {
    let whole = mask(outline)
    let mask = limit.map(whole.within) ?? whole
    picture.paint(mask, from: Ink(top), to: Ink(bottom), opacity: opacity)
    return mask
  }

  /// A soft spot.
  func glow(
    x: Float, y: Float, width: Float, height: Float, _ colour: Colour, opacity: Float, within limit: Mask? = nil
  ) {
    let centre = SIMD2(x, y) * place.scale + place.origin
    picture.glow(
      x: centre.x, y: centre.y, width: width * place.scale, height: height * place.scale, Ink(colour),
      opacity: opacity, within: limit)
  }
}
