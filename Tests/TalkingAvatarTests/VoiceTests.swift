// Both voices are heard, timed and cut into words alike.
import TalkingAvatar
import Testing

@Suite struct VoiceTests {
  static let texts = [
    "Hello world, how are you today?", "こんにちは、世界。今日は良い天気ですね。", "你好世界", "안녕하세요 여러분", "Привет, мир!",
    "مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "Γειά σου κόσμε", "สวัสดีชาวโลก", "Grüße aus Köln 42", "🙂 hi 👩‍👩‍👧‍👦!",
    "日本語とEnglishを混ぜる", "ⴰⵣⵓⵍ", "e\u{301}\u{302}\u{303} zalgo",
  ]

  @Test(arguments: VoiceFixture.choices, texts)
  func everyScriptIsHeard(choice: VoiceChoice, text: String) async throws {
    let speech = try await VoiceFixture.say(.text(text), choice)
    #expect(VoiceFixture.level(speech.samples) > 300)
    #expect(speech.duration > .milliseconds(250) && speech.duration < .seconds(20), "\(speech.duration)")
    #expect(speech.words.map(\.text).joined() == text)
    #expect(speech.mouth.contains { $0.shape.openness > 0.3 })
    try expectOrder(speech)
  }

  private func expectOrder(_ speech: Speech) throws {
    let words = speech.words.map(\.start)
    let mouth = speech.mouth.map(\.start)
    #expect(words == words.sorted() && mouth == mouth.sorted())
    #expect(try #require(words.first) >= .zero)
    #expect(try #require(words.last) < speech.duration)
    #expect(try #require(mouth.last) <= speech.duration && speech.mouth.last?.shape == .closed)
  }

  @Test(arguments: VoiceFixture.choices, ["", " ", "...", "\0", "\n\n", "</speak>", "!"])
  func whatHasNoWordsIsShortSilence(choice: VoiceChoice, text: String) async throws {
    let speech = try await VoiceFixture.say(.ssml(text), choice)
    #expect(speech.duration >= .milliseconds(200) && speech.duration < .seconds(1))
    #expect(speech.samples.count > 0)
  }

  @Test(arguments: VoiceFixture.choices)
  func aBreakAddsItsTime(choice: VoiceChoice) async throws {
    let without = try await VoiceFixture.say(.ssml("<speak>Hello there. How are you?</speak>"), choice)
    let with = try await VoiceFixture.say(
      .ssml("<speak>Hello there. <break time=\"1500ms\"/> How are you?</speak>"), choice)
    let added = VoiceFixture.milliseconds(with.duration - without.duration)
    #expect(abs(added - 1500) < 50, "\(added) ms were added")
    #expect(VoiceFixture.longestSilence(in: with) >= 1450)
    #expect(VoiceFixture.longestSilence(in: without) < 700)
    #expect(with.words.map(\.text).joined() == "Hello there.  How are you?")
  }

  @Test(arguments: VoiceFixture.choices)
  func aBreakIsSilentAndClosesTheMouth(choice: VoiceChoice) async throws {
    let speech = try await VoiceFixture.say(.ssml("Hello<break time='2s'/>world"), choice)
    let world = try #require(speech.words.last)
    #expect(world.text == "world")
    #expect(abs(VoiceFixture.milliseconds(speech.duration) - 3000) < 900)
    let middle = Int(VoiceFixture.milliseconds(world.start)) * 48 - 48_000
    #expect(VoiceFixture.level(speech.samples[(middle - 24_000)..<(middle + 24_000)]) < 10)
    #expect(VoiceFixture.mouth(of: speech, at: world.start - .seconds(1)) == .closed)
    #expect(VoiceFixture.level(speech.samples[(middle + 48_000)...]) > 300)
  }

  @Test(arguments: VoiceFixture.choices)
  func durationsFollowTheText(choice: VoiceChoice) async throws {
    let short = try await VoiceFixture.say(.text("one two three"), choice)
    let long = try await VoiceFixture.say(.text("one two three one two three one two three"), choice)
    #expect(long.duration > short.duration * 2 && long.duration < short.duration * 4)
    #expect(long.duration == .nanoseconds(Int64(long.samples.count) * 1_000_000_000 / 48_000))
  }

  @Test(arguments: VoiceFixture.choices)
  func tooMuchIsRefused(choice: VoiceChoice) async throws {
    await #expect(throws: SpeechError(.textTooLong)) {
      try await VoiceFixture.say(.text(String(repeating: "a", count: SpeechLimits.characters + 1)), choice)
    }
    await #expect(throws: SpeechError(.speechTooLong)) {
      try await VoiceFixture.say(.ssml(String(repeating: "<break time='20s'/>", count: 31)), choice)
    }
    let longest = try await VoiceFixture.say(
      .ssml(String(repeating: "<break time='1h'/><break time='99s'/>", count: 3)), choice)
    #expect(longest.duration >= .seconds(60) && longest.duration <= .seconds(120))
  }

  @Test(arguments: VoiceFixture.choices)
  func givingUpEndsTheWork(choice: VoiceChoice) async throws {
    let voice = try Voices.voice(choice)
    let task = Task { try await voice.speak(Utterance(.text(String(repeating: "many words ", count: 500)))) }
    task.cancel()
    await #expect(throws: SpeechError(.cancelled)) { try await task.value }
  }

  @Test func theBuiltInVoiceRepeatsItself() async throws {
    let first = try await VoiceFixture.say(.text("Same text, 同じ文."), .builtIn)
    let second = try await VoiceFixture.say(.text("Same text, 同じ文."), .builtIn)
    #expect(first.samples == second.samples && first.mouth == second.mouth && first.words == second.words)
    let other = try await VoiceFixture.say(.text("Same text, 同じ文."), .builtIn, voice: "en-US-JennyNeural")
    #expect(other.samples != first.samples)
  }

  @Test(.enabled(if: VoiceFixture.hasEspeak, "espeak-ng is not installed"))
  func espeakRepeatsItselfButForSomeSamples() async throws {
    let durations = try await [1, 2, 3].asyncMap { _ in
      try await VoiceFixture.say(.text("One two three, testing."), .espeak).duration
    }
    for duration in durations { #expect(abs(VoiceFixture.milliseconds(duration - durations[0])) < 20) }
  }

  @Test(.enabled(if: VoiceFixture.hasEspeak, "espeak-ng is not installed"))
  func kanjiAreNotCalledChineseLetters() async throws {
    let kana = try await VoiceFixture.say(.text("こんにちは。"), .espeak)
    let kanji = try await VoiceFixture.say(.text("今日は天気だ。"), .espeak, voice: "ja-JP-NanamiNeural")
    // "Chinese letter" for each of the four would take four seconds.
    #expect(kanji.duration < kana.duration * 3)
  }

  @Test(.enabled(if: VoiceFixture.hasEspeak, "espeak-ng is not installed"))
  func theVoiceIdDecidesOnTheLanguage() async throws {
    let english = try await VoiceFixture.say(.text("Wir sind hier"), .espeak)
    let german = try await VoiceFixture.say(.text("Wir sind hier"), .espeak, voice: "de-DE-KatjaNeural")
    #expect(english.mouth != german.mouth)
    // A path is no language.
    let odd = try await Voices.voice(.espeak).speak(Utterance(.text("hello"), language: "../../etc/passwd"))
    #expect(odd.duration > .milliseconds(200))
  }

  @Test func voicesHaveNames() throws {
    #expect(try Voices.voice(.builtIn).name == "built-in")
    #expect(Voices.best().name.hasPrefix(VoiceFixture.hasEspeak ? "espeak-ng 1." : "built-in"))
  }
}
