// How long a text takes to say.

/// Estimates speech by its length: the vendors answer with a duration, so the mock needs one that follows from the
/// text.
enum SpeechDuration {
  /// Characters spoken in a second; ordinary English speech at about 150 words a minute.
  static let charactersPerSecond = 15
  /// No utterance is shorter.
  static let shortest = Duration.milliseconds(200)
  /// What an audio file is taken to last, since it is never fetched.
  static let audioFile = Duration.seconds(3)
  /// A single `<break>` counts for at most this (Microsoft's SSML reference: 20 s).
  static let longestBreak = Duration.seconds(20)

  /// The duration of plain text.
  static func ofText(_ text: String) -> Duration {
    max(shortest, .milliseconds(text.count * 1000 / charactersPerSecond))
  }

  /// The duration of SSML: its text without the tags, and its breaks.
  static func ofSSML(_ ssml: String) -> Duration {
    var spoken = 0
    var breaks = Duration.zero
    var rest = Substring(ssml)
    while let open = rest.firstIndex(of: "<") {
      spoken += rest[..<open].count
      guard let close = rest[open...].firstIndex(of: ">") else {
        rest = ""
        break
      }
      breaks += pause(tag: rest[rest.index(after: open)..<close])
      rest = rest[rest.index(after: close)...]
    }
    spoken += rest.count
    return max(shortest, .milliseconds(spoken * 1000 / charactersPerSecond) + breaks)
  }

  /// The time of a `break` tag (W3C SSML 1.1 section 3.2.3); without a `time` a medium pause of 750 ms.
  private static func pause(tag: Substring) -> Duration {
    guard tag == "break" || tag.hasPrefix("break ") || tag.hasPrefix("break/") else { return .zero }
    guard let attribute = tag.firstRange(of: "time=") else { return .milliseconds(750) }
    let value = tag[attribute.upperBound...].drop { $0 == "\"" || $0 == "'" }
    let digits = value.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), number.isFinite, number >= 0 else { return .zero }
    let milliseconds = value.dropFirst(digits.count).hasPrefix("ms") ? number : number * 1000
    return min(longestBreak, .milliseconds(Int64(min(milliseconds, 1e9))))
  }
}
