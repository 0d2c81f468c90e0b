// A photo that somebody sent.

/// Decoded pixels of a JPEG or PNG file from an untrusted source.
public struct Photo: Sendable {
  /// The largest file that is looked at.
  public static let maximumBytes = 10 * 1024 * 1024
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
    guard bytes.count <= Self.maximumBytes else { throw .tooManyBytes }
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
