// PNG by libpng.
import CTalkingAvatar

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
