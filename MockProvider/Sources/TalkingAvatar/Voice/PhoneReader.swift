// Reads text as the sounds of the built-in voice: which, how long, and where pauses are.
import Foundation

/// Turns the characters of a run into phones.
struct PhoneReader {
  /// The most letters of one character that are said, so that no cluster of marks lasts for minutes.
  static let maximumLetters = 8

  private(set) var phones: [Phone] = []

  init(_ run: TextRun) {
    var position = run.start
    for character in run.text {
      append(character, at: position)
      position += character.unicodeScalars.count
    }
  }

  private mutating func append(_ character: Character, at position: Int) {
    let letters = Spelling.letters(of: character)
    if letters.isEmpty {
      append(pause: Self.pause(for: character), at: position)
    } else {
      for letter in letters.prefix(Self.maximumLetters) { append(letter: letter, at: position) }
    }
  }

  private mutating func append(pause: Duration, at position: Int) {
    guard pause > .zero else { return }
    // One pause for ", " and "...": the longest of them.
    if phones.last?.sound == .pause {
      phones[phones.count - 1].duration = max(pause, phones[phones.count - 1].duration)
    } else {
      phones.append(Phone(sound: .pause, duration: pause, position: position))
    }
  }

  private mutating func append(letter: Character, at position: Int) {
    let (sound, duration) = Self.sound(of: letter)
    phones.append(Phone(sound: sound, duration: duration, position: position))
  }

  private static func pause(for character: Character) -> Duration {
    if character.isNewline { return .milliseconds(300) }
    if character.isWhitespace { return .milliseconds(40) }
    switch character {
    case ".", "!", "?", "…", "。", "！", "？", "؟", "।", ":": return .milliseconds(400)
    case ",", ";", "、", "，", "،", "–", "—": return .milliseconds(220)
    default: return .zero
    }
  }

  private static func sound(of letter: Character) -> (Phone.Sound, Duration) {
    if let vowel = Phone.Vowel(rawValue: String(letter)) { return (.vowel(vowel), .milliseconds(95)) }
    switch letter {
    case "m": return (.nasal(isLabial: true), .milliseconds(65))
    case "n": return (.nasal(isLabial: false), .milliseconds(60))
    case "l", "r", "y", "j": return (.liquid(isRound: false), .milliseconds(55))
    case "w": return (.liquid(isRound: true), .milliseconds(60))
    case "s", "c", "x": return (.fricative(frequency: 6000, isVoiced: false, isLabial: false), .milliseconds(80))
    case "z": return (.fricative(frequency: 5000, isVoiced: true, isLabial: false), .milliseconds(70))
    case "f": return (.fricative(frequency: 4000, isVoiced: false, isLabial: true), .milliseconds(75))
    case "v": return (.fricative(frequency: 3000, isVoiced: true, isLabial: true), .milliseconds(60))
    case "h": return (.fricative(frequency: 1500, isVoiced: false, isLabial: false), .milliseconds(55))
    case "b", "p": return (.stop(isVoiced: letter == "b", isLabial: true), .milliseconds(70))
    default: return (.stop(isVoiced: letter == "d" || letter == "g", isLabial: false), .milliseconds(65))
    }
  }
}

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
