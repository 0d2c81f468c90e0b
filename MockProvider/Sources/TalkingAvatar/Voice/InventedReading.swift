// Readings for characters that no voice here can read.

/// Gives a character syllables that follow from its code point: wrong as words, right in number and always the same.
enum InventedReading {
  private static let consonants = ["k", "s", "t", "n", "h", "m", "r", "g", "b", "d"]
  private static let vowels = ["a", "i", "u", "e", "o"]

  /// One open syllable in Latin letters.
  static func syllable(for scalar: Unicode.Scalar) -> String {
    let value = Int(scalar.value)
    return consonants[value % consonants.count] + vowels[value / consonants.count % vowels.count]
  }

  /// The second syllable of a Han character: its usual Japanese readings end in these.
  static func secondSyllable(for scalar: Unicode.Scalar) -> String {
    ["i", "u", "n", "ku", "tu", "ki"][Int(scalar.value) / 50 % 6]
  }

  /// The same two syllables in kana, for a voice that reads kana.
  static func kana(for scalar: Unicode.Scalar) -> String {
    let value = Int(scalar.value)
    let first = kanaRows[value % kanaRows.count][value / kanaRows.count % vowels.count]
    return String(first) + ["い", "う", "ん", "く", "つ", "き"][value / 50 % 6]
  }

  private static let kanaRows = [
    "かきくけこ", "さしすせそ", "たちつてと", "なにぬねの", "はひふへほ", "まみむめも", "らりるれろ", "がぎぐげご",
    "ばびぶべぼ", "だじずでど",
  ].map(Array.init)
}
