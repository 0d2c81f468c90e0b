// What a voice made of an utterance: the sound, and what belongs to it in time.

/// One utterance, ready to be played. All times count from its beginning.
public struct Speech: Sendable {
  /// From `start` on the mouth looks like this, until the next cue.
  public struct MouthCue: Sendable, Hashable {
    public var start: Duration
    public var shape: MouthShape

    public init(start: Duration, shape: MouthShape) {
      self.start = start
      self.shape = shape
    }
  }

  /// From `start` on this part of the text is said. The parts put together are the whole plain text, with its spaces:
  /// words where a script has spaces, short groups of characters where it has none.
  public struct WordCue: Sendable, Hashable {
    public var start: Duration
    public var text: String

    public init(start: Duration, text: String) {
      self.start = start
      self.text = text
    }
  }

  /// Samples in a second of ``samples``; what Opus wants (RFC 6716 section 2).
  public static let sampleRate = 48_000

  /// One channel of linear PCM at ``sampleRate``.
  public var samples: [Int16]
  /// In order of time; the mouth is closed before the first.
  public var mouth: [MouthCue]
  /// In order of time; empty where there is no text, as for an audio file.
  public var words: [WordCue]

  public init(samples: [Int16], mouth: [MouthCue], words: [WordCue]) {
    self.samples = samples
    self.mouth = mouth
    self.words = words
  }

  /// How long it sounds.
  public var duration: Duration { .nanoseconds(Int64(samples.count) * 1_000_000_000 / Int64(Self.sampleRate)) }
}
