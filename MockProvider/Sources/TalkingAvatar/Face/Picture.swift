// A picture in memory, as encoders want it.

/// One I420 picture (8 bits, BT.601 limited range) that is painted again and again: no frame allocates.
///
/// Not `Sendable`: whoever paints it owns it.
public final class Picture {
  public let size: PictureSize
  let luma: Plane
  let blue: Plane
  let red: Plane

  /// The three planes one after the other without gaps: Y, then U and V at half the size.
  let storage: UnsafeMutableBufferPointer<UInt8>

  /// Black.
  public convenience init(size: PictureSize) { self.init(size) }

  /// For the work in between, which may need a little more than a picture has.
  convenience init(evenWidth: Int, evenHeight: Int) {
    self.init(PictureSize(evenWidth: evenWidth, evenHeight: evenHeight))
  }

  private init(_ size: PictureSize) {
    let area = size.width * size.height
    self.size = size
    storage = .allocate(capacity: area + area / 2)
    let base = storage.baseAddress!
    luma = Plane(base: base, width: size.width, height: size.height)
    blue = Plane(base: base + area, width: size.width / 2, height: size.height / 2)
    red = Plane(base: base + area + area / 4, width: size.width / 2, height: size.height / 2)
    fill(.black)
  }

  deinit { storage.deallocate() }

  /// A copy of all bytes: Y, U, V.
  public var bytes: [UInt8] { Array(storage) }

  /// The luma of one pixel, 16 for black to 235 for white.
  public func luma(x: Int, y: Int) -> UInt8 {
    precondition((0..<size.width).contains(x) && (0..<size.height).contains(y), "no such pixel")
    return luma.row(y)[x]
  }

  /// Takes over another picture's content, which must have the same size.
  func copy(_ other: Picture) {
    precondition(other.size == size, "pictures of two sizes")
    storage.baseAddress!.update(from: other.storage.baseAddress!, count: storage.count)
  }

  /// Takes over a rectangle of another picture of the same size.
  func copy(_ other: Picture, in rectangle: Rectangle) {
    precondition(other.size == size, "pictures of two sizes")
    let even = rectangle.evened.clipped(to: size)
    luma.copy(other.luma, in: even)
    blue.copy(other.blue, in: even.halved)
    red.copy(other.red, in: even.halved)
  }

  func fill(_ ink: Ink) {
    luma.fill(ink.luma)
    blue.fill(ink.blue)
    red.fill(ink.red)
  }

  /// Fills a rectangle with one colour; its sides are moved out to even pixels.
  func fill(_ rectangle: Rectangle, _ ink: Ink) {
    let even = rectangle.evened.clipped(to: size)
    luma.fill(ink.luma, in: even)
    blue.fill(ink.blue, in: even.halved)
    red.fill(ink.red, in: even.halved)
  }
}
