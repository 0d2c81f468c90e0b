// Reads text aloud on paper: which sounds, how long, and where pauses are.

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
