// SSML as people write it: well-formed, nearly, and not at all.
import TestSupport
import Testing

@testable import TalkingAvatar

@Suite struct VoiceMarkupTests {
  private func pauses(_ ssml: String) -> [Duration] {
    SSMLReader.read(ssml).parts.compactMap { if case .pause(let duration) = $0 { duration } else { nil } }
  }

  @Test(arguments: [
    ("<break time=\"1500ms\"/>", 1500), ("<break time='1.5s' />", 1500), ("<BREAK TIME=\"2S\"/>", 2000),
    ("<break time=500ms>", 500), ("<break/>", 750), ("<break strength=\"none\"/>", 0),
    ("<break strength=\"x-weak\"/>", 250), ("<break strength='weak'/>", 500), ("<break strength=\"strong\"/>", 1000),
    ("<break strength='x-strong'/>", 1250), ("<break time=\"99s\"/>", 20_000), ("<break time=\"-1s\"/>", 0),
    ("<break time=\"soon\"/>", 750), ("<break time=\"1e999s\"/>", 750), ("<break time=\"nan s\"/>", 750),
    ("<break strength=\"strong\" time=\"100ms\"/>", 100), ("<break\ntime = \"100ms\"\n/>", 100),
    ("<break time=\"1e300ms\"/>", 20_000), ("<break></break>", 750),
  ])
  func breaksLast(ssml: String, milliseconds: Int) { #expect(pauses(ssml) == [.milliseconds(milliseconds)]) }

  @Test(arguments: [
    ("<speak>Hi <b>you</b></speak>", "Hi you"), ("a &amp; b &lt;c&gt; &quot;&apos;&#233;&#xE9;", "a & b <c> \"'éé"),
    ("AT&T &unknown; & &#0x; &#1114112;", "AT&T &unknown; & &#0x; &#1114112;"), ("1 < 2 > 0 <3", "1 < 2 > 0 <3"),
    ("<!-- a > b --><?xml version='1.0'?>x", "x"), ("<![CDATA[a < b]]>c", "a < bc"), ("<![CDATA[open", "open"),
    ("<emphasis level=\"a>b\">x</emphasis>", "x"), ("hello <break time=\"1s\" world", "hello <break time=\"1s\" world"),
    ("<p>One.</p><p>Two.</p>", "One.Two."), ("</speak></speak>x<speak>", "x"), ("<!-- never ends", "<!-- never ends"),
    ("<say-as interpret-as=\"date\">1</say-as>", "1"), ("<a b=\"never ends>x", "x"), ("日本<break/>語", "日本語"), ("<", "<"),
    ("&", "&"), ("<>", "<>"),
  ])
  func tagsVanishAndWordsStay(ssml: String, plain: String) { #expect(SSMLReader.read(ssml).plain == plain) }

  /// As long as the vendor takes it. Each of these was searched to its end for each of its beginnings.
  @Test(arguments: ["<!--", "<?", "<![CDATA[", "<a ", "<a b='", "</p", "&", "&#", "<a>b", "<a \">", "1", "<p>.</p>"])
  func markupThatNeverEndsIsReadAtOnce(beginning: String) {
    let ssml = String(repeating: beginning, count: SpeechLimits.characters / beginning.utf16.count)
    let time = ProcessorTime.measure {
      let words = SSMLReader.read(ssml).plain + "a1"
      _ = TextRun.runs(of: words + words, start: 0, requested: "de", hasKana: false)
    }
    #expect(time < .seconds(1))
  }

  @Test(arguments: FuzzCorpus.files(of: "ssml"))
  func everyInputOfTheFuzzerIsRead(file: String) throws { try FuzzCorpus.replay(file, SSMLProperties.check) }

  @Test func theFuzzerHasInputs() { #expect(FuzzCorpus.files(of: "ssml").count >= 10) }

  @Test func markupNamesLanguages() {
    let text = SSMLReader.read(
      "<speak xml:lang='en-US'>a<lang xml:lang='de-DE'>b<voice name='fr-FR-DeniseNeural'>c</voice>d</lang>e</speak>")
    #expect(
      text.parts == [
        .words("a", language: nil), .words("b", language: "de-DE"), .words("c", language: "fr-FR"),
        .words("d", language: "de-DE"), .words("e", language: nil),
      ])
  }

  @Test func nestingAndTagsHaveBounds() {
    let deep = String(repeating: "<lang xml:lang='de'>", count: 10_000)
    #expect(SSMLReader.read(deep + "x").plain == "x")
    let long = "<" + String(repeating: "a", count: SSMLReader.maximumTagLength + 1) + ">"
    #expect(SSMLReader.read(long).plain == long)
  }

  @Test func manyOpenBracketsTakeNoLongerThanTheyMust() {
    let brackets = String(repeating: "<a", count: 5_000)
    #expect(SSMLReader.read(brackets).plain == brackets)
  }

  @Test(arguments: [
    ("en-US-JennyNeural", "en-US"), ("ja-JP-NanamiNeural", "ja-JP"), ("fil-PH-BlessicaNeural", "fil-PH"),
    ("zh-CN-liaoning-XiaobeiNeural", "zh-CN"),
  ])
  func voiceIdsNameLanguages(voice: String, language: String) {
    #expect(SpokenLanguage.tag(ofVoice: voice) == language)
  }

  @Test(arguments: [
    "21m00Tcm4TlvDq8ikWAM", "1bd001e7e50f421d891986aad5158bc8", "Joanna", "", "-", "a-b", "EN-us-x", "en_US",
  ])
  func otherVoiceIdsNameNone(voice: String) { #expect(SpokenLanguage.tag(ofVoice: voice) == nil) }

  @Test func runsAreCutWhereTheLanguageChanges() {
    func runs(_ text: String, _ requested: String? = nil) -> [String] {
      let hasKana = text.unicodeScalars.contains { WritingSystem($0) == .kana }
      return TextRun.runs(of: text, start: 0, requested: requested, hasKana: hasKana).map {
        "\($0.language):\($0.text)"
      }
    }
    #expect(runs("Hello, мир! 42") == ["en-us:Hello, ", "ru:мир! 42"])
    #expect(runs("今日は") == ["ja:今日は"])
    #expect(runs("你好") == ["cmn:你好"])
    #expect(runs("漢字", "ja-JP") == ["ja-jp:漢字"])
    #expect(runs("(Hallo)", "de-DE") == ["de-de:(Hallo)"])
    #expect(runs("Привет", "uk-UA") == ["uk-ua:Привет"])
    #expect(runs("12 Привет", "en-US") == ["ru:12 Привет"])
    #expect(runs("") == [])
  }
}
