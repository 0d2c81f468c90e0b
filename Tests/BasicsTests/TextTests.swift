// What counts as white space, as a digit, as a token, and as text of bytes.
import Basics
import Testing

@Suite struct TextTests {
  @Test(
    "White space goes at both ends and stays between",
    arguments: [("", ""), (" \t\r\n", ""), ("a", "a"), ("\u{A0}a b \r\n", "a b"), ("\u{3000}\u{E9}\u{3000}", "\u{E9}")])
  func trimming(text: String, trimmed: String) { #expect(text.trimmingWhitespace() == trimmed) }

  @Test("Optional white space of HTTP is spaces and tabs only")
  func blanks() {
    #expect(" \ta b\t ".trimmingBlanks() == "a b")
    #expect("\u{A0}a\r".trimmingBlanks() == "\u{A0}a\r")
    #expect("  ".trimmingBlanks().isEmpty)
  }

  @Test(
    "Texts are the same when their bytes are, and so are keys",
    arguments: [
      ("a", "a", true), ("", "", true), ("a", "b", false), ("\u{E9}", "\u{E9}", true), ("\u{E9}", "e\u{301}", false),
      // The signs of kelvin and K, and marks in two orders: canonically equivalent.
      ("\u{212A}", "K", false), ("a\u{323}\u{307}", "a\u{307}\u{323}", false),
    ])
  func exactness(one: String, other: String, areSame: Bool) {
    #expect(one.isExactly(other) == areSame)
    #expect((ExactText(one) == ExactText(other)) == areSame)
    #expect(Set([ExactText(one), ExactText(other)]).count == (areSame ? 1 : 2))
  }

  @Test("Only ASCII letters have a case", arguments: [
    ("", "", true), ("Content-Type", "content-TYPE", true), ("host", "hosts", false), ("a", "b", false), ("[", "{", false),
    ("@", "`", false), ("É", "é", false), ("\u{212A}", "k", false), ("k-\u{212A}", "K-\u{212A}", true),
  ])
  func cases(one: String, other: String, areSame: Bool) {
    #expect(one.isSame(ignoringCase: other) == areSame)
    #expect(other.isSame(ignoringCase: one) == areSame)
  }

  @Test("Bytes lose ASCII's white space only")
  func bytes() {
    #expect(Array([0x20, 0x0B, 0x41, 0x20, 0x42, 0x0D, 0x0A].trimmingWhitespace()) == [0x41, 0x20, 0x42])
    #expect(Array([0xC2, 0xA0].trimmingWhitespace()) == [0xC2, 0xA0])
    #expect("a  ".trimmingEnd { $0 == " " } == "a")
  }

  @Test("Every byte is a token's character as RFC 9110 section 5.6.2 says")
  func tokens() {
    let known = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    for byte in UInt8.min...UInt8.max { #expect(byte.isHTTPTokenCharacter == known.contains(byte), "\(byte)") }
    #expect(!"".utf8.isHTTPToken && "X-Real-IP".utf8.isHTTPToken && !"a b".utf8.isHTTPToken)
  }

  @Test("All bytes survive as hexadecimal digits, and only lower case is read where one text is wanted")
  func hexadecimal() {
    let all = Array(UInt8.min...UInt8.max)
    #expect(Hexadecimal.bytes(Hexadecimal.text(all)) == all)
    #expect(Hexadecimal.bytesInEitherCase(Hexadecimal.text(all, uppercase: true)) == all)
    #expect(Hexadecimal.text([0x00, 0xAF]) == "00af" && Hexadecimal.text([0xAF], uppercase: true) == "AF")
    for text in ["a", "AF", "0g", "+1", " 1", "\u{FF11}\u{FF11}"] { #expect(Hexadecimal.bytes(text) == nil, "\(text)") }
    #expect(Hexadecimal.bytesInEitherCase("aF") == [0xAF] && Hexadecimal.bytesInEitherCase("+1") == nil)
  }

  @Test("base64url has the texts of RFC 4648 section 10, without padding")
  func base64URL() {
    let samples = [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE")]
    for (text, encoded) in samples {
      #expect(Base64URL.encode(text.utf8) == encoded)
      #expect(Base64URL.decode(encoded.utf8) == Array(text.utf8))
    }
    for text in ["Zh", "Z", "Zg==", "Zm9+"] { #expect(Base64URL.decode(text.utf8) == nil, "\(text)") }
    #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8" && Base64URL.isCharacter(UInt8(ascii: "_")))
  }
}
