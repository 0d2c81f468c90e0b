// A strict, bounded JSON parser: one pass that checks and builds.
import Basics

/// Parses RFC 8259 JSON and nothing else: no comments, no trailing commas, no duplicate names, no lone surrogates.
///
/// Depth and the number of values are bounded, so hostile input costs at most a small multiple of its length.
public struct JSONParser {
  /// How much nesting and how many values are accepted.
  public struct Limits: Sendable {
    /// How deep arrays and objects may be nested.
    public var depth: Int
    /// How many values there may be in all.
    public var values: Int
    public init(depth: Int = 16, values: Int = 20_000) {
      self.depth = depth
      self.values = values
    }
  }

  let bytes: [UInt8]
  private let limits: Limits
  var position = 0
  private var values = 0

  private init(_ bytes: [UInt8], _ limits: Limits) {
    self.bytes = bytes
    self.limits = limits
  }

  /// Parses one JSON text in UTF-8; white space may stand around it.
  /// - Throws: ``JSONSyntaxError`` with the offset of the first mistake.
  public static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(JSONSyntaxError) -> JSONValue {
    var parser = JSONParser(bytes, limits)
    parser.skipWhitespace()
    let value = try parser.value(depth: 0)
    parser.skipWhitespace()
    guard parser.position == bytes.count else { throw JSONSyntaxError(.trailingBytes, at: parser.position) }
    return value
  }

  /// Parses one JSON text given as a string.
  public static func parse(_ text: String, limits: Limits = Limits()) throws(JSONSyntaxError) -> JSONValue {
    try parse(Array(text.utf8), limits: limits)
  }
}

extension JSONParser {
  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    values += 1
    guard values <= limits.values else { throw JSONSyntaxError(.tooManyValues, at: position) }
    switch try peek() {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw JSONSyntaxError(.unexpectedByte, at: position)
    }
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    guard depth <= limits.depth else { throw JSONSyntaxError(.tooDeep, at: position) }
    position += 1
    var members: [JSONObject.Member] = []
    var names: Set<[UInt8]> = []
    skipWhitespace()
    if try peek() == UInt8(ascii: "}") {
      position += 1
      return .object(JSONObject())
    }
    members.reserveCapacity(4)
    while true {
      skipWhitespace()
      let start = position
      guard try peek() == UInt8(ascii: "\"") else { throw JSONSyntaxError(.unexpectedByte, at: position) }
      let name = try string()
      // A set only pays once there are many members; a hostile object may have thousands.
      let isNew: Bool
      if members.count < 8 {
        isNew = !members.contains { $0.name.isExactly(name) }
      } else {
        if names.isEmpty { names = Set(members.map { Array($0.name.utf8) }) }
        isNew = names.insert(Array(name.utf8)).inserted
      }
      guard isNew else { throw JSONSyntaxError(.duplicateKey, at: start) }
      skipWhitespace()
      try expect(UInt8(ascii: ":"))
      skipWhitespace()
      members.append(.init(name: name, value: try value(depth: depth)))
      if try endsContainer(with: UInt8(ascii: "}")) { return .object(JSONObject(members)) }
    }
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    guard depth <= limits.depth else { throw JSONSyntaxError(.tooDeep, at: position) }
    position += 1
    var elements: [JSONValue] = []
    skipWhitespace()
    if try peek() == UInt8(ascii: "]") {
      position += 1
      return .array([])
    }
    while true {
      skipWhitespace()
      elements.append(try value(depth: depth))
      if try endsContainer(with: UInt8(ascii: "]")) { return .array(elements) }
    }
  }

  /// Reads the comma or the closing bracket after an element.
  private mutating func endsContainer(with close: UInt8) throws(JSONSyntaxError) -> Bool {
    skipWhitespace()
    let byte = try peek()
    guard byte == close || byte == UInt8(ascii: ",") else { throw JSONSyntaxError(.unexpectedByte, at: position) }
    position += 1
    return byte == close
  }

  private mutating func literal(_ text: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
    for byte in text.utf8 { try expect(byte) }
    return value
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    var isInteger = true
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
      position += 1
    } else {
      try digits(from: start)
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try digits(from: start)
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
        position += 1
      }
      try digits(from: start)
    }
    // Ids and indexes are short: 18 digits always fit.
    if isInteger, position - start <= 18 { return .integer(shortInteger(from: start)) }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw JSONSyntaxError(.numberOutOfRange, at: start) }
    return .number(number)
  }

  private func shortInteger(from start: Int) -> Int64 {
    var magnitude: Int64 = 0
    for byte in bytes[start..<position] where byte != UInt8(ascii: "-") {
      magnitude = magnitude * 10 + Int64(byte - UInt8(ascii: "0"))
    }
    return bytes[start] == UInt8(ascii: "-") ? -magnitude : magnitude
  }

  private mutating func digits(from start: Int) throws(JSONSyntaxError) {
    let first = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    guard position > first else { throw JSONSyntaxError(.invalidNumber, at: start) }
  }

  mutating func expect(_ byte: UInt8) throws(JSONSyntaxError) {
    guard try peek() == byte else { throw JSONSyntaxError(.unexpectedByte, at: position) }
    position += 1
  }

  func peek() throws(JSONSyntaxError) -> UInt8 {
    guard position < bytes.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
    return bytes[position]
  }

  private mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }
}
