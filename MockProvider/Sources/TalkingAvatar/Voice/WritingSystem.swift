// Which script a character belongs to, as far as it decides who can say it.

/// The scripts that are told apart.
enum WritingSystem: Sendable, Hashable {
  case latin, greek, cyrillic, hebrew, arabic, devanagari, thai, hangul, kana, han

  /// Nil for what belongs to no script: spaces, digits, punctuation, symbols, and scripts that are not told apart.
  init?(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x41...0x5A, 0x61...0x7A, 0xAA, 0xBA, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x24F, 0x1E00...0x1EFF, 0xFF21...0xFF3A,
      0xFF41...0xFF5A:
      self = .latin
    case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
    case 0x400...0x52F: self = .cyrillic
    case 0x590...0x5FF: self = .hebrew
    case 0x600...0x6FF, 0x750...0x77F, 0xFB50...0xFDFF, 0xFE70...0xFEFC: self = .arabic
    case 0x900...0x97F: self = .devanagari
    case 0xE00...0xE7F: self = .thai
    case 0x1100...0x11FF, 0x3130...0x318F, 0xAC00...0xD7A3: self = .hangul
    case 0x3041...0x3096, 0x309D...0x309F, 0x30A1...0x30FA, 0x30FC...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F:
      self = .kana
    case 0x3005, 0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF: self = .han
    default: return nil
    }
  }

  /// True where words are not separated by spaces.
  var isUnspaced: Bool { self == .kana || self == .han || self == .thai }

  /// The language that a text in this script is in when nothing else says so.
  var usualLanguage: String {
    switch self {
    case .latin: "en-us"
    case .greek: "el"
    case .cyrillic: "ru"
    case .hebrew: "he"
    case .arabic: "ar"
    case .devanagari: "hi"
    case .thai: "th"
    case .hangul: "ko"
    case .kana: "ja"
    case .han: "cmn"
    }
  }

  /// The scripts in which a language is written, by the first part of its BCP 47 tag.
  static func used(by language: String) -> Set<WritingSystem> {
    switch language.prefix(while: { $0 != "-" }) {
    case "ja": [.kana, .han]
    case "zh", "cmn", "yue": [.han]
    case "ko": [.hangul]
    case "ru", "uk", "bg", "be", "mk", "kk", "ky", "mn", "tt": [.cyrillic]
    case "sr", "bs", "uz": [.cyrillic, .latin]
    case "el": [.greek]
    case "he", "iw": [.hebrew]
    case "ar", "fa", "ur", "ug": [.arabic]
    case "hi", "mr", "ne": [.devanagari]
    case "th": [.thai]
    default: [.latin]
    }
  }
}
