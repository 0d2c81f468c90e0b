// Where in a speech a moment falls.
import TalkingAvatar
import Timekeeping

/// Answers what a speech does at a position: the mouth, the word, and the samples of a packet.
struct SpeechCursor: Sendable {
  let speech: Speech

  /// The mouth's shape; closed before the first cue and after the end.
  func mouth(at position: Duration) -> MouthShape {
    guard position < speech.duration else { return .closed }
    return last(of: speech.mouth, at: position, start: \.start).map { speech.mouth[$0].shape } ?? .closed
  }

  /// The index of the word that is being said; nil before the first.
  func word(at position: Duration) -> Int? { last(of: speech.words, at: position, start: \.start) }

  /// The samples of one packet, filled up with silence behind the end.
  func samples(at position: Duration) -> [Int16] {
    let first = Int(max(0, (position / .microseconds(1) * Double(Speech.sampleRate) / 1e6).rounded()))
    let count = OpusEncoder.frameSamples
    guard first < speech.samples.count else { return [Int16](repeating: 0, count: count) }
    let samples = Array(speech.samples[first..<min(first + count, speech.samples.count)])
    return samples + [Int16](repeating: 0, count: count - samples.count)
  }

  /// The index of the last cue that has begun.
  private func last<Cue>(of cues: [Cue], at position: Duration, start: (Cue) -> Duration) -> Int? {
    var (low, high) = (0, cues.count)
    while low < high {
      let middle = (low + high) / 2
      if start(cues[middle]) <= position { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : low - 1
  }
}
