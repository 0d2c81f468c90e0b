// Paints an avatar's frames.

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
