// One sound of the built-in voice.

/// A vowel, a consonant or a pause.
struct Phone: Equatable {
  enum Vowel: String { case a, e, i, o, u }

  enum Sound: Equatable {
    case vowel(Vowel)
    /// m and n.
    case nasal(isLabial: Bool)
    /// l, r, w and y; w rounds the lips.
    case liquid(isRound: Bool)
    /// s, f, h and their kin, by the frequency of the noise in hertz.
    case fricative(frequency: Float, isVoiced: Bool, isLabial: Bool)
    /// p, t, k and b, d, g.
    case stop(isVoiced: Bool, isLabial: Bool)
    case pause
  }

  var sound: Sound
  var duration: Duration
  /// The position in the plain text of what it is read from.
  var position: Int

  var mouth: MouthShape {
    switch sound {
    case .vowel(.a): MouthShape(openness: 0.9, spread: 0.1)
    case .vowel(.e): MouthShape(openness: 0.55, spread: 0.6)
    case .vowel(.i): MouthShape(openness: 0.35, spread: 0.9)
    case .vowel(.o): MouthShape(openness: 0.65, spread: -0.6)
    case .vowel(.u): MouthShape(openness: 0.35, spread: -0.9)
    case .nasal(let isLabial), .stop(_, let isLabial): isLabial ? .closed : MouthShape(openness: 0.2)
    case .liquid(let isRound): MouthShape(openness: 0.3, spread: isRound ? -0.7 : 0)
    case .fricative(_, _, let isLabial): MouthShape(openness: isLabial ? 0.08 : 0.2, spread: 0.3)
    case .pause: .closed
    }
  }
}
