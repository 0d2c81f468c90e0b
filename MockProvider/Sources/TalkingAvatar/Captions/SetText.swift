// What the typesetter made.

/// A text as coverage, and where its pieces are. All places count from the mask's upper left.
struct SetText {
  var mask: Mask
  /// The rectangles of each piece: several where it runs over two lines or both ways.
  var places: [[Rectangle]]
  /// What no font has.
  var leftOut: Set<Unicode.Scalar>
}
