// Builds the edge of a shape, and says where it stands in a picture.

/// Closed contours of straight pieces; curves are cut into pieces when they are added. Contours that run the other way
/// make holes.
struct Outline {
  /// A place; y grows downwards.
  typealias Point = SIMD2<Float>

  /// Pieces of one curve: enough for a head as high as a large picture.
  private static let pieces = 20

  private(set) var contours: [[Point]] = []

  init() {}

  /// Starts a contour.
  mutating func move(_ x: Float, _ y: Float) { contours.append([Point(x, y)]) }

  mutating func line(_ x: Float, _ y: Float) { contours[contours.count - 1].append(Point(x, y)) }

  /// A cubic Bézier curve from where the contour ends.
  mutating func curve(_ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float, _ x: Float, _ y: Float) {
    guard let start = contours.last?.last else { return }
    let (first, second, end) = (Point(x1, y1), Point(x2, y2), Point(x, y))
    for piece in 1...Self.pieces {
      let t = Float(piece) / Float(Self.pieces)
      let u = 1 - t
      let near = u * u * u * start + 3 * u * u * t * first
      contours[contours.count - 1].append(near + 3 * u * t * t * second + t * t * t * end)
    }
  }

  /// Ends a contour that was drawn on the right of x = 0 with its mirror image on the left, last point first.
  mutating func closeMirrored() {
    guard let right = contours.last else { return }
    contours[contours.count - 1] += right.reversed().map { Point(-$0.x, $0.y) }
  }

  static func ellipse(x: Float, y: Float, width: Float, height: Float, isHole: Bool = false) -> Outline {
    let k: Float = 0.5523
    let (w, h) = (width / 2, height / 2)
    var outline = Outline()
    outline.move(x + w, y)
    outline.curve(x + w, y + k * h, x + k * w, y + h, x, y + h)
    outline.curve(x - k * w, y + h, x - w, y + k * h, x - w, y)
    outline.curve(x - w, y - k * h, x - k * w, y - h, x, y - h)
    outline.curve(x + k * w, y - h, x + w, y - k * h, x + w, y)
    if isHole { outline.contours[0].reverse() }
    return outline
  }

  static func roundedRectangle(
    left: Float, top: Float, right: Float, bottom: Float, radius: Float
  ) -> Outline {
    let radius = min(radius, (right - left) / 2, (bottom - top) / 2)
    let k = radius * 0.4477
    var outline = Outline()
    outline.move(left + radius, top)
    outline.line(right - radius, top)
    outline.curve(right - k, top, right, top + k, right, top + radius)
    outline.line(right, bottom - radius)
    outline.curve(right, bottom - k, right - k, bottom, right - radius, bottom)
    outline.line(left + radius, bottom)
    outline.curve(left + k, bottom, left, bottom - k, left, bottom - radius)
    outline.line(left, top + radius)
    outline.curve(left, top + k, left + k, top, left + radius, top)
    return outline
  }

  /// A stroke along points, `width` wide in the middle and `ends` of that at its ends.
  static func stroke(_ points: [Point], width: Float, ends: Float = 1) -> Outline {
    guard points.count > 1 else { return Outline() }
    var there: [Point] = []
    var back: [Point] = []
    for index in points.indices {
      let before = points[max(0, index - 1)]
      let after = points[min(points.count - 1, index + 1)]
      let along = after - before
      let length = max(1e-6, (along.x * along.x + along.y * along.y).squareRoot())
      let across = Point(-along.y, along.x) / length
      let middle = 1 - abs(2 * Float(index) / Float(points.count - 1) - 1)
      let half = width / 2 * (ends + (1 - ends) * (middle * (2 - middle)))
      there.append(points[index] + across * half)
      back.append(points[index] - across * half)
    }
    var outline = Outline()
    outline.contours = [there + back.reversed()]
    return outline
  }

  /// Points along a curve, for a stroke.
  static func points(_ start: Point, _ first: Point, _ second: Point, _ end: Point) -> [Point] {
    var outline = Outline()
    outline.move(start.x, start.y)
    outline.curve(first.x, first.y, second.x, second.y, end.x, end.y)
    return outline.contours[0]
  }

  mutating func add(_ other: Outline) { contours += other.contours }

  func mirrored() -> Outline {
    var outline = Outline()
    outline.contours = contours.map { $0.reversed().map { Point(-$0.x, $0.y) } }
    return outline
  }

  /// Wider or narrower around x = 0.
  func stretched(x factor: Float) -> Outline {
    var outline = Outline()
    outline.contours = contours.map { $0.map { Point($0.x * factor, $0.y) } }
    return outline
  }

  func placed(_ place: Placement) -> Outline {
    var outline = Outline()
    outline.contours = contours.map { $0.map { $0 * place.scale + place.origin } }
    return outline
  }
}

/// From a shape's own units to pixels.
struct Placement: Hashable {
  /// Where (0, 0) goes.
  var origin: SIMD2<Float>
  /// Pixels a unit.
  var scale: Float

  init(x: Float, y: Float, scale: Float) {
    origin = SIMD2(x, y)
    self.scale = scale
  }

  func moved(x: Float, y: Float) -> Placement { Placement(x: origin.x + x, y: origin.y + y, scale: scale) }
}
