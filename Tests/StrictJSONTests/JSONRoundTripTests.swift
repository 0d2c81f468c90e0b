// What is written is read back, whatever it is.
import StrictJSON
import Testing
import TestSupport

@Suite("JSON round trip")
struct JSONRoundTripTests {
  @Test("two hundred values of each of ten seeds", arguments: 1...10)
  func random(seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    for _ in 0..<200 {
      let value = Self.value(depth: 0, &generator)
      let read = try JSONParser.parse(value.serialized)
      #expect(read == value)
      #expect(read.serialized == value.serialized, "order and form are kept too")
    }
  }

  @Test("control characters are escaped, everything else is written as it is")
  func escapes() {
    #expect(JSONValue.string("\u{0}\u{1f}\"\\/\n\r\t\u{7f}é😀").text == #""\u0000\u001f\"\\/\n\r\t"# + "\u{7f}é😀\"")
  }

  @Test("a number that JSON cannot say is null")
  func notFinite() {
    #expect(JSONValue.array([.number(.infinity), .number(-.infinity), .number(.nan)]).text == "[null,null,null]")
  }

  private static func value(depth: Int, _ generator: inout SplitMix) -> JSONValue {
    switch Int.random(in: 0..<(depth < 5 ? 9 : 6), using: &generator) {
    case 0: return .null
    case 1: return .bool(.random(using: &generator))
    case 2: return .integer(.random(in: .min ... .max, using: &generator))
    case 3:
      let number = Double(bitPattern: .random(in: 0 ... .max, using: &generator))
      return .number(number.isFinite ? number : 0.5)
    case 4, 5: return .string(string(&generator))
    case 6:
      return .array((0..<Int.random(in: 0..<5, using: &generator)).map { _ in value(depth: depth + 1, &generator) })
    default:
      var object = JSONObject()
      for _ in 0..<Int.random(in: 0..<12, using: &generator) {
        object[string(&generator)] = value(depth: depth + 1, &generator)
      }
      return .object(object)
    }
  }

  private static func string(_ generator: inout SplitMix) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0..<8, using: &generator) {
      let bound: UInt32 = [0x20, 0x80, 0x800, 0x11_0000][Int.random(in: 0..<4, using: &generator)]
      if let scalar = Unicode.Scalar(UInt32.random(in: 0..<bound, using: &generator)) { text.append(scalar) }
    }
    return String(text)
  }
}
