// What captions show at once, and when.
import Testing

@testable import TalkingAvatar

@Suite struct VoiceWordTests {
  @Test(arguments: [
    ("Hello world, how are you?", ["Hello ", "world, ", "how ", "are ", "you?"]),
    ("  leading  and trailing  ", ["  leading  ", "and ", "trailing  "]), ("今日は良い天気です。", ["今日は良", "い天気で", "す。"]),
    ("日本語English混合", ["日本語", "English", "混合"]), ("は、い。", ["は、", "い。"]), ("don't stop", ["don't ", "stop"]),
    ("👩‍👩‍👧‍👦 e\u{301}a 🇩🇪🇫🇷", ["👩‍👩‍👧‍👦 ", "e\u{301}a ", "🇩🇪🇫🇷"]), ("", []), ("...", ["..."]), (" ", [" "]),
    ("안녕 하세요", ["안녕 ", "하세요"]),
    ("a\r\nb", ["a\r\n", "b"]),
  ])
  func textIsCut(text: String, words: [String]) {
    #expect(WordSplitter.words(of: text) == words)
    #expect(words.joined() == text)
  }

  @Test func wordsTakeTheTimesThatAreKnown() {
    let anchors = [
      RunSound.Anchor(position: 0, time: .zero), RunSound.Anchor(position: 6, time: .milliseconds(600)),
      // A position that goes back, and a time that does, tell nothing.
      RunSound.Anchor(position: 2, time: .milliseconds(700)), RunSound.Anchor(position: 8, time: .milliseconds(100)),
      RunSound.Anchor(position: 20, time: .milliseconds(2000)),
    ]
    let cues = WordTimes(anchors: anchors, end: .seconds(2)).cues(for: ["Hello world again ok"])
    #expect(cues.map(\.text) == ["Hello ", "world ", "again ", "ok"])
    #expect(cues.map(\.start) == [.zero, .milliseconds(600), .milliseconds(1200), .milliseconds(1800)])
  }

  @Test func noWordBeginsAtTheEndOrBehindIt() {
    let anchors = [RunSound.Anchor(position: 0, time: .seconds(9))]
    let cues = WordTimes(anchors: anchors, end: .seconds(1)).cues(for: ["a ", "b"])
    #expect(cues.map(\.start) == [.milliseconds(999), .milliseconds(999)])
    #expect(WordTimes(anchors: [], end: .zero).cues(for: ["a"]).map(\.start) == [.zero])
  }

  @Test(arguments: [1, 7, 1000])
  func piecesAreTheWholeText(length: Int) {
    let text = "One. Two, three! " + String(repeating: "four ", count: 300) + "五。六。"
    let readable = ReadableText(TextRun(text: text, start: 5, language: "en"))
    let pieces = readable.pieces(of: length)
    #expect(pieces.allSatisfy { !$0.isEmpty && $0.count <= length })
    #expect(pieces.flatMap { Array($0) } == Array(readable.scalars.indices))
    #expect(readable.position(of: 0) == 5 && readable.position(of: -1) == nil && readable.position(of: 1 << 20) == nil)
  }

  @Test func kanjiKeepTheirPlace() {
    let readable = ReadableText(TextRun(text: "a日b\0", start: 10, language: "ja"))
    #expect(readable.scalars.count == 5 && readable.scalars.last == " ")
    #expect((0..<5).map { readable.position(of: $0) } == [10, 11, 11, 12, 13])
  }

  @Test(arguments: VoiceFixture.choices)
  func wordsAreSpreadOverTheSpeech(choice: VoiceChoice) async throws {
    let speech = try await VoiceFixture.say(.text("one two three four five six seven eight"), choice)
    let gaps = zip(speech.words, speech.words.dropFirst()).map { $1.start - $0.start }
    #expect(speech.words.count == 8)
    #expect(gaps.allSatisfy { $0 > .milliseconds(80) && $0 < .milliseconds(900) }, "\(gaps)")
    #expect(speech.words[0].start < .milliseconds(100))
  }
}
