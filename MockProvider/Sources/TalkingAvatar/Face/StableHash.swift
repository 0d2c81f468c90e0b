// The same draws from the same text, on every machine and in every run.

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
