// Chooses what makes one avatar look unlike another, the same from the same name.

/// An avatar's looks, all of which follow from a text: the same avatar has the same face in every session.
public struct FaceLook: Sendable, Hashable {
  /// What is behind the avatar.
  public enum Backdrop: Sendable, Hashable {
    /// A soft gradient in the avatar's own colour.
    case studio
    /// One green, for pages that remove it. HeyGen's demo page takes away what has g > 90, r < 90 and b < 90
    /// (github.com/HeyGen-Official/StreamingAvatar, index.js, read 2026-11-21); nothing else in the picture is like
    /// that.
    case green
  }

  enum Hair: CaseIterable { case crop, side, bob, long, curls, bun, fringe, bald }

  public let backdrop: Backdrop
  let seed: UInt64
  let skin: Colour
  let hair: Hair
  let hairColour: Colour
  let eyes: Colour
  let clothes: Colour
  let collar: Colour
  let wall: Colour
  let lips: Colour
  /// How wide the face is, around 1.
  let breadth: Float
  let eyeSize: Float
  let browWidth: Float
  let mouthWidth: Float
  let hasGlasses: Bool
  let hasBeard: Bool
  let hasEarrings: Bool
  let hasFreckles: Bool
  let hasHoodie: Bool

  /// - Parameter seed: the source URL, the presenter or the avatar's name.
  public init(seed: String, backdrop: Backdrop = .studio) {
    var draw = StableHash(seed)
    self.backdrop = backdrop
    self.seed = draw.next()
    let skin = Colour(draw.choice([0xF8D9C4, 0xF1C9A9, 0xE8B98F, 0xD9A173, 0xC08457, 0x9C6644, 0x7A4A32, 0x5E3A29]))
    let isDark = skin.green < 0x90
    let hairColours: [UInt32] = [0x241A17, 0x3B2A20, 0x5A3A24, 0x7B4B2A]
    let fairHair: [UInt32] = isDark ? [0x4A2A22, 0x6E6A70] : [0xB5743C, 0xE0B568, 0xA63F22, 0x8E8C92]
    let dyedHair: [UInt32] = isDark ? [0x8A3F72, 0x2F5D8C] : [0xD66FA0, 0x4E5FBF]
    let hair = draw.choice(Hair.allCases)
    let hasBeard = [.crop, .side, .bald].contains(hair) && draw.chance(0.5)
    self.skin = skin
    self.hair = hair
    let mayBeDyed = !hasBeard && hair != .bald
    hairColour = Colour(
      draw.choice(mayBeDyed && draw.chance(0.16) ? dyedHair : draw.chance(0.45) ? fairHair : hairColours))
    eyes = Colour(
      draw.choice(isDark ? [0x3A2418, 0x4A2E1C, 0x5C4320] : [0x4B7FB0, 0x8A8458, 0x6B4A2E, 0x8A6B3D, 0x5F7A86]))
    clothes = Colour(
      draw.choice([0x3D5A98, 0xB8433F, 0x4C4A63, 0xE3A33A, 0x7C4D9E, 0x2E3440, 0xD9D4CC, 0xC7627A, 0x5A6E7F]))
    collar = Colour(draw.choice([0xF6F2EA, 0x2A2D3A, 0xF2C14E]))
    wall = Colour(draw.choice([0xA9C6DE, 0xF0C9A8, 0xC9BEE6, 0xB9D8CE, 0xF2D7DC, 0xE8DFA8, 0x8FA7C9, 0xD8C3B0]))
    lips = skin.mixed(with: Colour(isDark ? 0x8E2F3B : 0xC8434F), draw.number(from: 0.4, to: 0.7))
    breadth = draw.number(from: 0.93, to: 1.07)
    eyeSize = draw.number(from: 0.92, to: 1.14)
    browWidth = draw.number(from: 0.065, to: 0.12)
    mouthWidth = draw.number(from: 0.92, to: 1.12)
    hasGlasses = draw.chance(0.28)
    self.hasBeard = hasBeard
    hasEarrings = ![.crop, .side, .bald].contains(hair) && draw.chance(0.5)
    hasFreckles = !isDark && draw.chance(0.25)
    hasHoodie = draw.chance(0.4)
  }

  /// The green of ``Backdrop/green``.
  static let screenGreen = Colour(0x00B140)
}

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

/// A stream of numbers that follows from a text: FNV-1a (64 bits) of its UTF-8, then SplitMix64. Swift's own hash
/// differs from run to run.
struct StableHash {
  private var state: UInt64

  init(_ text: String) {
    state = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  init(_ seed: UInt64, _ index: UInt64) { state = seed &+ index &* 0xD1B5_4A32_D192_ED03 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// From 0 up to and without 1.
  mutating func fraction() -> Float { Float(next() >> 40) / Float(1 << 24) }

  mutating func number(from low: Float, to high: Float) -> Float { low + (high - low) * fraction() }

  mutating func choice<Element>(_ elements: [Element]) -> Element { elements[Int(next() % UInt64(elements.count))] }

  /// True with so much probability.
  mutating func chance(_ probability: Float) -> Bool { fraction() < probability }
}
