// Makes samples out of phones: a buzz and a hiss, filtered by the shape of a mouth.
import Foundation

/// A parallel formant synthesizer, small and deterministic.
struct FormantSynthesizer {
  /// After so many samples the filters are tuned anew: 2.5 ms.
  private static let block = 120
  /// Brings a vowel to about a sixth of full scale.
  private static let gain: Float = 9000

  private let pitch: Float
  private var tract = VocalTract()
  private var resonators = [Resonator(), Resonator(), Resonator()]
  private var hiss = Resonator()
  /// Where the vocal folds are in their cycle, 0 to 1.
  private var cycle: Float = 0
  private var lastFlow: Float = 0
  private var random: UInt32 = 0x2545_F491

  /// - Parameter pitch: the mean frequency of the voice in hertz.
  init(pitch: Float) { self.pitch = pitch }

  /// Adds the samples of one phone.
  /// - Parameter clause: how much of the words between two pauses is over, 0 to 1: the pitch falls meanwhile.
  mutating func append(_ phone: Phone, clause: Float, to samples: inout [Int16]) {
    let count = SpeechAssembler.samples(in: phone.duration)
    let isPause = phone.sound == .pause
    for start in stride(from: 0, to: count, by: Self.block) {
      tract.approach(VocalTract(phone.sound, progress: Float(start) / Float(count)), share: isPause ? 0.4 : 0.16)
      let length = min(Self.block, count - start)
      // What rings on is over after 30 ms; then silence is silence.
      if isPause, start > 12 * Self.block {
        samples += repeatElement(0, count: length)
      } else {
        tune()
        let frequency = pitch * (1.16 - 0.28 * clause + 0.03 * sin(Float(samples.count) / 5200))
        for _ in 0..<length { samples.append(next(frequency)) }
      }
    }
    if isPause { rest() }
  }

  private mutating func tune() {
    for index in 0..<3 { resonators[index].tune(to: tract.formants[index], bandwidth: 60 + 30 * Float(index)) }
    hiss.tune(to: tract.noiseFrequency, bandwidth: tract.noiseFrequency / 3)
  }

  private mutating func rest() {
    tract = VocalTract()
    resonators = [Resonator(), Resonator(), Resonator()]
    hiss = Resonator()
    lastFlow = 0
    cycle = 0
  }

  private mutating func next(_ frequency: Float) -> Int16 {
    cycle += frequency / Float(Speech.sampleRate)
    if cycle >= 1 { cycle -= 1 }
    let flow = Self.flow(cycle)
    // Lips radiate the change of the flow.
    let buzz = (flow - lastFlow) * 20 * tract.voice
    lastFlow = flow
    random = random &* 1_664_525 &+ 1_013_904_223
    let white = Float(Int32(bitPattern: random)) / Float(Int32.max) * tract.noise
    let voiced =
      resonators[0].filter(buzz) + 0.7 * resonators[1].filter(buzz) + 0.4 * resonators[2].filter(buzz)
    let value = (voiced + 0.9 * hiss.filter(white)) * Self.gain
    return Int16(max(-32767, min(32767, value)))
  }

  /// The air through the vocal folds (Rosenberg: "Effect of glottal pulse shape", JASA 49, 1971, shape C).
  private static func flow(_ cycle: Float) -> Float {
    if cycle < 0.4 { return 0.5 * (1 - cos(.pi * cycle / 0.4)) }
    if cycle < 0.56 { return cos(.pi / 2 * (cycle - 0.4) / 0.16) }
    return 0
  }
}
