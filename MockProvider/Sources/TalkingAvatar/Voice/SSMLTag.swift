// One tag of SSML: its name and its attributes.

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
