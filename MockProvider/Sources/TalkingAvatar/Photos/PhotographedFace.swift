// A photo that speaks.

/// A photo as the whole picture, with a mouth drawn where a portrait's mouth usually is.
final class PhotographedFace: FaceScene {
  let stage: Rectangle
  private let look: FaceLook
  private let size: PictureSize
  private let motion: FaceMotion
  /// How far the picture moves, in pixels; it is larger than its frame by twice that.
  private let reach: Int
  /// The photo, larger than the picture by `reach` on each side.
  private let wide: Picture
  private let place: Placement

  init(_ photo: Photo, look: FaceLook, size: PictureSize) {
    self.look = look
    self.size = size
    stage = Rectangle(left: 0, top: 0, right: size.width, bottom: size.height)
    motion = FaceMotion(seed: look.seed)
    reach = 2 * max(1, size.height / 240)
    wide = photo.scaled(width: size.width + 2 * reach, height: size.height + 2 * reach)
    // A portrait's face takes up half of the height, its mouth is a little below the middle.
    let unit = min(0.2 * Float(size.height), 0.26 * Float(size.width))
    place = Placement(x: Float(size.width) / 2, y: Float(size.height) * 0.42, scale: unit)
  }

  func paintStill(into picture: Picture) { copy(into: picture, x: 0, y: 0) }

  func paint(_ moment: FaceMoment, over still: Picture, into picture: Picture) {
    let sway = motion.sway(at: moment.elapsed)
    // By pairs of pixels, so that chroma moves along.
    let x = Int((sway.x * Float(reach) / 2).rounded()) * 2
    let y = Int((sway.y * Float(reach) / 2).rounded()) * 2
    copy(into: picture, x: x, y: y)
    if moment.mouth.openness > 0.02 {
      let features = FaceFeatures(lids: 1, gaze: .zero, mouth: moment.mouth)
      var drawing = Drawing(picture, place: place.moved(x: Float(x), y: Float(y)))
      features.paintMouth(look, &drawing)
    }
  }

  private func copy(into picture: Picture, x: Int, y: Int) {
    for (target, source, step) in [
      (picture.luma, wide.luma, 1), (picture.blue, wide.blue, 2), (picture.red, wide.red, 2),
    ] {
      let (left, top) = ((reach - x) / step, (reach - y) / step)
      for row in 0..<target.height { target.row(row).update(from: source.row(row + top) + left, count: target.width) }
    }
  }
}
