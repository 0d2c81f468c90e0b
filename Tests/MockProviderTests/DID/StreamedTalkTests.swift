// What is said while it is being written: parts in order, phrases that can be said, and a talk that grows.
import Basics
import StrictJSON
import TalkingAvatar
import Testing
import Wire

@testable import MockProvider

@Suite struct StreamedTalkTests {
  private func phrases(_ parts: [String], isSSML: Bool = false) -> [String] {
    var cutter = PhraseCutter()
    var phrases: [String] = []
    for part in parts {
      cutter.append(part, isSSML: isSSML)
      if let phrase = cutter.take(isLast: false) { phrases.append(phrase) }
    }
    return phrases + (cutter.take(isLast: true).map { [$0] } ?? [])
  }

  @Test func textIsCutBehindPunctuation() {
    #expect(phrases(["Hello", ", ", "wor", "ld", ". ", "How", " are you"]) == ["Hello, ", "world. ", "How are you"])
    #expect(phrases(["It costs 3", ".", "14", " now"]) == ["It costs 3.14 now"])
    #expect(phrases(["你好，", "世界"]) == ["你好，", "世界"])
    #expect(phrases([" ", "  ", "... "]) == ["   ... "])
    #expect(phrases([" ", "\n"]) == [])
    let words = String(repeating: "word ", count: 60)
    #expect(phrases([words]).joined() == words)
    #expect(phrases([words, "word "]).first?.count == PhraseCutter.longest)
    let letters = String(repeating: "w", count: 3 * PhraseCutter.longest)
    #expect(phrases([letters, "w"]).map(\.count) == [2 * PhraseCutter.longest, PhraseCutter.longest + 1])
  }

