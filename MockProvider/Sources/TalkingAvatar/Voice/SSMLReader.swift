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
  /// Where each end of a markup that has one comes next; nil inside where it never does. Without it, each of many
  /// comments that never end would be searched to the end of the text.
  private var ends: [String: Range<Substring.Index>?] = [:]

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
      let end = next("]]>")
      words += rest[..<(end?.lowerBound ?? rest.endIndex)].dropFirst(9)
      rest = end.map { rest[$0.upperBound...] } ?? ""
      return true
    }
    guard let first = rest.dropFirst().first, first.isLetter || first == "/" || first == "!",
      let end = endOfTag()
    else { return false }
    let tag = SSMLTag(rest[rest.index(after: rest.startIndex)..<end])
    rest = rest[rest.index(after: end)...]
    flush()
    apply(tag)
    return true
  }

  private mutating func skip(from start: String, to end: String) -> Bool {
    guard rest.hasPrefix(start), let close = next(end) else { return false }
    rest = rest[close.upperBound...]
    return true
  }

  /// The first place in what is left where an end stands. What is left only becomes less, so a place that lies ahead is
  /// still the first, and what was not found will not be.
  private mutating func next(_ end: String) -> Range<Substring.Index>? {
    if let known = ends[end], known.map({ $0.lowerBound >= rest.startIndex }) ?? true { return known }
    let found = rest.firstRange(of: end)
    ends[end] = .some(found)
    return found
  }

  /// The `>` of a tag: one inside of quotes does not count unless the quotes never end.
  private mutating func endOfTag() -> Substring.Index? {
    var quote: Character?
    var first: Substring.Index?
    let limit = rest.utf8.index(rest.startIndex, offsetBy: Self.maximumTagLength, limitedBy: rest.endIndex)
    let window = rest[..<(limit ?? rest.endIndex)]
    guard let close = next(">"), close.lowerBound < window.endIndex else { return nil }
    for index in window.indices {
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

/// A tag, without the `<` and `>` around it.
struct SSMLTag {
  let name: String
  /// `</p>`
  let isClosing: Bool
  /// `<break/>`
  let isEmpty: Bool
  private let attributes: [String: String]

  init(_ text: Substring) {
    isClosing = text.hasPrefix("/")
    isEmpty = text.hasSuffix("/")
    var rest = text.drop { $0 == "/" }
    if isEmpty { rest = rest.dropLast() }
    let name = rest.prefix { !$0.isWhitespace && $0 != "/" }
    self.name = name.lowercased()
    attributes = Self.attributes(rest.dropFirst(name.count))
  }

  subscript(_ attribute: String) -> String? { attributes[attribute] }

  /// `name="value"`, also with single quotes or none.
  private static func attributes(_ text: Substring) -> [String: String] {
    var attributes: [String: String] = [:]
    var rest = text
    while let equals = rest.firstIndex(of: "=") {
      let name = rest[..<equals].split(whereSeparator: \.isWhitespace).last ?? ""
      rest = rest[rest.index(after: equals)...].drop(while: \.isWhitespace)
      let value: Substring
      if let quote = rest.first, quote == "\"" || quote == "'" {
        value = rest.dropFirst().prefix { $0 != quote }
        rest = rest.dropFirst(value.count + 2)
      } else {
        value = rest.prefix { !$0.isWhitespace }
        rest = rest.dropFirst(value.count)
      }
      attributes[name.lowercased()] = String(value)
    }
    return attributes
  }

  /// How long a `break` lasts (W3C SSML 1.1 section 3.2.3): its `time`, else its `strength` by Microsoft's
  /// SSML reference, else a medium one.
  var pause: Duration {
    if let time = attributes["time"], let duration = Self.duration(time) { return duration }
    switch attributes["strength"]?.lowercased() {
    case "none": return .zero
    case "x-weak": return .milliseconds(250)
    case "weak": return .milliseconds(500)
    case "strong": return .milliseconds(1000)
    case "x-strong": return .milliseconds(1250)
    default: return .milliseconds(750)
    }
  }

  /// `1500ms`, `1.5s`; nil for anything else.
  private static func duration(_ text: String) -> Duration? {
    let text = text.lowercased().filter { !$0.isWhitespace }
    let isMilliseconds = text.hasSuffix("ms")
    guard text.hasSuffix("s"), let number = Double(text.dropLast(isMilliseconds ? 2 : 1)), number.isFinite else {
      return nil
    }
    return .milliseconds(Int64(min(1e9, max(0, isMilliseconds ? number : number * 1000))))
  }
}
