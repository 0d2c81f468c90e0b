// What a face does in one frame.

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
