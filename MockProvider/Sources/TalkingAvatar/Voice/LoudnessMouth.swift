// Moves a mouth by loudness, where nothing else is known of a sound.
import Foundation

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
