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
  /// What was painted last, and where that differs from ``still``.
  private weak var latest: Picture?
  private var painted: [Rectangle] = []

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
    if latest === picture {
      for rectangle in painted { picture.copy(still, in: rectangle) }
    } else {
      picture.copy(still)
      latest = picture
    }
    painted = [
      scene.paint(moment, into: picture),
      clock.paint(moment.elapsed, into: picture),
      caption.paint(moment.talk, into: picture),
      FrameStrip.area(in: size),
    ]
    FrameStrip(frameNumber: moment.frameNumber, wallClock: moment.wallClock).paint(into: picture)
  }
}
