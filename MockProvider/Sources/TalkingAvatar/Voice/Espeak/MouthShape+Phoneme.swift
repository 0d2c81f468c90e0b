// How a mouth looks for a sound of the International Phonetic Alphabet.

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
