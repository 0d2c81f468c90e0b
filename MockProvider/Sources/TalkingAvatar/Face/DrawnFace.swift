// A face that is drawn.

/// A drawn face. Its head is painted once for each of four positions between two pixels of chroma, and then copied to
/// where it is; eyes and mouth are painted anew in each frame.
final class DrawnFace: FaceScene {
  private let look: FaceLook
  private let size: PictureSize
  private let motion: FaceMotion
  private let place: Placement
  /// Where the head can be, however it moves; even.
  let stage: Rectangle
  /// How far the head moves, in pixels.
  private let reach: SIMD2<Float>
  private var heads: [Int: HeadSprite] = [:]

  init(look: FaceLook, size: PictureSize) {
    self.look = look
    self.size = size
    motion = FaceMotion(seed: look.seed)
    let unit = min(0.19 * Float(size.height), 0.25 * Float(size.width))
    // Whole and even, so that the head's place is one where luma and chroma have an edge in common.
    let (x, y) = (Float(size.width / 2 & ~1), Float(Int(Float(size.height) * 0.4) & ~1))
    place = Placement(x: x, y: y, scale: unit)
    reach = SIMD2(max(1, unit * 0.035), max(1, unit * 0.022))
    let margin = Int(unit * 0.1) + 4
    let half = Int(unit * 1.6) + margin
    stage = Rectangle(
      left: Int(x) - half, top: Int(y - unit * 2.2) - margin, right: Int(x) + half,
      bottom: Int(y + unit * 1.4) + margin
    ).evened.clipped(to: size)
  }

  func paintStill(into picture: Picture) {
    var drawing = Drawing(picture, place: place)
    look.paintStill(&drawing)
  }

  func paint(_ moment: FaceMoment, over still: Picture, into picture: Picture) {
    let sway = motion.sway(at: moment.elapsed) * reach
    // A head that speaks nods a little.
    let (x, y) = (Int(sway.x.rounded()), Int((sway.y + moment.mouth.openness * reach.y * 0.6).rounded()))
    head(over: still, oddX: x & 1, oddY: y & 1).copy(into: picture, x: x & ~1, y: y & ~1)
    let features = FaceFeatures(
      lids: motion.lids(at: moment.elapsed), gaze: motion.gaze(at: moment.elapsed), mouth: moment.mouth)
    var drawing = Drawing(picture, place: place.moved(x: Float(x), y: Float(y)))
    features.paint(look, &drawing)
  }

  private func head(over still: Picture, oddX: Int, oddY: Int) -> HeadSprite {
    if let head = heads[oddY * 2 + oddX] { return head }
    let head = HeadSprite(look: look, still: still, stage: stage, place: place.moved(x: Float(oddX), y: Float(oddY)))
    heads[oddY * 2 + oddX] = head
    return head
  }
}
