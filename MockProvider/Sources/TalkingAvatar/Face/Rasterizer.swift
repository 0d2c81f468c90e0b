// Turns shapes into coverage.

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
