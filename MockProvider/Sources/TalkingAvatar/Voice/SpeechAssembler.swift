// Puts runs and pauses one behind the other.

/// A speech that grows.
struct SpeechAssembler {
  /// No speech is shorter, so that players see a beginning and an end.
  static let shortest = Duration.milliseconds(200)

  private var samples: [Int16] = []
  private var mouth: [Speech.MouthCue] = []
  private var anchors: [RunSound.Anchor] = []
  private var parts: [String] = []
  /// How many Unicode scalars of the plain text lie behind.
  private(set) var position = 0

  private var now: Duration { Self.duration(of: samples.count) }

  static func duration(of samples: Int) -> Duration {
    .nanoseconds(Int64(samples) * 1_000_000_000 / Int64(Speech.sampleRate))
  }

  static func samples(in duration: Duration) -> Int {
    let (seconds, attoseconds) = duration.components
    return Int(seconds) * Speech.sampleRate + Int(attoseconds / 1_000_000_000) * Speech.sampleRate / 1_000_000_000
  }

  mutating func append(_ sound: RunSound) throws(SpeechError) {
    let start = now
    try checkRoom(for: sound.samples.count)
    samples += sound.samples
    mouth += sound.mouth.map { Speech.MouthCue(start: start + $0.start, shape: $0.shape) }
    anchors += sound.anchors.map { RunSound.Anchor(position: $0.position, time: start + $0.time) }
  }

  /// Silence with the mouth closed.
  mutating func append(pause: Duration) throws(SpeechError) {
    let count = Self.samples(in: pause)
    try checkRoom(for: count)
    if pause > .zero { mouth.append(Speech.MouthCue(start: now, shape: .closed)) }
    samples += [Int16](repeating: 0, count: count)
  }

  private func checkRoom(for count: Int) throws(SpeechError) {
    guard samples.count + count <= Self.samples(in: SpeechLimits.duration) else { throw SpeechError(.speechTooLong) }
  }

  /// These words were said; a word never goes on behind them.
  mutating func advance(by words: String) {
    parts.append(words)
    position += words.unicodeScalars.count
  }

  mutating func finish() -> Speech {
    let missing = Self.samples(in: Self.shortest) - samples.count
    if missing > 0 { samples += [Int16](repeating: 0, count: missing) }
    if let last = mouth.last, last.shape != .closed {
      mouth.append(Speech.MouthCue(start: max(last.start, now - .milliseconds(1)), shape: .closed))
    }
    let words = WordTimes(anchors: anchors, end: now).cues(for: parts)
    return Speech(samples: samples, mouth: mouth, words: words)
  }
}
