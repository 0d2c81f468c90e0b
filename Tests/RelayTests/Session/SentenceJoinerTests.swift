// Cuts texts that come in pieces.
import SessionValues
import TestSupport
import Testing

@testable import Relay

@Suite struct SentenceJoinerTests {
  private func said(_ parts: [String], _ way: SessionCapabilities.Parts = .joined, min: Int = 3) -> [String?] {
    var joiner = SentenceJoiner(way, TextLength(.utf16, min...1000))
    return parts.map { joiner.add($0) } + [joiner.finish()]
  }

  @Test("A sentence is complete when white space follows its end", arguments: [
    (["How ", "are ", "you? ", "I am", " fine."], [nil, nil, "How are you?", nil, nil, "I am fine."]),
    (["It is 3", ".", "5 m", ". ", "Yes"], [nil, nil, nil, "It is 3.5 m.", nil, "Yes"]),
    (["One. Two! Three?\nFour"], ["One. Two! Three?", "Four"]),
    (["\"Is it?\" ", "she asked."], ["\"Is it?\"", nil, "she asked."]),
    (["Wait… what", "…"], ["Wait…", nil, "what…"]),
    (["你好。我", "很好！"], ["你好。", "我很好！", nil]),
    (["no end", " at all"], [nil, nil, "no end at all"]),
    (["Hm.", " "], [nil, "Hm.", nil]),
    ([" ", "\n"], [nil, nil, nil]),
  ] as [([String], [String?])])
  func sentences(parts: [String], expected: [String?]) { #expect(said(parts) == expected) }

  @Test("A sentence that is too short for the provider waits for the next one; a rest may stay too short")
  func short() {
    #expect(said(["A. ", "B. ", "C"]) == [nil, "A. B.", nil, "C"])
    #expect(said(["A. ", "B. "], min: 1) == ["A.", "B.", nil])
  }

  @Test("Parts go as they come, but for white space, which goes with the words after it")
  func native() {
    #expect(said(["How", " ", "\n", "are you", "? "], .native) == ["How", nil, nil, " \nare you", "? ", nil])
  }

  @Test("However a text is cut, its words are said once, in order", arguments: 0..<200 as Range<UInt64>)
  func anyCut(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let alphabet = Array("ab.!? \n\"…。e\u{301}")
    let text = String((0..<Int.random(in: 1...80, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
    var parts: [String] = []
    var rest = Substring(text)
    while !rest.isEmpty {
      let count = Int.random(in: 1...5, using: &random)
      parts.append(String(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    for way in [SessionCapabilities.Parts.native, .joined] {
      let words = said(parts, way).compactMap(\.self).joined().filter { !$0.isWhitespace }
      #expect(words == text.filter { !$0.isWhitespace })
    }
  }
}
