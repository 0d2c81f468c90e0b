// How a face moves by itself: blinks, glances, sways.

/// Movement as a function of time alone, so that a face needs no history: the same moment is the same picture.
struct FaceMotion {
  /// One blink falls into each stretch of so many milliseconds, as with people at rest, 15 to 20 a minute.
  static let blinkEvery: Int64 = 3_600
  /// From open to open, in milliseconds.
  static let blinkLasts: Int64 = 220
  private static let glanceEvery: Int64 = 2_100

  let seed: UInt64

  /// How open the eyes are, 1 to 0.
  func lids(at elapsed: Duration) -> Float {
    let time = elapsed.ticks(of: 1000)
    var draw = StableHash(seed, UInt64(bitPattern: time / Self.blinkEvery) &* 2)
    let start = Int64(draw.next() % UInt64(Self.blinkEvery - Self.blinkLasts))
    let position = time % Self.blinkEvery - start
    guard (0..<Self.blinkLasts).contains(position) else { return 1 }
    // Closing is faster than opening.
    let share = Float(position) / Float(Self.blinkLasts)
    return share < 0.35 ? 1 - share / 0.35 : share < 0.5 ? 0 : (share - 0.5) / 0.5
  }

  /// Where the eyes look, in the face's units; at the viewer for most of the time.
  func gaze(at elapsed: Duration) -> SIMD2<Float> {
    var draw = StableHash(seed, UInt64(bitPattern: elapsed.ticks(of: 1000) / Self.glanceEvery) &* 2 &+ 1)
    guard draw.chance(0.45) else { return .zero }
    return SIMD2(draw.number(from: -0.055, to: 0.055), draw.number(from: -0.03, to: 0.03))
  }

  /// How far the head is from its place, from -1 to 1 each way.
  func sway(at elapsed: Duration) -> SIMD2<Float> {
    let seconds = Float(elapsed.ticks(of: 1000) % 3_600_000) / 1000
    var draw = StableHash(seed, .max)
    let (first, second) = (draw.fraction(), draw.fraction())
    let x = 0.7 * Wave.sine(seconds / 6.5 + first) + 0.3 * Wave.sine(seconds / 2.9 + second)
    let y = 0.75 * Wave.sine(seconds / 4.7 + second) + 0.25 * Wave.sine(seconds / 2.3 + first)
    return SIMD2(x, y)
  }
}
