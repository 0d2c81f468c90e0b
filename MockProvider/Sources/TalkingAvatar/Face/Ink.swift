// A colour as a picture stores it.

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
