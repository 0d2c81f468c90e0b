// What a picture shows behind captions and strip.

/// A face, drawn or photographed.
protocol FaceScene: AnyObject {
  /// Paints everything that stands still over a whole picture.
  func paintStill(into picture: Picture)
  /// Where something moves.
  var stage: Rectangle { get }
  /// Paints what moves over a picture that shows what stands still, never outside of the stage.
  ///
  /// - Parameter still: what ``paintStill(into:)`` painted, and small type beside the face.
  func paint(_ moment: FaceMoment, over still: Picture, into picture: Picture)
}
