// Finds the id of a message that is JSON but goes beyond the accepted limits.

/// Reads the top-level member `id` of a text that the parser gave up on (too deep, duplicate name, too many values), so
/// that the client learns which of its requests was refused. One pass, no recursion, no allocation.
enum RequestIDScanner {
  /// The id; nil when there is none, none that is accepted, or more than one.
  static func id(in text: [UInt8]) -> RequestID? {
    var depth = 0
    var position = 0
    var found: RequestID?
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        let start = position + 1
        position = endOfString(in: text, from: start)
        if depth == 1, text[start..<position].elementsEqual("id".utf8), let value = valueAfterName(in: text, position) {
          guard found == nil, let id = integer(in: text, from: value) else { return nil }
          found = id
        }
      default: break
      }
      position += 1
    }
    return found
  }

  /// Where the closing quote stands; the end of the text when there is none.
  private static func endOfString(in text: [UInt8], from start: Int) -> Int {
    var position = start
    while position < text.count, text[position] != UInt8(ascii: "\"") {
      position += text[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(position, text.count)
  }

  /// Where the value begins, if a colon follows the string that ends at `quote`.
  private static func valueAfterName(in text: [UInt8], _ quote: Int) -> Int? {
    let colon = skipWhitespace(in: text, from: quote + 1)
    guard colon < text.count, text[colon] == UInt8(ascii: ":") else { return nil }
    return skipWhitespace(in: text, from: colon + 1)
  }

  private static func skipWhitespace(in text: [UInt8], from start: Int) -> Int {
    var position = start
    while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
    return position
  }

  /// An accepted id that ends at a comma, a bracket or white space.
  private static func integer(in text: [UInt8], from start: Int) -> RequestID? {
    var value: Int64 = 0
    var position = start
    while position < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) {
      value = value * 10 + Int64(text[position] - UInt8(ascii: "0"))
      guard value <= RequestID.accepted.upperBound else { return nil }
      position += 1
    }
    guard position < text.count, text[start] != UInt8(ascii: "0"), value >= RequestID.accepted.lowerBound else { return nil }
    return [0x2C, 0x7D, 0x20, 0x09, 0x0A, 0x0D].contains(text[position]) ? RequestID(value) : nil
  }
}
