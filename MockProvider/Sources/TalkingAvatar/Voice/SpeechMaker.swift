// Makes the whole speech of an utterance out of a voice's runs, pauses and audio files.

/// What both voices have in common.
enum SpeechMaker {
  static func speech(
    of utterance: Utterance, by speaker: any RunSpeaker, _ cancellation: Cancellation
  ) throws(SpeechError) -> Speech {
    switch utterance.content {
    case .text(let text):
      try checkLength(text)
      return try speech(of: SpokenText(plain: text), utterance, speaker, cancellation)
    case .ssml(let ssml):
      try checkLength(ssml)
      return try speech(of: SSMLReader.read(ssml), utterance, speaker, cancellation)
    case .audio(let bytes): return try speech(ofAudio: bytes, cancellation)
    }
  }

  private static func checkLength(_ text: String) throws(SpeechError) {
    if text.utf16.count > SpeechLimits.characters { throw SpeechError(.textTooLong) }
  }

  private static func speech(
    of text: SpokenText, _ utterance: Utterance, _ speaker: any RunSpeaker, _ cancellation: Cancellation
  ) throws(SpeechError) -> Speech {
    let requested = utterance.language ?? utterance.voice.flatMap(SpokenLanguage.tag(ofVoice:))
    let isFemale = utterance.voice.map(SpokenLanguage.isFemale(voice:)) ?? false
    let hasKana = text.plain.unicodeScalars.contains { WritingSystem($0) == .kana }
    var assembler = SpeechAssembler()
    for (index, part) in text.parts.enumerated() {
      try cancellation.check()
      switch part {
      case .pause(let duration): try assembler.append(pause: duration)
      case .words(let words, let language):
        let runs = TextRun.runs(
          of: words, start: assembler.position, requested: language ?? requested, hasKana: hasKana)
        for (number, run) in runs.enumerated() {
          let isLast = index == text.parts.count - 1 && number == runs.count - 1
          try assembler.append(speaker.say(run, isFemale: isFemale, isLast: isLast, cancellation))
        }
        assembler.advance(by: words)
      }
    }
    return assembler.finish()
  }

  private static func speech(ofAudio bytes: [UInt8], _ cancellation: Cancellation) throws(SpeechError) -> Speech {
    let sound: WAVReader.Sound
    do throws(WAVError) { sound = try WAVReader.read(bytes) } catch { throw SpeechError(.audio(error)) }
    let samples = try Resampler(from: sound.rate, to: Speech.sampleRate).resample(sound.samples, cancellation)
    return Speech(samples: samples, mouth: LoudnessMouth.cues(of: samples), words: [])
  }
}

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

/// An utterance that was not said. It never holds a word of the utterance.
public struct SpeechError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// More text than a voice takes: ``SpeechLimits/characters``.
    case textTooLong
    /// The speech would last longer than ``SpeechLimits/duration``.
    case speechTooLong
    /// The audio file cannot be played.
    case audio(WAVError)
    /// Too many utterances are waiting: ``SpeechLimits/waiting``.
    case overloaded
    /// The calling task was cancelled.
    case cancelled
    /// The voice that was asked for is not on this machine.
    case voiceUnavailable
    /// The speech library reported a failure.
    case libraryFailed(status: Int)
  }

  public let code: Code

  public init(_ code: Code) { self.code = code }

  /// True when the same call may succeed later.
  public var isRetryable: Bool { code == .overloaded }

  public var description: String {
    switch code {
    case .textTooLong: "the text has more than \(SpeechLimits.characters) characters"
    case .speechTooLong: "the speech would last longer than \(SpeechLimits.duration)"
    case .audio(let error): "the audio cannot be played: \(error)"
    case .overloaded: "\(SpeechLimits.waiting) utterances are waiting already"
    case .cancelled: "it was cancelled"
    case .voiceUnavailable: "espeak-ng is not installed"
    case .libraryFailed(let status): "espeak-ng reported status \(status)"
    }
  }
}

/// Says runs of text; called on the thread of ``SpeechQueue`` only.
protocol RunSpeaker: Sendable {
  /// - Parameters:
  ///   - isFemale: whether the voice that was asked for is known to be a woman's.
  ///   - isLast: whether nothing follows, so that no pause is due at the end.
  func say(_ run: TextRun, isFemale: Bool, isLast: Bool, _ cancellation: Cancellation) throws(SpeechError) -> RunSound
}

/// Sound at ``Speech/sampleRate`` and what belongs to it. Times count from its beginning.
struct RunSound {
  /// At this moment the scalar at this position of the plain text begins.
  struct Anchor: Equatable {
    var position: Int
    var time: Duration
  }

  var samples: [Int16]
  var mouth: [Speech.MouthCue]
  /// In order of time.
  var anchors: [Anchor]
}
