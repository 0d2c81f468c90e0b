// In which language a piece of text is said.

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
