// Paths find what RFC 9535 says, as far as they go.
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct JSONPathTests {
  private static let value: JSONValue = [
    "a": ["b": 1, "c.d": 2, "list": [["n": 3], ["n": 4], [5]]], "text": "hello", "user-agent": "x", "nothing": nil,
  ]

  static let cases: [(String, [JSONValue])] = [
    ("text", ["hello"]), ("$.text", ["hello"]), ("$", [value]), ("a.b", [1]), ("a['c.d']", [2]), ("a[\"c.d\"]", [2]), ("['a'].b", [1]),
    ("a.list[0].n", [3]), ("a.list[-1]", [[5]]), ("a.list[-1][0]", [5]), ("a.list[*].n", [3, 4]), ("a.list.*.n", [3, 4]),
    ("$..n", [3, 4]), ("..n", [3, 4]), ("a..[0]", [["n": 3], 5]), ("user-agent", ["x"]), ("nothing", [nil]), ("a.list[9]", []),
    ("a.list[-9]", []), ("text.x", []), ("text[0]", []), ("missing", []), ("a.*", [1, 2, [["n": 3], ["n": 4], [5]]]),
  ]

  @Test(arguments: cases)
  func itFinds(text: String, values: [JSONValue]) throws {
    let path = try #require(JSONPath(text))
    #expect(path.values(in: Self.value) == values)
    #expect(path.description == text)
  }

  @Test(arguments: ["", "a.", ".", "..", "a..", "$a", "a[", "a[]", "a[x]", "a['b", "a['b'", "a]b", "a[1:2]", "$x", String(repeating: "a", count: 513)])
  func whatIsNoPathIsRefused(text: String) { #expect(JSONPath(text) == nil) }

  @Test func whatIsFoundIsBounded() throws {
    let deep = JSONValue.array((0..<100).map { _ in .array(Array(repeating: .array([1, 2, 3]), count: 100)) })
    let found = try #require(JSONPath("$..*..*")).values(in: deep)
    #expect(found.count <= JSONPath.maximumValues * 4)
  }
}
