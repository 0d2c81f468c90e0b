// Holds a picture in memory as encoders want it, and lays colour on it.

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

/// A width and a height in pixels, both even: the chroma planes of I420 have half of them.
public struct PictureSize: Sendable, Hashable {
  /// Why there is no such size.
  public enum Refusal: Error, Sendable, Hashable {
    /// A side is shorter than 64 or longer than 1920 pixels.
    case outOfBounds
  }

  /// What a side may measure, in pixels. Below, a caption has no room; above, the vendors send nothing either.
  public static let sides = 64...1920

  public let width: Int
  public let height: Int

  /// An odd side grows by one pixel.
  public init(width: Int, height: Int) throws(Refusal) {
    guard Self.sides.contains(width), Self.sides.contains(height) else { throw .outOfBounds }
    self.init(evenWidth: (width + 1) & ~1, evenHeight: (height + 1) & ~1)
  }

  /// Unchecked; for what is known to be even.
  init(evenWidth: Int, evenHeight: Int) {
    (width, height) = (evenWidth, evenHeight)
  }

  public static let square320 = PictureSize(evenWidth: 320, evenHeight: 320)
  public static let square512 = PictureSize(evenWidth: 512, evenHeight: 512)
  public static let vga = PictureSize(evenWidth: 640, evenHeight: 480)
  public static let hd720 = PictureSize(evenWidth: 1280, evenHeight: 720)
}

/// Rows of bytes without gaps, in memory that somebody else owns.
struct Plane {
  let base: UnsafeMutablePointer<UInt8>
  let width: Int
  let height: Int

  func row(_ y: Int) -> UnsafeMutablePointer<UInt8> { base + y * width }

  func fill(_ value: UInt8) { base.update(repeating: value, count: width * height) }

  func fill(_ value: UInt8, in rectangle: Rectangle) {
    for y in rectangle.top..<rectangle.bottom {
      (row(y) + rectangle.left).update(repeating: value, count: rectangle.width)
    }
  }

  func copy(_ other: Plane, in rectangle: Rectangle) {
    for y in rectangle.top..<rectangle.bottom {
      (row(y) + rectangle.left).update(from: other.row(y) + rectangle.left, count: rectangle.width)
    }
  }
}

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

/// Luma and chroma, BT.601 limited range (ITU-R BT.601-7 section 2.5.3), which browsers assume for VP8 and for H.264
/// without colour information.
struct Ink: Hashable {
  var luma: UInt8
  var blue: UInt8
  var red: UInt8

  static let black = Ink(luma: 16, blue: 128, red: 128)
  static let white = Ink(luma: 235, blue: 128, red: 128)

  init(luma: UInt8, blue: UInt8, red: UInt8) {
    self.luma = luma
    self.blue = blue
    self.red = red
  }

  init(_ colour: Colour) {
    let (r, g, b) = (Float(colour.red), Float(colour.green), Float(colour.blue))
    luma = UInt8((16 + 0.2568 * r + 0.5041 * g + 0.0979 * b).rounded())
    blue = UInt8((128 - 0.1482 * r - 0.2910 * g + 0.4392 * b).rounded())
    red = UInt8((128 + 0.4392 * r - 0.3678 * g - 0.0714 * b).rounded())
  }
}

extension Picture {
  /// Colours what a mask covers.
  ///
  /// - Parameter opacity: 0 leaves the picture as it is, 1 hides what was there.
  func paint(_ mask: Mask, _ ink: Ink, opacity: Float = 1) {
    paint(mask, from: ink, to: ink, opacity: opacity)
  }

  /// Colours what a mask covers, from one colour at its top to another one at its bottom.
  func paint(_ mask: Mask, from first: Ink, to last: Ink, opacity: Float = 1) {
    let area = mask.area
    guard !area.isEmpty else { return }
    let strength = Int((min(1, max(0, opacity)) * 256).rounded())
    mask.coverage.withUnsafeBufferPointer { coverage in
      for y in 0..<area.height {
        let ink = first.mixed(with: last, step: y, of: area.height)
        let row = luma.row(y + area.top) + area.left
        let cover = coverage.baseAddress! + y * area.width
        let target = Int(ink.luma)
        for x in 0..<area.width where cover[x] != 0 {
          row[x] = Self.blend(row[x], target, Int(cover[x]) * strength)
        }
      }
      paintChroma(coverage, area, from: first, to: last, strength: strength)
    }
  }

  /// A chroma pixel is covered as much as its four luma pixels are on average.
  private func paintChroma(
    _ coverage: UnsafeBufferPointer<UInt8>, _ area: Rectangle, from first: Ink, to last: Ink, strength: Int
  ) {
    let half = area.evened.halved
    for y in half.top..<half.bottom {
      let upper = 2 * y - area.top
      let lower = upper + 1
      let ink = first.mixed(with: last, step: max(0, upper), of: area.height)
      let blueRow = blue.row(y)
      let redRow = red.row(y)
      for x in half.left..<half.right {
        let left = 2 * x - area.left
        let right = left + 1
        var sum = 0
        for line in [upper, lower] where line >= 0 && line < area.height {
          let row = line * area.width
          if left >= 0 { sum += Int(coverage[row + left]) }
          if right < area.width { sum += Int(coverage[row + right]) }
        }
        guard sum != 0 else { continue }
        blueRow[x] = Self.blend(blueRow[x], Int(ink.blue), sum * strength / 4)
        redRow[x] = Self.blend(redRow[x], Int(ink.red), sum * strength / 4)
      }
    }
  }

  /// Moves a value towards a target by `share` of 255 * 256.
  private static func blend(_ value: UInt8, _ target: Int, _ share: Int) -> UInt8 {
    let difference = (target - Int(value)) * share
    return UInt8(truncatingIfNeeded: Int(value) + (difference + (difference < 0 ? -32_640 : 32_640)) / 65_280)
  }

  /// A soft spot: full in the middle, nothing at the edge.
  func glow(x: Float, y: Float, width: Float, height: Float, _ ink: Ink, opacity: Float, within limit: Mask? = nil) {
    let area = Rectangle(
      left: Int(x - width / 2), top: Int(y - height / 2), right: Int(x + width / 2) + 1,
      bottom: Int(y + height / 2) + 1
    ).clipped(to: size)
    var mask = Mask(area: area, coverage: [])
    mask.coverage.reserveCapacity(area.width * area.height)
    for row in area.top..<area.bottom {
      let dy = (Float(row) + 0.5 - y) / (height / 2)
      for column in area.left..<area.right {
        let dx = (Float(column) + 0.5 - x) / (width / 2)
        let rest = max(0, 1 - dx * dx - dy * dy)
        mask.coverage.append(UInt8(rest * rest * 255))
      }
    }
    paint(limit.map(mask.within) ?? mask, ink, opacity: opacity)
  }
}

extension Ink {
  /// This colour at step 0, the other one at the last of `count` steps.
  func mixed(with other: Ink, step: Int, of count: Int) -> Ink {
    guard self != other, count > 1 else { return self }
    let position = min(step, count - 1)
    func between(_ from: UInt8, _ to: UInt8) -> UInt8 {
      UInt8((Int(from) * (count - 1 - position) + Int(to) * position) / (count - 1))
    }
    return Ink(luma: between(luma, other.luma), blue: between(blue, other.blue), red: between(red, other.red))
  }
}
