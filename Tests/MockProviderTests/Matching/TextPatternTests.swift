// Regular expressions mean what they mean elsewhere, and none takes long.
import Testing

@testable import MockProvider

@Suite struct TextPatternTests {
  static let cases: [(String, found: [String], missed: [String])] = [
    ("Hello", ["Hello", "oh Hello!"], ["hello", "Hell"]), ("", ["", "x"], []),
    ("^T\\w+\\.$", ["Two.", "Täglich."], ["Two", " Two.", "T."]), ("a|b|cd", ["b", "xcdx"], ["c", "d", ""]),
    ("(ab)+c", ["abc", "ababc"], ["ac", "c"]), ("^(?:ab|c)*$", ["", "abc", "cab"], ["a"]), ("colou?r", ["color", "colour"], ["colouur"]),
    ("^a{2}$", ["aa"], ["a", "aaa"]), ("^a{2,}$", ["aa", "aaaa"], ["a"]), ("^a{1,3}$", ["a", "aaa"], ["", "aaaa"]),
    ("a{x", ["a{x"], ["a"]), ("^[a-c]+$", ["abc"], ["abd"]), ("^[^a-c]$", ["d", "\n"], ["a"]), ("[]x]", ["]", "x"], ["["]),
    ("^[\\d.-]+$", ["1.5-2"], ["a"]), ("^\\d{4}-\\d\\d$", ["2026-11"], ["26-11"]), ("^\\S+\\s\\S+$", ["a b", "a\u{a0}b"], ["ab"]),
    ("\\bcat\\b", ["a cat.", "cat"], ["concat", "cats"]), ("\\Bcat", ["concat"], ["cat"]), ("a.c", ["abc", "aüc"], ["a\nc", "ac"]),
    ("(?s)a.c", ["a\nc"], []), ("(?i)héLLO", ["HÉllo"], ["hallo"]), ("(?m)^b$", ["a\nb\nc"], ["ab"]), ("^b$", ["b"], ["a\nb"]),
    ("(?im)^B$", ["a\nb"], []), ("\\x41\\u00e9\\t", ["Aé\t"], ["A"]), ("1\\+1=2\\?", ["1+1=2?"], ["11=2"]), ("a*?b", ["aab", "b"], ["a"]),
    ("\\Aab\\z", ["ab"], ["xab", "abx"]), ("(a*)*b", ["aab", "b"], ["aaa"]), ("こん.ちは", ["こんにちは"], ["こんちは"]), ("()", [""], []),
  ]

  @Test(arguments: cases)
  func itFindsWhatItShould(source: String, found: [String], missed: [String]) throws {
    let pattern = try TextPattern(source)
    for text in found { #expect(pattern.isFound(in: text), "\(source) in \(text)") }
    for text in missed { #expect(!pattern.isFound(in: text), "\(source) in \(text)") }
  }

  @Test(arguments: [
    "(", ")", "a)", "[", "[a", "*", "a**", "a{3,2}", "a{256}", "\\", "\\q", "\\1", "\\x4", "\\uD800", "(?=a)", "(?<n>a)", "(?x)a",
    "[z-a]", "[a-\\d]", "+", "(?i", String(repeating: "(", count: 33), String(repeating: "a", count: 1025),
    "((a{255}){255}){255}",
  ])
  func whatCannotBeReadIsNamed(source: String) {
    let error = #expect(throws: PatternError.self) { _ = try TextPattern(source) }
    #expect(error?.description.contains("at character") == true)
  }

  /// These keep engines that go back busy for longer than the world will last.
  @Test(arguments: ["(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*)*x$", "(?:a?){100}a{100}$"])
  func noneTakesLong(source: String) throws {
    #expect(try !TextPattern(source).isFound(in: String(repeating: "a", count: 2000) + "!"))
  }

  /// Counts multiply each other, which nothing need not be.
  @Test(arguments: ["", "(){0}", "a{0}"])
  func nothingIsNotRepeated(source: String) throws {
    let depth = PatternReader.maximumDepth - 1
    let pattern = try TextPattern(String(repeating: "(", count: depth) + source + String(repeating: "){255}", count: depth))
    #expect(pattern.isFound(in: "x"))
  }

  /// What the language's own engine finds in texts of few characters, this one finds, too.
  @Test func itAgreesWithTheLanguagesOwn() throws {
    let pieces = ["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(?:ab)", "a*", "b+", "a?", "(ab)*", "\\w", "^", "$", "|", "b{1,2}"]
    var texts = [""]
    for _ in 0..<4 { texts += texts.flatMap { text in ["a", "b", "c"].map { text + $0 } } }
    for first in pieces {
      for second in pieces {
        for third in ["", "b", "$"] {
          let source = first + second + third
          guard let own = try? Regex(source), let pattern = try? TextPattern(source) else { continue }
          for text in Set(texts) where text.count <= 4 {
            #expect(pattern.isFound(in: text) == (text.firstMatch(of: own) != nil), "\(source) in \(text)")
          }
        }
      }
    }
  }
}
