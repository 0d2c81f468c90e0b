// The typed reader names the path of every mistake and none of the content.
import StrictJSON
import Testing

@Suite("JSON object reader")
struct JSONObjectReaderTests {
  enum Colour: String, CaseIterable { case red, green }

  @Test("reads each type")
  func types() throws {
    var reader = try JSONObjectReader([
      "s": "x", "i": 7, "n": 1.5, "b": true, "a": [1], "o": ["k": "v"], "c": "red", "z": nil,
    ])
    #expect(try reader.string("s") == "x")
    #expect(try reader.integer("i") == 7)
    #expect(try reader.optionalNumber("n", in: 0...2) == 1.5)
    #expect(try reader.bool("b"))
    #expect(try reader.optionalArray("a") == [1])
    var object = try reader.object("o")
    #expect(try object.string("k") == "v")
    #expect(try reader.choice("c", of: Colour.self) == .red)
    #expect(try reader.value("z").isNull)
    #expect(try reader.optionalString("absent") == nil)
    try reader.finish()
    try object.finish()
  }

  @Test("names the path of what is wrong")
  func paths() throws {
    var reader = try JSONObjectReader(["s": "secret", "o": ["i": "secret"], "c": "secret"], at: "params")
    expect("params.x: missing") { _ = try reader.string("x") }
    expect("params.s: an integer expected, a string found") { _ = try reader.integer("s") }
    expect("params.s: 1 to 3 bytes expected") { _ = try reader.string("s", bytes: 1...3) }
    expect("params.s: at least 9 bytes expected") { _ = try reader.string("s", bytes: 9...Int.max) }
    expect("params.c: one of red, green expected") { _ = try reader.choice("c", of: Colour.self) }
    var object = try reader.object("o")
    expect("params.o.i: an integer expected, a string found") { _ = try object.integer("i") }
    expect("params.o.j: missing") { _ = try object.bool("j") }
    expect("params.s: an object expected, a string found") { _ = try reader.object("s") }
    expect("message: an object expected, an array found") { _ = try JSONObjectReader([]) }
  }

  @Test("null is a value, not an absent member")
  func null() throws {
    var reader = try JSONObjectReader(["s": nil])
    expect("s: a string expected, null found") { _ = try reader.optionalString("s") }
  }

  @Test(
    "an integer written with a fraction is no integer, and one beyond 64 bits is none either",
    arguments: ["1.0", "1e2", "1e30"])
  func integers(text: String) throws {
    var reader = try JSONObjectReader(["i": try JSONParser.parse(text)])
    expect("i: an integer expected, a number found") { _ = try reader.integer("i") }
  }

  @Test("an unknown member is refused under a name fit for a log")
  func unknown() throws {
    expect("params.??x???: unknown field") {
      try JSONObjectReader(["\n\u{1b}x é\u{7f}": 1], at: "params").finish()
    }
    // One Character of 100 kB: a cut by characters would keep it all.
    let long = "e" + String(repeating: "\u{301}", count: 50_000)
    expect("e" + String(repeating: "?", count: 63) + ": unknown field") {
      try JSONObjectReader(.object(JSONObject([.init(name: long, value: 1)]))).finish()
    }
  }

  private func expect(_ words: String, _ body: () throws -> Void) {
    let error = #expect(throws: JSONShapeError.self) { try body() }
    #expect(error?.description == words)
  }
}
