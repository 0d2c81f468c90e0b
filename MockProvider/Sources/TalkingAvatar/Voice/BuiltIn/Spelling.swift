// Writes any character with the few Latin letters that the built-in voice can say.
import Foundation

/// A rough transliteration: enough for syllables of about the right number and kind.
enum Spelling {
  /// Latin letters a to z; empty for what is not said, as punctuation.
  static func letters(of character: Character) -> String {
    if let first = character.unicodeScalars.first, let kana = kana(first) { return kana }
    var letters = ""
    for scalar in String(character).decomposedStringWithCanonicalMapping.lowercased().unicodeScalars {
      letters += Self.letters(of: scalar)
    }
    // An emoji of many scalars is one syllable.
    if letters.isEmpty, let first = character.unicodeScalars.first, first.properties.isEmoji, !first.isASCII {
      return InventedReading.syllable(for: first)
    }
    return letters
  }

  private static func letters(of scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0x61...0x7A: return String(scalar)
    case 0x30...0x39: return digits[Int(scalar.value - 0x30)]
    case 0x3B1...0x3C9: return at(scalar.value - 0x3B1, of: greek)
    case 0x430...0x44F: return at(scalar.value - 0x430, of: cyrillic)
    case 0x1100...0x1112: return at(scalar.value - 0x1100, of: hangulConsonants)
    case 0x1161...0x1175: return at(scalar.value - 0x1161, of: hangulVowels)
    case 0x11A8...0x11C2: return ["k", "n", "l", "m", "p", "s", "t"][Int(scalar.value) % 7]
    default: break
    }
    if WritingSystem(scalar) == .han {
      return InventedReading.syllable(for: scalar) + InventedReading.secondSyllable(for: scalar)
    }
    return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      ? InventedReading.syllable(for: scalar) : ""
  }

  private static func at(_ index: UInt32, of list: String) -> String {
    let parts = list.split(separator: " ")
    return parts.indices.contains(Int(index)) ? String(parts[Int(index)]) : "a"
  }

  private static let digits = ["ziro", "wan", "tu", "tri", "for", "faiv", "siks", "sevn", "eit", "nain"]
  private static let greek = "a v g d e z i t i k l m n ks o p r s s t u f h ps o"
  private static let cyrillic = "a b v g d e z z i i k l m n o p r s t u f h ts ch sh sh e i i e u a"
  private static let hangulConsonants = "k k n t t l m p p s s n j j ch k t p h"
  private static let hangulVowels = "a e ya ye o e yo ye o wa we we yo u wo we wi yu u ui i"

  /// Hiragana from U+3041 on, and katakana, which lie in the same order.
  private static func kana(_ scalar: Unicode.Scalar) -> String? {
    switch scalar.value {
    case 0x3041...0x3096: return hiragana[Int(scalar.value - 0x3041)]
    case 0x30A1...0x30F6: return hiragana[Int(scalar.value - 0x30A1)]
    case 0x30FC: return "a"
    case 0xFF66...0xFF9D: return InventedReading.syllable(for: scalar)
    default: return nil
    }
  }

  private static let hiragana = """
    a a i i u u e e o o ka ga ki gi ku gu ke ge ko go sa za si zi su zu se ze so zo ta da ti di t tu du te de to do \
    na ni nu ne no ha ba pa hi bi pi hu bu pu he be pe ho bo po ma mi mu me mo ya ya yu yu yo yo ra ri ru re ro wa wa \
    wi we o n vu ka ke
    """.split(separator: " ").map(String.init)
}
