// Captions of any script: shown whole, inside the circle, in order, and bounded.
import Testing

@testable import TalkingAvatar

@Suite struct CaptionTests {
  struct Sample: Sendable {
    var name: String
    var words: [String]
    var isRightToLeft = false
  }

  static let samples = [
    Sample(name: "English", words: ["Hello ", "wide ", "world."]),
    Sample(name: "Japanese", words: ["今日", "は", "いい", "天気", "です", "ね。", "カタカナ"]),
    Sample(name: "Chinese", words: ["你好", "世界", "說話"]),
    Sample(name: "Korean", words: ["안녕하세요 ", "여러분"]),
    Sample(name: "Arabic", words: ["مرحبا ", "بك ", "هنا"], isRightToLeft: true),
    Sample(name: "Hebrew", words: ["שלום ", "לכולם"], isRightToLeft: true),
    Sample(name: "Hindi", words: ["नमस्ते ", "दुनिया"]),
    Sample(name: "Thai", words: ["สวัสดี", "ชาวโลก"]),
    Sample(name: "Cyrillic", words: ["Привет, ", "мир"]),
    Sample(name: "Greek", words: ["Καλημέρα ", "κόσμε"]),
    Sample(name: "emoji", words: ["😀 ", "❤ ", "👍"]),
  ]

  private static func cues(_ words: [String]) -> [Speech.WordCue] {
    words.enumerated().map { Speech.WordCue(start: .milliseconds($0.offset * 100), text: $0.element) }
  }

  private static func paint(_ talk: FaceMoment.Talk, _ size: PictureSize = .square320) -> Picture {
    let picture = Picture(size: size)
    FacePainter(look: FaceLook(seed: "anna"), size: size, session: "strm_1")
      .paint(FaceMoment(frameNumber: 1, elapsed: .zero, wallClock: 0, talk: talk), into: picture)
    return picture
  }

  @Test(arguments: samples) func noLetterIsMissing(sample: Sample) throws {
    let text = try #require(Typesetter.set(TextToSet(sample.words, pixels: 20, width: 600, lines: 2)))
    #expect(text.leftOut.isEmpty, "\(sample.name): \(text.leftOut)")
    #expect(text.places.allSatisfy { !$0.isEmpty })
    let first = try #require(text.places.first?.first)
    let last = try #require(text.places.last?.first)
    #expect((first.left > last.left) == sample.isRightToLeft, "\(sample.name)")
  }

  @Test(arguments: samples) func theCurrentWordStandsOut(sample: Sample) {
    let idle = Self.paint(.idle)
    let area = Rectangle(left: 0, top: 215, right: 320, bottom: 304)
    let words = Self.cues(sample.words)
    let first = Self.paint(.speaking(words: words, current: 0))
    let second = Self.paint(.speaking(words: words, current: 1))
    #expect(first.differences(idle, in: area) > 300)
    #expect(first.bytes != second.bytes)
    #expect(Self.paint(.speaking(words: words, current: nil)).differences(first, in: area) > 0)
  }

  /// D-ID's demo page shows only the circle of a square picture.
  @Test(arguments: [PictureSize.square320, .square512]) func captionsStayInTheCircle(size: PictureSize) {
    let words = Self.cues((0..<12).map { _ in "wide words " })
    let idle = Self.paint(.idle, size)
    let talking = Self.paint(.speaking(words: words, current: 0), size)
    let radius = size.width / 2
    var outside = 0
    var inside = 0
    for y in 0..<size.height {
      for x in 0..<size.width where idle.luma(x: x, y: y) != talking.luma(x: x, y: y) {
        let (dx, dy) = (x - radius, y - radius)
        if dx * dx + dy * dy > radius * radius { outside += 1 } else { inside += 1 }
      }
    }
    #expect(inside > 1_000)
    #expect(outside == 0)
  }

  @Test(arguments: [
    "", " ", "\u{0}", "\u{0}\n\t\r\n", "\u{202E}\u{202E}abc", "\u{FFFF}\u{10FFFF}\u{E000}", "\u{FFFC}\u{200D}\u{FE0F}",
    "e" + String(repeating: "\u{301}", count: 5_000), String(repeating: "long", count: 50_000), "\u{1F468}\u{200D}",
  ]) func noTextDoesHarm(text: String) {
    let painted = Self.paint(.speaking(words: Self.cues([text, text, "ok"]), current: 0))
    #expect(FrameStrip(reading: painted) != nil)
  }

  @Test func whatNoFontHasIsLeftOutAndNotBoxed() throws {
    let text = try #require(Typesetter.set(TextToSet(["ab", "\u{10FFFD}c"], pixels: 20)))
    #expect(text.leftOut == ["\u{10FFFD}"])
    let without = try #require(Typesetter.set(TextToSet(["ab", "c"], pixels: 20)))
    #expect(text.mask.coverage == without.mask.coverage)
  }

  @Test func charactersStayWholeAtTheBound() {
    let family = "👨‍👩‍👧‍👦"
    let text = TextToSet([String(repeating: family, count: 500)], pixels: 20)
    #expect(text.pieces[0].unicodeScalars.count <= Typesetter.maximumScalars)
    #expect(text.pieces[0].allSatisfy { String($0) == family })
  }

  @Test func manySettingsKeepWorking() {
    for number in 0..<(Typesetter.settingsBeforeClearing + 20) {
      #expect(Typesetter.set(TextToSet(["number \(number)"], pixels: 12)) != nil)
    }
  }

  @Test func phrasesHoldEachWordOnce() {
    let words = Self.cues((0..<100).map { $0 % 9 == 8 ? "end. " : "word\($0) " })
    let phrases = CaptionPhrases(words: words, columns: 40)
    var next = 0
    while next < words.count {
      guard let range = phrases.range(of: next) else {
        Issue.record("no phrase for \(next)")
        return
      }
      #expect(range.lowerBound == next)
      #expect(words[range].reduce(0) { $0 + CaptionPhrases.columns(of: $1.text) } <= 40)
      for word in range { #expect(phrases.range(of: word) == range) }
      next = range.upperBound
    }
    #expect(phrases.range(of: words.count) == nil)
    #expect(CaptionPhrases(words: [], columns: 40).range(of: nil) == nil)
  }
}
