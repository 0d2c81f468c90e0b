// A colour as people choose it.

/// sRGB, 8 bits a channel.
struct Colour: Sendable, Hashable {
  var red: UInt8
  var green: UInt8
  var blue: UInt8

  /// From `0xRRGGBB`.
  init(_ hex: UInt32) {
    red = UInt8(hex >> 16 & 0xFF)
    green = UInt8(hex >> 8 & 0xFF)
    blue = UInt8(hex & 0xFF)
  }

  private init(red: Float, green: Float, blue: Float) {
    self.red = UInt8(min(255, max(0, red)).rounded())
    self.green = UInt8(min(255, max(0, green)).rounded())
    self.blue = UInt8(min(255, max(0, blue)).rounded())
  }

  /// Between this colour (0) and another one (1).
  func mixed(with other: Colour, _ share: Float) -> Colour {
    func between(_ from: UInt8, _ to: UInt8) -> Float { Float(from) + (Float(to) - Float(from)) * share }
    return Colour(red: between(red, other.red), green: between(green, other.green), blue: between(blue, other.blue))
  }

  func darker(_ share: Float) -> Colour { mixed(with: Colour(0x1A0E14), share) }
  func lighter(_ share: Float) -> Colour { mixed(with: Colour(0xFFFFFF), share) }
}
