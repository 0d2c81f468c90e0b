// Divides what is to be said into words, pauses and runs of one language.

/// One thing to be said, as a vendor's API asks for it.
public struct Utterance: Sendable, Hashable {
  public enum Content: Sendable, Hashable {
    /// Plain text: a tag in it is text too.
    case text(String)
    /// Speech Synthesis Markup Language (W3C SSML 1.1). What is broken in it is said as well as it goes.
    case ssml(String)
    /// The bytes of a WAV file.
    case audio([UInt8])
  }

  public var content: Content
  /// The language that was asked for, as a BCP 47 tag. Without one it follows from ``voice``, else from the text.
  public var language: String?
  /// The voice that was asked for by the vendor's own id, as in `ja-JP-NanamiNeural`. Ids that name no language, as
  /// ElevenLabs' and HeyGen's do, leave it to the text.
  public var voice: String?

  public init(_ content: Content, language: String? = nil, voice: String? = nil) {
    self.content = content
    self.language = language
    self.voice = voice
  }
}

/// The bounds of what is said and of who waits for it.
public enum SpeechLimits {
  /// The longest text or SSML in UTF-16 units, as D-ID counts its 40,000 (its OpenAPI document of 2023-12).
  public static let characters = 40_000
  /// The longest speech; 58 MB of samples, and as long as a HeyGen session lasts at most (its guide: 10 minutes).
  public static let duration = Duration.seconds(600)
  /// The longest single pause (Microsoft's SSML reference for `break`: 20 s).
  public static let pause = Duration.seconds(20)
  /// How many utterances wait or are worked on at once.
  public static let waiting = 64
}

/// What remains of an utterance's text once its markup was understood.
struct SpokenText: Equatable {
  enum Part: Equatable {
    /// Words, and the language that the markup names for them.
    case words(String, language: String?)
    case pause(Duration)
  }

  /// In order of time; no words are empty.
  private(set) var parts: [Part] = []

  init() {}

  /// Plain text: nothing in it is markup.
  init(plain text: String) { append(text, language: nil) }

  /// The words without the markup.
  var plain: String {
    parts.reduce(into: "") { plain, part in
      if case .words(let words, _) = part { plain += words }
    }
  }

  /// Adds words; those of the same language as the last become one part with them.
  mutating func append(_ words: String, language: String?) {
    guard !words.isEmpty else { return }
    if case .words(var joined, language)? = parts.last {
      // Taken out first, so that the words are appended in place: a text may have thousands of tags.
      parts.removeLast()
      joined += words
      parts.append(.words(joined, language: language))
    } else {
      parts.append(.words(words, language: language))
    }
  }

  mutating func append(pause: Duration) {
    parts.append(.pause(min(SpeechLimits.pause, max(.zero, pause))))
  }
}

/// Words of one language, and where they stand in the plain text.
struct TextRun: Equatable {
  var text: String
  /// The position of its first Unicode scalar in the plain text.
  var start: Int
  /// A BCP 47 tag in lower case.
  var language: String

  /// Cuts words where their language changes; what belongs to no script goes with what stands before it.
  static func runs(of words: String, start: Int, requested: String?, hasKana: Bool) -> [TextRun] {
    var runs: [TextRun] = []
    var offset = start
    /// Whether the last run has a character of any script yet.
    var hasScript = false
    for character in words {
      let script = character.unicodeScalars.lazy.compactMap(WritingSystem.init).first
      let scalars = character.unicodeScalars.count
      defer { offset += scalars }
      if let last = runs.indices.last {
        guard let script else {
          runs[last].text.append(character)
          continue
        }
        let language = SpokenLanguage.language(for: script, requested: requested, hasKana: hasKana)
        if language == runs[last].language || !hasScript {
          runs[last].text.append(character)
          runs[last].language = language
          hasScript = true
          continue
        }
      }
      let language = SpokenLanguage.language(for: script, requested: requested, hasKana: hasKana)
      runs.append(TextRun(text: String(character), start: offset, language: language))
      hasScript = script != nil
    }
    return runs
  }
}

/// Decides on languages, by what was asked for and by the script.
enum SpokenLanguage {
  /// The language that a voice id begins with, as Microsoft's do (`de-DE-KatjaNeural`, `zh-CN-liaoning-XiaobeiNeural`);
  /// nil for ids that name none.
  static func tag(ofVoice voice: String) -> String? {
    let parts = voice.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 2, (2...3).contains(parts[0].count), parts[1].count == 2,
      parts[0].allSatisfy({ $0.isASCII && $0.isLowercase }), parts[1].allSatisfy({ $0.isASCII && $0.isUppercase })
    else { return nil }
    return "\(parts[0])-\(parts[1])"
  }

  /// True for voice ids that bear a name usually given to women, of Microsoft's and Amazon's lists.
  static func isFemale(voice: String) -> Bool { female.contains { voice.contains($0) } }

  private static let female = [
    "Jenny", "Aria", "Sara", "Nancy", "Michelle", "Ana", "Emma", "Ava", "Sonia", "Libby", "Natasha", "Clara", "Neerja",
    "Katja", "Amala", "Denise", "Eloise", "Elvira", "Dalia", "Elsa", "Isabella", "Nanami", "Aoi", "Mayu", "SunHi",
    "Xiao", "HiuMaan", "HsiaoChen", "Francisca", "Raquel", "Svetlana", "Dariya", "Polina", "Swara", "Zariyah", "Salma",
    "Hila", "Athina", "Premwadee", "Joanna", "Kendra", "Salli", "Amy", "Mizuki", "Takumi-f", "Vicki", "Marlene", "Lea",
  ]

  /// The language for words in a script: what was asked for if it is written so, else what the script suggests.
  /// - Parameter hasKana: whether the whole text has kana, so that its Han characters are Japanese.
  static func language(for script: WritingSystem?, requested: String?, hasKana: Bool) -> String {
    let requested = requested?.lowercased()
    guard let script else { return requested ?? "en-us" }
    if let requested, WritingSystem.used(by: requested).contains(script) { return requested }
    if script == .han, hasKana { return "ja" }
    return script.usualLanguage
  }
}

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
