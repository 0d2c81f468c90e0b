// Paints an avatar's frames: the face, its captions and the strip that tests read.

/// Paints one session's avatar: face, caption, session and clock in small type, and the strip for tests.
///
/// What a frame shows depends on the moment alone. Painting over the picture of the call before is the fast way, since
/// only what changed is painted then. Not `Sendable`: whoever paints owns it.
public final class FacePainter {
  public let size: PictureSize
  private let scene: any FaceScene
  private let still: Picture
  private let caption: CaptionBand
  private let clock: ClockFace
  /// The picture that was painted last; what it shows beside ``still``, and where.
  private weak var latest: Picture?
  private var timed = Rectangle.empty
  private var shown: CaptionBand.Shown?
  private var captioned = Rectangle.empty

  /// - Parameters:
  ///   - photo: shown in place of a drawn face.
  ///   - session: the session's id, of which the beginning is shown.
  public init(look: FaceLook, photo: Photo? = nil, size: PictureSize, session: String) {
    self.size = size
    scene = photo.map { PhotographedFace($0, look: look, size: size) } ?? DrawnFace(look: look, size: size)
    still = Picture(size: size)
    scene.paintStill(into: still)
    caption = CaptionBand(size: size)
    clock = ClockFace(size: size)
    clock.paintSession(session, into: still)
  }

  /// Paints one frame.
  ///
  /// - Parameter picture: of the painter's ``size``.
  public func paint(_ moment: FaceMoment, into picture: Picture) {
    precondition(picture.size == size, "a picture of another size")
    var moment = moment
    // Whatever was written into the shape since it was made, its numbers are in their range again.
    moment.mouth = MouthShape(openness: moment.mouth.openness, spread: moment.mouth.spread)
    let next = caption.prepare(moment.talk)
    var isCaptioned = false
    if latest === picture {
      isCaptioned = next == shown && !captioned.overlaps(scene.stage)
      if !isCaptioned { picture.copy(still, in: captioned) }
      picture.copy(still, in: scene.stage)
      picture.copy(still, in: timed)
    } else {
      picture.copy(still)
      latest = picture
    }
    scene.paint(moment, over: still, into: picture)
    // A scene that moves as a whole has painted over what stands still.
    if scene.stage.width == size.width { clock.repaintSession(into: picture) }
    timed = clock.paint(moment.elapsed, into: picture)
    if !isCaptioned { captioned = next.map { caption.paint($0, into: picture) } ?? .empty }
    shown = next
    FrameStrip(frameNumber: moment.frameNumber, wallClock: moment.wallClock).paint(into: picture)
  }
}

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

/// The pixels of a head, row by row, over the backdrop that belongs there: moved by a few pixels, a copy of them looks
/// as if it had been painted there, since backdrops are soft.
struct HeadSprite {
  private let stage: Rectangle
  private let luma: [UInt8]
  private let blue: [UInt8]
  private let red: [UInt8]
  /// The columns of each luma row that the head covers, counted from the stage's left.
  private let spans: [Range<Int>]

  /// - Parameters:
  ///   - still: a picture of what is behind the head.
  ///   - stage: the even rectangle in which the head is, wherever it is moved.
  init(look: FaceLook, still: Picture, stage: Rectangle, place: Placement) {
    let picture = Picture(size: still.size)
    picture.copy(still)
    var drawing = Drawing(picture, place: place)
    var spans = [Range<Int>](repeating: 0..<0, count: stage.height)
    for mask in look.paintHead(&drawing) { Self.widen(&spans, by: mask, stage: stage) }
    self.stage = stage
    self.spans = spans
    luma = Self.cut(picture.luma, stage)
    blue = Self.cut(picture.blue, stage.halved)
    red = Self.cut(picture.red, stage.halved)
  }

  /// Copies the head to where it is moved by whole pairs of pixels.
  func copy(into picture: Picture, x: Int, y: Int) {
    for row in 0..<stage.height where !spans[row].isEmpty {
      Self.copy(luma, row, spans[row], stage: stage, into: picture.luma, x: x, y: y)
    }
    let half = stage.halved
    for row in 0..<half.height {
      let (upper, lower) = (spans[2 * row], spans[2 * row + 1])
      let left = min(upper.isEmpty ? .max : upper.lowerBound, lower.isEmpty ? .max : lower.lowerBound)
      let right = max(upper.upperBound, lower.upperBound)
      guard left < right else { continue }
      let span = (left / 2)..<min(half.width, (right + 1) / 2)
      Self.copy(blue, row, span, stage: half, into: picture.blue, x: x / 2, y: y / 2)
      Self.copy(red, row, span, stage: half, into: picture.red, x: x / 2, y: y / 2)
    }
  }

  private static func widen(_ spans: inout [Range<Int>], by mask: Mask, stage: Rectangle) {
    for y in 0..<mask.area.height where (0..<stage.height).contains(y + mask.area.top - stage.top) {
      let row = mask.coverage[(y * mask.area.width)..<((y + 1) * mask.area.width)]
      guard let first = row.firstIndex(where: { $0 > 0 }), let last = row.lastIndex(where: { $0 > 0 }) else { continue }
      let shift = mask.area.left - stage.left - row.startIndex
      let left = max(0, first + shift)
      let right = min(stage.width, last + 1 + shift)
      guard left < right else { continue }
      let old = spans[y + mask.area.top - stage.top]
      spans[y + mask.area.top - stage.top] =
        old.isEmpty ? left..<right : min(left, old.lowerBound)..<max(right, old.upperBound)
    }
  }

  private static func cut(_ plane: Plane, _ area: Rectangle) -> [UInt8] {
    (area.top..<area.bottom).flatMap { UnsafeBufferPointer(start: plane.row($0) + area.left, count: area.width) }
  }

  private static func copy(
    _ pixels: [UInt8], _ row: Int, _ span: Range<Int>, stage: Rectangle, into plane: Plane, x: Int, y: Int
  ) {
    let target = row + stage.top + y
    let left = max(0, span.lowerBound + stage.left + x)
    let right = min(plane.width, span.upperBound + stage.left + x)
    guard (0..<plane.height).contains(target), left < right else { return }
    pixels.withUnsafeBufferPointer { pixels in
      let source = pixels.baseAddress! + row * stage.width + (left - stage.left - x)
      (plane.row(target) + left).update(from: source, count: right - left)
    }
  }
}