  @Test func noElementIsCutApart() {
    let parts = [
      "<speak>", "Hello, ", "<prosody rate=\"slow\">one, ", "two</prosody>, ", "a < b. ", "<break time='1s'/> ",
      "</speak>",
    ]
    #expect(
      phrases(parts, isSSML: true) == [
        "<speak>Hello, ", "<prosody rate=\"slow\">one, two</prosody>, ", "a < b. <break time='1s'/> </speak>",
      ])
    #expect(phrases(["<b>it, ", "never ends"], isSSML: true) == ["<b>it, never ends"])
    #expect(phrases(["<speak>", " ", "</speak>"], isSSML: true) == [])
    #expect(phrases(["a <b, c"]) == ["a <b, ", "c"], "it is no SSML")
  }

  private func text(_ text: String, _ index: Int? = nil) -> DIDPart {
    DIDPart(index: index, content: .text(text, isSSML: false, voice: nil, language: nil))
  }

  private func said(_ phrases: [StreamedPhrase]) -> [String] {
    phrases.map { phrase in
      if case .text(let text, _) = phrase.speechRequest?.content { text + (phrase.isLast ? "|" : "") } else { "|" }
    }
  }

  @Test func partsAreSaidInTheOrderOfTheirNumbers() throws {
    var talk = StreamedTalk(id: "t", kind: .text)
    #expect(try talk.add(text("b. ", 1), kind: .text).isEmpty)
    #expect(try talk.add(text(" ", 3), kind: .text).isEmpty)
    #expect(try said(talk.add(text("a. ", 0), kind: .text)) == ["a. ", "b. "])
    #expect(throws: StreamedTalk.Mistake.self) { try talk.add(text("b", 1), kind: .text) }
    #expect(throws: StreamedTalk.Mistake.self) { try talk.add(text("d", 3), kind: .text) }
    #expect(throws: StreamedTalk.Mistake.self) { try talk.add(text("d", 3), kind: .audio) }
    #expect(!talk.isComplete)
    #expect(try said(talk.add(text("c", 2), kind: .text)) == ["c |"])
    #expect(talk.isComplete)
  }

  @Test func partsWithoutNumbersFollowTheLatest() throws {
    var talk = StreamedTalk(id: "t", kind: .text)
    #expect(try said(talk.add(text("a. "), kind: .text)) == ["a. "])
    #expect(try talk.add(text("c. ", 2), kind: .text).isEmpty)
    #expect(try talk.add(text(""), kind: .text).isEmpty, "it is the fourth")
    #expect(try said(talk.add(text("b. ", 1), kind: .text)) == ["b. ", "c. ", "|"])
  }

  @Test func whatWaitsAndWhatIsSaidHaveBounds() throws {
    var talk = StreamedTalk(id: "t", kind: .text)
    for index in 1...StreamedTalk.waitingLimit { #expect(try talk.add(text("a", index), kind: .text).isEmpty) }
    #expect { try talk.add(text("a", 301), kind: .text) } throws: { ($0 as? StreamedTalk.Mistake)?.isTooMuch == true }
    #expect(try talk.add(text("a", 0), kind: .text).isEmpty)
    #expect { try talk.add(text(String(repeating: "a", count: 40_000)), kind: .text) } throws: {
      ($0 as? StreamedTalk.Mistake)?.isTooMuch == false
    }
  }

  @Test func soundIsPlayedByQuartersOfASecondAndSamplesAreNotCutApart() throws {
    var talk = StreamedTalk(id: "t", kind: .audio)
    func sound(_ count: Int) throws -> [StreamedPhrase] {
      try talk.add(DIDPart(index: nil, content: .samples([UInt8](repeating: 1, count: count))), kind: .audio)
    }
    #expect(try sound(7_999).isEmpty)
    #expect(try sound(2).map(\.duration) == [.milliseconds(250)])
    #expect(try sound(10_000).map(\.duration) == [.microseconds(312_500)])
    let last = try sound(0)
    #expect(last.map(\.isLast) == [true] && last.first?.speechRequest == nil, "half a sample is none")
  }

  @Test func aTalkGrowsAndWaitsForWhatIsWrittenSlowly() throws {
    var queue = TalkQueue()
    func at(_ seconds: Int) -> MonotonicInstant { MonotonicInstant(sinceStart: .seconds(seconds)) }
    func extend(_ seconds: Int, isLast: Bool = false, at now: Int) throws -> Duration? {
      try queue.extend(id: "a", by: .seconds(seconds), isLast: isLast, startDelay: .zero, at: at(now))?.position
    }
    #expect(try extend(0, at: 0) == nil, "nothing is said yet")
    #expect(try extend(2, at: 0) == .zero)
    #expect(try extend(3, at: 1) == .seconds(2))
    #expect(queue.talks[0].phase(at: at(9)) == .speaking, "it is over when its end has come")
    #expect(try extend(1, at: 9) == .seconds(9))
    #expect(try extend(0, isLast: true, at: 9) == .seconds(10))
    #expect(queue.talks[0].duration == .seconds(10))
    #expect(queue.talks[0].phase(at: at(10)) == .ended)
    #expect(try extend(1, at: 11) == nil)
    let next = try queue.add(id: "b", duration: .seconds(1), startDelay: .zero, at: at(9))
    #expect(next.startsAt == at(10))
    queue.interrupt(at: at(9))
    #expect(try queue.extend(id: "b", by: .seconds(1), isLast: true, startDelay: .zero, at: at(9)) == nil)
  }

  @Test func theTimelineGoesOnInSilenceUntilTheEnd() {
    var timeline = MediaTimeline(rules: .init(frameInterval: .milliseconds(40)))
    func at(_ milliseconds: Int64) -> MonotonicInstant { MonotonicInstant(sinceStart: .milliseconds(milliseconds)) }
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(0), duration: .milliseconds(100), isOpen: true)
    var actions: [MediaTimeline.Action] = []
    func run(until end: Int64) {
      while let deadline = timeline.deadline, deadline <= at(end) { actions += timeline.advance(to: deadline) }
    }
    run(until: 390)
    #expect(!actions.contains { if case .ended = $0 { true } else { false } })
    timeline.set(talk: "a", start: at(0), duration: .milliseconds(500))
    run(until: 2000)
    #expect(actions.contains(.ended(talk: "a", spoken: .milliseconds(500))))
    let sounds = actions.count { if case .sound = $0 { true } else { false } }
    #expect(sounds == 25)
    #expect(timeline.deadline == nil)
  }

  @Test func speechIsPutTogetherWithItsPauses() {
    let mouth = [Speech.MouthCue(start: .zero, shape: .closed)]
    let word = [Speech.WordCue(start: .zero, text: "a ")]
    var speech = Speech(samples: [1, 2], mouth: mouth, words: word)
    speech.append(Speech(samples: [3], mouth: mouth, words: word), at: .milliseconds(1))
    #expect(speech.samples == [1, 2] + [Int16](repeating: 0, count: 46) + [3])
    #expect(speech.mouth.map(\.start) == [.zero, .milliseconds(1)])
    #expect(speech.words.map(\.start) == [.zero, .milliseconds(1)])
  }

  @Test func phrasesBecomeSoundInTheirOrderAndWholeTalksFollowThem() async throws {
    let voice = ScriptedVoice()
    try await MockFixture.run(voice: voice) { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      func part(_ input: String) async throws -> Int {
        let payload: JSONValue = [
          "script": ["type": "text", "input": .string(input)], "session_id": .string(stream.sessionID),
        ]
        let message = try DIDMessage((["type": "stream-text", "payload": payload] as JSONValue).serialized)
        let request = HTTPRequest(method: "WS", path: "/", headers: MockFixture.key)
        return await mock.state.answer(request, message).response?.status ?? 0
      }
      #expect(try await part("one two, three. ") == 200)
      #expect(try await part("unspeakable words. ") == 200)
      #expect(try await part("four ") == 200)
      #expect(try await part("") == 200)
      await voice.waitForUtterances(3)
      voice.release("four ")
      let whole = Task { await stream.speak("five six") }
      await voice.waitForUtterances(4)
      voice.release("five six")
      #expect(await mock.state.sessions.first?.talks.isEmpty == true)
      voice.release("unspeakable words. ")
      voice.release("one two, three. ")
      #expect(await whole.value.status == 200)
      let talks = await mock.state.sessions.first?.talks
      #expect(talks?.map(\.duration) == [.seconds(4), .seconds(2)], "what cannot be said is left out")
      #expect(talks?.map(\.phase) == ["speaking", "queued"])
    }
  }
}
