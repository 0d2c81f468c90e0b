// Reads SSML as it is found in the wild: what is broken is said as well as it goes.

/// Understands pauses, languages and entities of SSML (W3C SSML 1.1); other tags vanish, their words stay.
struct SSMLReader {
  /// No tag is longer, in bytes; a `<` that no `>` follows within it is a character like any other.
  static let maximumTagLength = 2048
  /// Languages that may be nested; deeper ones are those of the outermost.
  static let maximumDepth = 64
  /// The longest entity, `&#x10FFFF;`.
  private static let maximumEntityLength = 12

  private var rest: Substring
  private var text = SpokenText()
  private var words = ""
  private var languages: [(tag: String, language: String?)] = []

  private init(_ ssml: String) { rest = Substring(ssml) }

  /// What is said of `ssml`.
  static func read(_ ssml: String) -> SpokenText {
    var reader = SSMLReader(ssml)
    return reader.read()
  }

  private mutating func read() -> SpokenText {
    while let next = rest.first {
      if next == "<", readMarkup() { continue }
      if next == "&", readEntity() { continue }
      words.append(next)
      rest.removeFirst()
    }
    flush()
    return text
  }

  private mutating func flush() {
    text.append(words, language: languages.last { $0.language != nil }?.language)
    words = ""
  }

  /// False where a `<` begins no markup.
  private mutating func readMarkup() -> Bool {
    if skip(from: "<!--", to: "-->") || skip(from: "<?", to: "?>") { return true }
    if rest.hasPrefix("<![CDATA[") {
      let end = rest.firstRange(of: "]]>")
      words += rest[..<(end?.lowerBound ?? rest.endIndex)].dropFirst(9)
      rest = end.map { rest[$0.upperBound...] } ?? ""
      return true
    }
    guard let first = rest.dropFirst().first, first.isLetter || first == "/" || first == "!",
      let end = Self.endOfTag(rest)
    else { return false }
    let tag = SSMLTag(rest[rest.index(after: rest.startIndex)..<end])
    rest = rest[rest.index(after: end)...]
    flush()
    apply(tag)
    return true
  }

  private mutating func skip(from start: String, to end: String) -> Bool {
    guard rest.hasPrefix(start), let close = rest.firstRange(of: end) else { return false }
    rest = rest[close.upperBound...]
    return true
  }

  /// The `>` of a tag: one inside of quotes does not count unless the quotes never end.
  private static func endOfTag(_ rest: Substring) -> Substring.Index? {
    var quote: Character?
    var first: Substring.Index?
    let window = rest.utf8.prefix(maximumTagLength)
    guard window.contains(UInt8(ascii: ">")) else { return nil }
    for index in rest[..<window.endIndex].indices {
      let character = rest[index]
      if character == ">" {
        if quote == nil { return index }
        first = first ?? index
      } else if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      }
    }
    return first
  }

  private mutating func apply(_ tag: SSMLTag) {
    if tag.name == "break" {
      if !tag.isClosing { text.append(pause: tag.pause) }
    } else if tag.isClosing {
      if let index = languages.lastIndex(where: { $0.tag == tag.name }) { languages.removeSubrange(index...) }
      if tag.name == "p" || tag.name == "s" {
        text.append(pause: tag.name == "p" ? .milliseconds(500) : .milliseconds(250))
      }
    } else if !tag.isEmpty, tag.name != "speak", languages.count < Self.maximumDepth {
      let named = tag.name == "voice" ? tag["name"].flatMap(SpokenLanguage.tag(ofVoice:)) : nil
      languages.append((tag.name, tag["xml:lang"] ?? named))
    }
  }

  /// False where a `&` begins no entity that is known.
  private mutating func readEntity() -> Bool {
    let window = rest.prefix(Self.maximumEntityLength)
    guard let end = window.firstIndex(of: ";"),
      let value = Self.entity(window[window.index(after: window.startIndex)..<end])
    else { return false }
    words.append(value)
    rest = rest[rest.index(after: end)...]
    return true
  }

  private static func entity(_ name: Substring) -> Character? {
    switch name {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    case "nbsp": return "\u{A0}"
    default: break
    }
    guard name.hasPrefix("#") else { return nil }
    let isHex = name.dropFirst().first == "x" || name.dropFirst().first == "X"
    let number = isHex ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst())
    return number.flatMap(Unicode.Scalar.init).map(Character.init)
  }
}
