// A rectangle of whole pixels.

/// Half open: `right` and `bottom` do not belong to it. Never of negative size.
struct Rectangle: Hashable {
  var left: Int
  var top: Int
  var right: Int
  var bottom: Int

  static let empty = Rectangle(left: 0, top: 0, right: 0, bottom: 0)

  init(left: Int, top: Int, right: Int, bottom: Int) {
    self.left = left
    self.top = top
    self.right = max(left, right)
    self.bottom = max(top, bottom)
  }

  var width: Int { right - left }
  var height: Int { bottom - top }
  var isEmpty: Bool { width == 0 || height == 0 }

  /// Moved out to even pixels, where luma and chroma have an edge in common.
  var evened: Rectangle {
    Rectangle(left: left & ~1, top: top & ~1, right: (right + 1) & ~1, bottom: (bottom + 1) & ~1)
  }

  /// The same place in a chroma plane; wants an even rectangle.
  var halved: Rectangle { Rectangle(left: left / 2, top: top / 2, right: right / 2, bottom: bottom / 2) }

  func clipped(to other: Rectangle) -> Rectangle {
    let left = min(max(left, other.left), other.right)
    let top = min(max(top, other.top), other.bottom)
    return Rectangle(left: left, top: top, right: min(right, other.right), bottom: min(bottom, other.bottom))
  }

  func clipped(to size: PictureSize) -> Rectangle {
    clipped(to: Rectangle(left: 0, top: 0, right: size.width, bottom: size.height))
  }

  func moved(x: Int, y: Int) -> Rectangle {
    Rectangle(left: left + x, top: top + y, right: right + x, bottom: bottom + y)
  }

  func overlaps(_ other: Rectangle) -> Bool { !clipped(to: other).isEmpty && !isEmpty }

  func union(_ other: Rectangle) -> Rectangle {
    if isEmpty { return other }
    if other.isEmpty { return self }
    return Rectangle(
      left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
      bottom: max(bottom, other.bottom))
  }
}
