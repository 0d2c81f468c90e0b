// Decodes a photo that somebody sent, scales it and makes it speak.
import CTalkingAvatar

/// A picture or a sound from an untrusted source, as bytes.
public enum MediaFile {
  /// The largest one that is looked at.
  public static let maximumBytes = 10 << 20
}

/// Decoded pixels of a JPEG or PNG file from an untrusted source.
public struct Photo: Sendable {
  /// The largest picture that is decoded: 24 megapixels, 72 MB while it is being scaled.
  public static let maximumPixels = 24_000_000
  /// The longest side that is decoded.
  public static let longestSide = 12_000

  let width: Int
  let height: Int
  /// Red, green and blue of each pixel, row by row.
  let pixels: [UInt8]

  /// Decodes a file whose format its first bytes tell.
  public init(decoding bytes: [UInt8]) throws(PhotoError) {
    guard bytes.count <= MediaFile.maximumBytes else { throw .tooManyBytes }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = try JPEGDecoder.decode(bytes)
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = try PNGDecoder.decode(bytes)
    } else {
      throw .unknownFormat
    }
  }

  init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 3, "pixels of another size")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Refuses sizes before memory is asked for.
  static func check(width: Int, height: Int) throws(PhotoError) {
    guard width > 0, height > 0 else { throw .damaged }
    guard width <= longestSide, height <= longestSide, width * height <= maximumPixels else { throw .tooManyPixels }
  }
}

/// A photo's refusal. It carries nothing of what the bytes hold.
public enum PhotoError: Error, Sendable, Hashable {
  /// More bytes than ``MediaFile/maximumBytes``.
  case tooManyBytes
  /// More pixels than ``Photo/maximumPixels``, or a side longer than ``Photo/longestSide``.
  case tooManyPixels
  /// Neither JPEG nor PNG, by the first bytes.
  case unknownFormat
  /// JPEG or PNG that cannot be decoded.
  case damaged
}

extension Photo {
  /// Fills a picture: what is too much on two sides is cut off, at the top less than at the bottom, where no face is.
  func scaled(width: Int, height: Int) -> Picture {
    let picture = Picture(evenWidth: width, evenHeight: height)
    let scale = min(Float(self.width) / Float(width), Float(self.height) / Float(height))
    let left = (Float(self.width) - scale * Float(width)) / 2
    let top = (Float(self.height) - scale * Float(height)) * 0.3
    let columns = (0..<width).map { Self.share(Float($0), scale, left, self.width) }
    var inks: [[Ink]] = []
    for y in 0..<height {
      let rows = Self.share(Float(y), scale, top, self.height)
      inks.append(columns.map { Ink(average(columns: $0, rows: rows)) })
      for x in 0..<width { picture.luma.row(y)[x] = inks[inks.count - 1][x].luma }
      guard inks.count == 2 else { continue }
      for x in 0..<(width / 2) {
        let four = [inks[0][2 * x], inks[0][2 * x + 1], inks[1][2 * x], inks[1][2 * x + 1]]
        picture.blue.row(y / 2)[x] = UInt8((four.reduce(2) { $0 + Int($1.blue) }) / 4)
        picture.red.row(y / 2)[x] = UInt8((four.reduce(2) { $0 + Int($1.red) }) / 4)
      }
      inks.removeAll(keepingCapacity: true)
    }
    return picture
  }

  /// The photo's pixels that make up one of the picture's along one side: at least one, never outside.
  private static func share(_ position: Float, _ scale: Float, _ start: Float, _ count: Int) -> Range<Int> {
    let first = min(count - 1, max(0, Int(start + position * scale)))
    let last = min(count, max(first + 1, Int(start + (position + 1) * scale)))
    return first..<last
  }

  private func average(columns: Range<Int>, rows: Range<Int>) -> Colour {
    var (red, green, blue) = (0, 0, 0)
    for row in rows {
      for column in columns {
        let index = (row * width + column) * 3
        red += Int(pixels[index])
        green += Int(pixels[index + 1])
        blue += Int(pixels[index + 2])
      }
    }
    let count = columns.count * rows.count
    return Colour(UInt32(red / count) << 16 | UInt32(green / count) << 8 | UInt32(blue / count))
  }
}

/// TurboJPEG, which catches its own errors.
enum JPEGDecoder {
  static func decode(_ bytes: [UInt8]) throws(PhotoError) -> Photo {
    guard let decoder = tjInitDecompress() else { throw .damaged }
    defer { tjDestroy(decoder) }
    var width: Int32 = 0
    var height: Int32 = 0
    var sampling: Int32 = 0
    var space: Int32 = 0
    guard
      tjDecompressHeader3(decoder, bytes, UInt(bytes.count), &width, &height, &sampling, &space) == 0
    else { throw .damaged }
    try Photo.check(width: Int(width), height: Int(height))
    var pixels = [UInt8](repeating: 0xFF, count: Int(width) * Int(height) * 3)
    let status = tjDecompress2(
      decoder, bytes, UInt(bytes.count), &pixels, width, width * 3, height, Int32(TJPF_RGB.rawValue),
      TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT)
    // As browsers do, show what there is of a file that ends early or has a few wrong bytes.
    guard status == 0 || tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue) else { throw .damaged }
    return Photo(width: Int(width), height: Int(height), pixels: pixels)
  }
}

/// libpng's simplified interface, which catches its own errors.
enum PNGDecoder {
  static func decode(_ bytes: [UInt8]) throws(PhotoError) -> Photo {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_memory(&image, bytes, bytes.count) != 0 else { throw .damaged }
    try Photo.check(width: Int(image.width), height: Int(image.height))
    image.format = UInt32(PNG_FORMAT_FLAG_COLOR)
    // What is transparent stands before white.
    var paper = png_color(red: 255, green: 255, blue: 255)
    let stride = Int(image.width) * 3
    var pixels = [UInt8](repeating: 0, count: stride * Int(image.height))
    guard png_image_finish_read(&image, &paper, &pixels, Int32(stride), nil) != 0 else { throw .damaged }
    return Photo(width: Int(image.width), height: Int(image.height), pixels: pixels)
  }
}

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
