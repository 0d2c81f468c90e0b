// How a mouth looks at one moment.

/// A mouth as two numbers, so that a voice that knows phonemes and one that knows loudness move the same face.
public struct MouthShape: Sendable, Hashable {
  /// 0 is closed, 1 is as wide open as it goes.
  public var openness: Float
  /// -1 is rounded as for "oo", 0 is at rest, 1 is spread as for "ee".
  public var spread: Float

  public init(openness: Float, spread: Float = 0) {
    self.openness = min(1, max(0, openness))
    self.spread = min(1, max(-1, spread))
  }

  /// At rest.
  public static let closed = MouthShape(openness: 0)
}
