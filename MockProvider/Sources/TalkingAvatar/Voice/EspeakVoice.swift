// Speaks with espeak-ng where it is installed.
import Glibc

/// Speaks more than a hundred languages with espeak-ng.
///
/// Kanji are beyond it ("Chinese letter", it says): in Japanese they get invented readings of two morae each. Its sound
/// differs by some samples from one time to the next, as it goes on where it stopped; all else of a speech is the same.
public struct EspeakVoice: Voice {
  private let library: EspeakLibrary

  /// Nil where the library or its data is not installed.
  public static func load() -> EspeakVoice? { EspeakLibrary.shared.map(EspeakVoice.init(library:)) }

  private init(library: EspeakLibrary) { self.library = library }

  /// `espeak-ng 1.51`
  public var name: String { "espeak-ng \(library.version)" }

  public func speak(_ utterance: Utterance) async throws(SpeechError) -> Speech {
    let speaker = EspeakSpeaker(library: library)
    return try await SpeechQueue.shared.run { (cancellation) throws(SpeechError) in
      try SpeechMaker.speech(of: utterance, by: speaker, cancellation)
    }
  }
}

/// Reads a run sentence by sentence, so that a long text can be given up between two of them.
struct EspeakSpeaker: RunSpeaker {
  /// Text is handed over in pieces of at most so many scalars, cut at the end of a sentence or a word.
  static let pieceLength = 1000
  /// `espeakCHARS_UTF8`.
  private static let utf8: UInt32 = 1
  /// `espeakENDPAUSE`: the pause of a sentence is part of the sound.
  private static let endPause: UInt32 = 0x1000

  let library: EspeakLibrary

  func say(
    _ run: TextRun, isFemale: Bool, isLast: Bool, _ cancellation: Cancellation
  ) throws(SpeechError) -> RunSound {
    let readable = ReadableText(run)
    choose(EspeakVoiceName.candidates(for: run.language), isFemale: isFemale)
    var raw: [Int16] = []
    var sound = RunSound(samples: [], mouth: [], anchors: [])
    for piece in readable.pieces(of: Self.pieceLength) {
      try cancellation.check()
      let isEnd = isLast && piece.upperBound == readable.scalars.count
      let capture = try capture(readable.scalars[piece], pausesAtEnd: !isEnd, room: raw.count, cancellation)
      let start = Self.duration(of: raw.count, rate: library.sampleRate)
      for event in capture.events {
        let time = start + .milliseconds(max(0, event.time))
        switch event.kind {
        case .word(let position):
          guard let position = readable.position(of: piece.lowerBound + position - 1) else { continue }
          sound.anchors.append(RunSound.Anchor(position: position, time: time))
        case .phoneme(let letters):
          let shape = MouthShape(phoneme: letters)
          if sound.mouth.last?.shape != shape { sound.mouth.append(Speech.MouthCue(start: time, shape: shape)) }
        }
      }
      raw += capture.samples
    }
    let end = Self.duration(of: raw.count, rate: library.sampleRate)
    sound.anchors.append(RunSound.Anchor(position: run.start + run.text.unicodeScalars.count, time: end))
    sound.mouth.removeAll { $0.start > end }
    if sound.mouth.last.map({ $0.shape != .closed }) ?? false {
      sound.mouth.append(Speech.MouthCue(start: end, shape: .closed))
    }
    sound.samples = try Resampler.shared(from: library.sampleRate).resample(raw, cancellation)
    return sound
  }

  private static func duration(of samples: Int, rate: Int) -> Duration {
    .nanoseconds(Int64(samples) * 1_000_000_000 / Int64(rate))
  }

  private func choose(_ names: [String], isFemale: Bool) {
    for name in names where library.setVoice(isFemale ? name + "+f3" : name) == 0 { return }
  }

