// The state of a voice while it speaks: where the formants are, and how loud voice and noise sound.
import Foundation

/// What one phone wants of the vocal tract, or what it has come to.
struct VocalTract {
  /// The first three formants in hertz (Peterson, Barney: "Control methods used in a study of the vowels", 1952).
  var formants: SIMD3<Float> = [500, 1500, 2500]
  /// Loudness of the voice, 0 to 1.
  var voice: Float = 0
  /// Loudness of the noise, 0 to 1.
  var noise: Float = 0
  /// Where the noise lies in hertz.
  var noiseFrequency: Float = 3000

  init() {}

  /// - Parameter progress: how much of the phone is over, 0 to 1.
  init(_ sound: Phone.Sound, progress: Float) {
    switch sound {
    case .vowel(let vowel):
      formants = Self.formants(of: vowel)
      voice = 1
    case .nasal(let isLabial):
      formants = [280, isLabial ? 1000 : 1500, 2300]
      voice = 0.45
    case .liquid(let isRound):
      formants = isRound ? [320, 750, 2300] : [380, 1300, 2600]
      voice = 0.65
    case .fricative(let frequency, let isVoiced, _):
      voice = isVoiced ? 0.3 : 0
      noise = 0.5
      noiseFrequency = frequency
    case .stop(let isVoiced, let isLabial):
      // Closed first, then a burst.
      voice = isVoiced ? 0.2 : 0
      noise = progress > 0.6 ? 0.7 : 0
      noiseFrequency = isLabial ? 1200 : 3500
    case .pause: break
    }
  }

  private static func formants(of vowel: Phone.Vowel) -> SIMD3<Float> {
    switch vowel {
    case .a: [730, 1090, 2440]
    case .e: [530, 1840, 2480]
    case .i: [270, 2290, 3010]
    case .o: [570, 840, 2410]
    case .u: [300, 870, 2240]
    }
  }

  /// Moves part of the way to another state.
  mutating func approach(_ target: VocalTract, share: Float) {
    formants += (target.formants - formants) * share
    voice += (target.voice - voice) * share
    noise += (target.noise - noise) * share
    noiseFrequency = target.noise > 0 ? target.noiseFrequency : noiseFrequency
  }
}
