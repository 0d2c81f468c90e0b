// What the parser takes and what it refuses, in tables.
import StrictJSON
import Testing

@Suite("JSON parser")
struct JSONParserTests {
  struct Accepted: Sendable {
    let text: String
    let value: JSONValue
    init(_ text: String, _ value: JSONValue) {
      self.text = text
      self.value = value
    }
  }

  struct Refused: Sendable {
    let bytes: [UInt8]
    let code: JSONSyntaxError.Code
    let offset: Int
    init(_ text: String, _ code: JSONSyntaxError.Code, _ offset: Int) { self.init(Array(text.utf8), code, offset) }
    init(_ bytes: [UInt8], _ code: JSONSyntaxError.Code, _ offset: Int) {
      self.bytes = bytes
      self.code = code
      self.offset = offset
    }
  }

  static let accepted: [Accepted] = [
    .init("null", nil), .init("true", true), .init("false", false), .init(" \t\r\n0 \n", 0),
    .init("-0", 0), .init("-0.0", .number(-0.0)), .init("1.0", .number(1)), .init("1E5", .number(100_000)),
    .init("1e-2", .number(0.01)), .init("1.5e+3", .number(1500)), .init("5e-324", .number(.leastNonzeroMagnitude)),
    .init("1e-999", .number(0)), .init("9223372036854775807", .integer(.max)),
    .init("-9223372036854775808", .integer(.min)), .init("9223372036854775808", .number(9_223_372_036_854_775_808)),
    .init("\"\"", ""), .init(#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), .init(#""\u0041\u00e9\u20AC""#, "Aé€"),
    .init(#""\ud83d\ude00""#, "😀"), .init(#""\uD834\uDD1E""#, "𝄞"), .init(#""\u0000""#, "\u{0}"),
    .init(#""\uFFFF\uFEFF""#, "\u{FFFF}\u{FEFF}"), .init("\"\u{7f}\u{2028}😀\"", "\u{7f}\u{2028}😀"),
    .init("[]", []), .init("[ ]", []), .init("{}", [:]), .init("{ }", [:]),
    .init("[1, [2], {\"a\":3}]", [1, [2], ["a": 3]]),
    .init(#"{"":0}"#, ["": 0]), .init(#"{"a":1,"A":2}"#, ["a": 1, "A": 2]), .init(#"{"a":{"a":1}}"#, ["a": ["a": 1]]),
    .init(
      #"{"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":9,"10":10}"#,
      ["1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7, "8": 8, "9": 9, "10": 10]),
  ]

  static let refused: [Refused] = [
    // Not a value.
    .init("", .unexpectedEnd, 0), .init("  ", .unexpectedEnd, 2), .init("nul", .unexpectedEnd, 3),
    .init("nulL", .unexpectedByte, 3), .init("True", .unexpectedByte, 0), .init("NaN", .unexpectedByte, 0),
    .init("Infinity", .unexpectedByte, 0), .init("'a'", .unexpectedByte, 0), .init("// c\n1", .unexpectedByte, 0),
    .init("undefined", .unexpectedByte, 0), .init("\u{a0}1", .unexpectedByte, 0), .init("\u{b}1", .unexpectedByte, 0),
    .init([0], .unexpectedByte, 0), .init([0xEF, 0xBB, 0xBF, 0x31], .unexpectedByte, 0),
    .init([0xFF], .unexpectedByte, 0),
    // Something after the value.
    .init("1 2", .trailingBytes, 2), .init("{}}", .trailingBytes, 2), .init("null,", .trailingBytes, 4),
    .init("[1]\u{0}", .trailingBytes, 3), .init("truee", .trailingBytes, 4), .init("1#", .trailingBytes, 1),
    // Numbers.
    .init("+1", .unexpectedByte, 0), .init(".5", .unexpectedByte, 0), .init("-", .invalidNumber, 0),
    .init("-a", .invalidNumber, 0), .init("01", .trailingBytes, 1), .init("-01", .trailingBytes, 2),
    .init("1.", .invalidNumber, 0), .init("1.e1", .invalidNumber, 0), .init("1e", .invalidNumber, 0),
    .init("1e+", .invalidNumber, 0), .init("[1eE2]", .invalidNumber, 1), .init("0x1", .trailingBytes, 1),
    .init("1e999", .numberOutOfRange, 0), .init("-1e999", .numberOutOfRange, 0), .init("1_000", .trailingBytes, 1),
    .init("１", .unexpectedByte, 0),
    // Strings.
    .init("\"", .unexpectedEnd, 1), .init("\"a", .unexpectedEnd, 2), .init("\"\\", .unexpectedEnd, 2),
    .init("\"\\\"", .unexpectedEnd, 3), .init("\"\\x\"", .invalidEscape, 2), .init("\"\\'\"", .invalidEscape, 2),
    .init("\"\\U0041\"", .invalidEscape, 2), .init("\"\\u00g0\"", .invalidEscape, 5),
    .init("\"\\u00", .unexpectedEnd, 5),
    .init("\"a\nb\"", .controlCharacter, 2), .init("\"\t\"", .controlCharacter, 1),
    .init("\"\u{0}\"", .controlCharacter, 1),
    .init("\"\\n\u{1f}\"", .controlCharacter, 3),
    // Half surrogate pairs.
    .init(#""\ud800""#, .invalidUTF8, 3), .init(#""\udc00""#, .invalidUTF8, 3), .init(#""\ud800x""#, .invalidUTF8, 3),
    .init(#""\ud800\n""#, .invalidUTF8, 3), .init(#""\ud800\ud800""#, .invalidUTF8, 3),
    .init(#""\ud800\u0041""#, .invalidUTF8, 3), .init(#""\udc00\ud800""#, .invalidUTF8, 3),
    .init(#""\ud800"#, .invalidUTF8, 3), .init(#""\ud83d\ude0""#, .invalidEscape, 12),
    // Bytes that are not UTF-8: stray, overlong, surrogate, beyond U+10FFFF, cut off.
    .init([0x22, 0x80, 0x22], .invalidUTF8, 1), .init([0x22, 0xC0, 0xAF, 0x22], .invalidUTF8, 1),
    .init([0x22, 0xE0, 0x80, 0x80, 0x22], .invalidUTF8, 1), .init([0x22, 0xED, 0xA0, 0x80, 0x22], .invalidUTF8, 1),
    .init([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .invalidUTF8, 1), .init([0x22, 0xE2, 0x82, 0x22], .invalidUTF8, 1),
    .init([0x22, 0x5C, 0x6E, 0xFF, 0x22], .invalidUTF8, 1),
    .init([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], .invalidUTF8, 2),
    // Arrays and objects.
    .init("[", .unexpectedEnd, 1), .init("[1", .unexpectedEnd, 2), .init("[1,", .unexpectedEnd, 3),
    .init("[1,]", .unexpectedByte, 3), .init("[,1]", .unexpectedByte, 1), .init("[1 2]", .unexpectedByte, 3),
    .init("[1}", .unexpectedByte, 2), .init("]", .unexpectedByte, 0), .init("{", .unexpectedEnd, 1),
    .init("{a:1}", .unexpectedByte, 1), .init("{1:1}", .unexpectedByte, 1), .init(#"{"a"}"#, .unexpectedByte, 4),
    .init(#"{"a":}"#, .unexpectedByte, 5), .init(#"{"a":1,}"#, .unexpectedByte, 7),
    .init(#"{"a" 1}"#, .unexpectedByte, 5),
    .init(#"{"a"::1}"#, .unexpectedByte, 5), .init(#"{"a":1 "b":2}"#, .unexpectedByte, 7),
    .init("{null:1}", .unexpectedByte, 1),
    // Names that are there twice, however they are written.
    .init(#"{"a":1,"a":1}"#, .duplicateKey, 7), .init(#"{"a":1,"\u0061":2}"#, .duplicateKey, 7),
    .init(#"{"":1,"":2}"#, .duplicateKey, 6), .init(#"[{"x":{"y":1,"y":2}}]"#, .duplicateKey, 13),
    .init(#"{"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":9,"1":0}"#, .duplicateKey, 55),
    .init(#"{"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":9,"9":0}"#, .duplicateKey, 55),
    .init("{\"e\u{301}\":1,\"\\u0065\\u0301\":2}", .duplicateKey, 9),
  ]

  @Test("accepts", arguments: accepted)
  func accepts(_ row: Accepted) throws { #expect(try JSONParser.parse(row.text) == row.value) }

  @Test("refuses, and says why and where", arguments: refused)
  func refuses(_ row: Refused) {
    #expect(throws: JSONSyntaxError(row.code, at: row.offset)) { try JSONParser.parse(row.bytes) }
  }

  @Test("names and strings are compared by their bytes")
  func exactness() throws {
    let (composed, decomposed) = ("\u{e9}", "e\u{301}")
    let both = try JSONParser.parse("{\"\(composed)\":1,\"\(decomposed)\":2}")
    #expect(both[composed] == 1 && both[decomposed] == 2)
    let many = (0..<9).map { "\"\($0)\":0," }.joined()
    #expect(try JSONParser.parse("{\(many)\"\(composed)\":1,\"\(decomposed)\":2}").object?.count == 11)
    var object: JSONObject = [composed: 1]
    object[decomposed] = 2
    #expect(object.count == 2 && object[composed] == 1)
    #expect(JSONValue.string(composed) != JSONValue.string(decomposed))
    #expect(JSONValue.object([composed: 1]) != .object([decomposed: 1]))
    #expect(Set([JSONValue.string(composed), .string(decomposed), .object([composed: 1]), .object([decomposed: 1])]).count == 4)
    var reader = try JSONObjectReader(.object([composed: 1]))
    #expect(reader.optionalValue(decomposed) == nil && reader.optionalValue(composed) == 1)
  }

  @Test("equal values have equal hashes")
  func hashes() {
    let values: [JSONValue] = [nil, true, 1, 1.5, "a", "\u{e9}", [1, "a"], ["a": 1, "\u{e9}": [2]]]
    #expect(Set(values + values).count == values.count)
    #expect(JSONValue.object(["a": 1, "b": 2]).hashValue == JSONValue.object(["b": 2, "a": 1]).hashValue)
  }

  @Test("nesting is bounded, arrays and objects alike")
  func depth() throws {
    let limits = JSONParser.Limits(depth: 4, values: 100)
    _ = try JSONParser.parse(#"[{"a":[{}]}]"#, limits: limits)
    #expect(throws: JSONSyntaxError(.tooDeep, at: 11)) { try JSONParser.parse(#"[{"a":[{"":[]}]}]"#, limits: limits) }
    #expect(throws: JSONSyntaxError(.tooDeep, at: 4)) { try JSONParser.parse("[[[[{}]]]]", limits: limits) }
    let open = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(throws: JSONSyntaxError(.tooDeep, at: 16)) { try JSONParser.parse(open) }
  }

  @Test("the number of values is bounded")
  func values() throws {
    let limits = JSONParser.Limits(depth: 4, values: 3)
    _ = try JSONParser.parse("[1,2]", limits: limits)
    #expect(throws: JSONSyntaxError(.tooManyValues, at: 5)) { try JSONParser.parse("[1,2,3]", limits: limits) }
  }

  @Test("an object of many names is read in time that grows with its length")
  func manyNames() throws {
    let members = (0..<19_000).map { "\"name\($0)\":0" }.joined(separator: ",")
    #expect(try JSONParser.parse("{\(members)}").object?.count == 19_000)
  }

  @Test("a number of a quarter million digits is read or refused, not dwelt on")
  func longNumber() throws {
    let digits = String(repeating: "9", count: 250_000)
    #expect(throws: JSONSyntaxError(.numberOutOfRange, at: 0)) { try JSONParser.parse(digits) }
    #expect(try JSONParser.parse("0." + digits).double == 1)
  }
}
