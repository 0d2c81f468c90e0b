// One channel of a picture.

/// Rows of bytes without gaps, in memory that somebody else owns.
struct Plane {
  let base: UnsafeMutablePointer<UInt8>
  let width: Int
  let height: Int

  func row(_ y: Int) -> UnsafeMutablePointer<UInt8> { base + y * width }

  func fill(_ value: UInt8) { base.update(repeating: value, count: width * height) }

  func fill(_ value: UInt8, in rectangle: Rectangle) {
    for y in rectangle.top..<rectangle.bottom {
      (row(y) + rectangle.left).update(repeating: value, count: rectangle.width)
    }
  }

  func copy(_ other: Plane, in rectangle: Rectangle) {
    for y in rectangle.top..<rectangle.bottom {
      (row(y) + rectangle.left).update(from: other.row(y) + rectangle.left, count: rectangle.width)
    }
  }
}
