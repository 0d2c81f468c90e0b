// Reads the strings of JSON.

extension JSONParser {
  /// Reads a string from its opening to its closing quote (RFC 8259 section 7).
  mutating func string() throws(JSONSyntaxError) -> String {
    position += 1
    let start = position
    var isASCII = true
    let end = try endOfPlainText(&isASCII)
    if bytes[end] == UInt8(ascii: "\"") {
      // Most strings have no escape: they are copied in one go, and ASCII needs no further look.
      position += 1
      if isASCII { return String(decoding: bytes[start..<end], as: UTF8.self) }
      return try utf8(bytes[start..<end], at: start)
    }
    var unescaped: [UInt8] = []
    var plain = start
    while true {
      let end = try endOfPlainText(&isASCII)
      unescaped.append(contentsOf: bytes[plain..<end])
      position += 1
      if bytes[end] == UInt8(ascii: "\"") { return try utf8(unescaped[...], at: start) }
      try escape(into: &unescaped)
      plain = position
    }
  }

  /// Moves on to the next quote or backslash and says where it stands.
  /// - Parameter isASCII: becomes false when another byte was met.
  private mutating func endOfPlainText(_ isASCII: inout Bool) throws(JSONSyntaxError) -> Int {
    var seen: UInt8 = 0
    defer { if seen >= 0x80 { isASCII = false } }
    while true {
      let byte = try peek()
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return position }
      guard byte >= 0x20 else { throw JSONSyntaxError(.controlCharacter, at: position) }
      seen |= byte
      position += 1
    }
  }

  private mutating func escape(into unescaped: inout [UInt8]) throws(JSONSyntaxError) {
    let byte = try peek()
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
    case UInt8(ascii: "b"): unescaped.append(0x08)
    case UInt8(ascii: "f"): unescaped.append(0x0C)
    case UInt8(ascii: "n"): unescaped.append(0x0A)
    case UInt8(ascii: "r"): unescaped.append(0x0D)
    case UInt8(ascii: "t"): unescaped.append(0x09)
    case UInt8(ascii: "u"): unescaped.append(contentsOf: String(try unicodeEscape()).utf8)
    default: throw JSONSyntaxError(.invalidEscape, at: position - 1)
    }
  }

  private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
    let start = position
    let first = try fourHexDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
      throw JSONSyntaxError(.invalidUTF8, at: start)
    }
    position += 2
    let second = try fourHexDigits()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    else { throw JSONSyntaxError(.invalidUTF8, at: start) }
    return scalar
  }

  private mutating func fourHexDigits() throws(JSONSyntaxError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = try peek()
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw JSONSyntaxError(.invalidEscape, at: position)
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private func utf8(_ slice: ArraySlice<UInt8>, at start: Int) throws(JSONSyntaxError) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else { throw JSONSyntaxError(.invalidUTF8, at: start) }
    return text
  }
}
