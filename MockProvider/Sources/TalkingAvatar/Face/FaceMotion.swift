// Decides what a face does in one frame: blinks, glances, sways, and the mouth of a speech.

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

/// Everything that differs from frame to frame.
public struct FaceMoment: Sendable {
  /// What is being said, for the caption.
  public enum Talk: Sendable {
    /// Nothing.
    case idle
    /// The words of ``Speech/words``, and the index of the one that is being said; nil before the first.
    case speaking(words: [Speech.WordCue], current: Int?)
  }

  /// Counts the frames that are sent; shown in the strip.
  public var frameNumber: UInt32
  /// Since the session's start: moves the head and the eyes, and is the clock that is shown.
  public var elapsed: Duration
  /// Milliseconds since 1970, for the strip.
  public var wallClock: UInt64
  public var mouth: MouthShape
  public var talk: Talk

  public init(
    frameNumber: UInt32, elapsed: Duration, wallClock: UInt64, mouth: MouthShape = .closed, talk: Talk = .idle
  ) {
    self.frameNumber = frameNumber
    self.elapsed = elapsed
    self.wallClock = wallClock
    self.mouth = mouth
    self.talk = talk
  }
}

extension Speech {
  /// The mouth's shape at a time since the speech's beginning; closed before the first cue and after the end.
  public func mouth(at time: Duration) -> MouthShape {
    guard time < duration else { return .closed }
    return Self.latest(mouth.count, { mouth[$0].start }, at: time).map { mouth[$0].shape } ?? .closed
  }

  /// The index of the word that is being said at a time since the speech's beginning; nil before the first.
  public func word(at time: Duration) -> Int? { Self.latest(words.count, { words[$0].start }, at: time) }

  /// The index of the last of `count` starts, in order of time, that is not after `time`; nil where there is none.
  private static func latest(_ count: Int, _ start: (Int) -> Duration, at time: Duration) -> Int? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if start(middle) <= time { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }
}

/// A sine that is the same on every machine: the C library's may differ in its last bit, and a face must not.
enum Wave {
  /// The sine of so many turns: 0 at 0, 1 at a quarter. Within 0.0002 of the true one.
  static func sine(_ turns: Float) -> Float {
    let position = turns - turns.rounded(.down)
    let half = position < 0.5 ? position * 2 : (position - 0.5) * 2
    // Bhaskara's approximation, made symmetrical about a quarter by its own form.
    let product = half * (1 - half)
    let value = 16 * product / (5 - 4 * product)
    return position < 0.5 ? value : -value
  }
}
