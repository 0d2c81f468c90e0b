// Where a shape stands in a picture.

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
