// What a picture shows behind captions and strip.

/// A face, drawn or photographed.
protocol FaceScene: AnyObject {
  /// Paints everything that stands still over a whole picture.
  func paintStill(into picture: Picture)
  /// Paints what moves over a picture that shows what stands still, and answers where it painted.
  func paint(_ moment: FaceMoment, into picture: Picture) -> Rectangle
}
