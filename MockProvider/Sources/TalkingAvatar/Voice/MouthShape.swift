// Says how a mouth looks at one moment, by the phoneme or by loudness alone.
import Foundation

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

/// Opens the mouth as far as a sound is loud.
enum LoudnessMouth {
  /// How often the mouth may change: 25 times a second, as often as pictures do.
  static let step = Duration.milliseconds(40)
  /// What is quieter than this, of a full scale of 1, is silence (-40 dB).
  static let silence: Float = 0.01
  /// What is as loud as this opens the mouth entirely (-12 dB).
  static let loudest: Float = 0.25

  static func cues(of samples: [Int16]) -> [Speech.MouthCue] {
    let length = SpeechAssembler.samples(in: step)
    var cues: [Speech.MouthCue] = []
    for start in stride(from: 0, to: samples.count, by: length) {
      let window = samples[start..<min(samples.count, start + length)]
      let energy = window.reduce(into: Float(0)) { $0 += Float($1) * Float($1) }
      let level = (energy / Float(window.count)).squareRoot() / 32768
      let openness = level < silence ? 0 : 0.2 + 0.8 * min(1, level / loudest)
      let shape = MouthShape(openness: (openness * 16).rounded() / 16)
      if shape != (cues.last?.shape ?? .closed) {
        cues.append(Speech.MouthCue(start: SpeechAssembler.duration(of: start), shape: shape))
      }
    }
    if let last = cues.last, last.shape != .closed {
      let end = SpeechAssembler.duration(of: samples.count) - .milliseconds(1)
      cues.append(Speech.MouthCue(start: max(last.start, end), shape: .closed))
    }
    return cues
  }
}

extension MouthShape {
  /// The shape for a phoneme by its first letter; closed for a pause.
  init(phoneme: String) {
    // Stress and length marks are not sounds.
    let letter = phoneme.unicodeScalars.first { !"ˈˌːˑ̩̃".unicodeScalars.contains($0) }
    switch letter {
    case nil, "_", " ", "p", "b", "m", "ɓ": self = .closed
    case "a", "ɑ", "æ", "ɐ", "ɒ", "ä": self = MouthShape(openness: 0.9, spread: 0.1)
    case "e", "ɛ", "œ": self = MouthShape(openness: 0.55, spread: 0.6)
    case "i", "ɪ", "y", "ɨ", "j": self = MouthShape(openness: 0.35, spread: 0.9)
    case "o", "ɔ", "ø", "ɤ": self = MouthShape(openness: 0.65, spread: -0.6)
    case "u", "ʊ", "ɯ", "w", "ʉ": self = MouthShape(openness: 0.35, spread: -0.9)
    case "ə", "ɜ", "ʌ", "ɚ", "ɝ", "ɵ": self = MouthShape(openness: 0.5)
    case "f", "v", "ʋ": self = MouthShape(openness: 0.08, spread: 0.2)
    case "ʃ", "ʒ", "ɹ", "ɕ", "ʑ": self = MouthShape(openness: 0.25, spread: -0.4)
    default: self = MouthShape(openness: 0.22, spread: 0.2)
    }
  }
}