  private func capture(
    _ scalars: ArraySlice<Unicode.Scalar>, pausesAtEnd: Bool, room used: Int, _ cancellation: Cancellation
  ) throws(SpeechError) -> EspeakCapture {
    let (seconds, _) = SpeechLimits.duration.components
    let capture = EspeakCapture(cancellation, maximumSamples: Int(seconds) * library.sampleRate - used)
    let endsSentence = scalars.last { !$0.properties.isWhitespace }.map(ReadableText.endsSentence) ?? false
    var text = Array(String(String.UnicodeScalarView(scalars)).utf8)
    text.append(0)
    let flags = Self.utf8 | (pausesAtEnd && endsSentence ? Self.endPause : 0)
    let status = text.withUnsafeBytes { bytes -> Int32 in
      withExtendedLifetime(capture) {
        guard let start = bytes.baseAddress else { return 0 }
        return library.synthesize(start, bytes.count, 0, 1, 0, flags, nil, Unmanaged.passUnretained(capture).toOpaque())
      }
    }
    try cancellation.check()
    if capture.isOverlong { throw SpeechError(.speechTooLong) }
    guard status == 0 else { throw SpeechError(.libraryFailed(status: Int(status))) }
    return capture
  }
}

/// Translates BCP 47 tags into names of espeak-ng's voices.
enum EspeakVoiceName {
  private static let aliases = [
    "zh": "cmn", "zh-hk": "yue", "zh-mo": "yue", "no": "nb", "iw": "he", "en": "en-us", "pt-pt": "pt",
    "es-mx": "es-419",
    "es-us": "es-419",
  ]

  /// Names to try, best first; the last one is part of every installation.
  static func candidates(for language: String) -> [String] {
    let tag = language.lowercased()
    // A name is a path for the library: letters, digits and hyphens only.
    guard tag.utf8.count <= 35, tag.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
      return ["en-us"]
    }
    let base = String(tag.prefix { $0 != "-" })
    return [aliases[tag], tag, aliases[base], base, "en-us"].compactMap { $0 }
  }
}

/// The scalars that are handed to the library, and where each comes from.
struct ReadableText {
  private(set) var scalars: [Unicode.Scalar] = []
  /// Positions in the plain text, one for each of ``scalars``.
  private var origins: [Int] = []

  init(_ run: TextRun) {
    let isJapanese = run.language == "ja" || run.language.hasPrefix("ja-")
    for (offset, scalar) in run.text.unicodeScalars.enumerated() {
      if isJapanese, WritingSystem(scalar) == .han {
        for kana in InventedReading.kana(for: scalar).unicodeScalars { append(kana, run.start + offset) }
      } else {
        // The library reads a zero as the end; other control characters mean nothing to a voice.
        append(scalar.properties.generalCategory == .control ? " " : scalar, run.start + offset)
      }
    }
  }

  private mutating func append(_ scalar: Unicode.Scalar, _ origin: Int) {
    scalars.append(scalar)
    origins.append(origin)
  }

  /// Where the scalar at `index` stands in the plain text; nil for an index that the library made up.
  func position(of index: Int) -> Int? { origins.indices.contains(index) ? origins[index] : nil }

  static func endsSentence(_ scalar: Unicode.Scalar) -> Bool { ".!?…。！？؟।:".unicodeScalars.contains(scalar) }

  /// Cuts at the last end of a sentence within `length` scalars, else at the last space, else there.
  func pieces(of length: Int) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = 0
    while start < scalars.count {
      var end = min(scalars.count, start + length)
      if end < scalars.count {
        let window = scalars[start..<end]
        let sentence = window.indices.last { index in
          index + 1 < end && Self.endsSentence(window[index]) && scalars[index + 1].properties.isWhitespace
            || "。！？".unicodeScalars.contains(window[index])
        }
        let cut = sentence ?? window.lastIndex { $0.properties.isWhitespace }
        end = cut.map { $0 + 1 } ?? end
      }
      pieces.append(start..<end)
      start = end
    }
    return pieces
  }
}
