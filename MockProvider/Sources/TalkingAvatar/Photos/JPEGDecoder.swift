// JPEG by libjpeg-turbo.
import CTalkingAvatar

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
