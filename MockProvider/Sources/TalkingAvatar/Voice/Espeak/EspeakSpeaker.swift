// Says runs of text with espeak-ng.
import Glibc

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
