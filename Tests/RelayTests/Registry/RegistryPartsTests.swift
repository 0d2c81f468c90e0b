// Checks talks whose text is still being written: what is handed on, in which order, and what each part is answered.
import AvatarProvider
import Basics
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryPartsTests {
  // MARK: Handing on

  @Test("A provider that takes parts gets each as it comes, with the talk's options, and the end")
  func native() {
    var scene = PartsScene(.native)
    let begin = scene.begin("Hello")
    #expect(scene.answer(begin) == "talk t1")
    let parts = [scene.part(1, " there", of: "t1"), scene.part(2, " ", of: "t1"), scene.part(3, "you", of: "t1")]
    let end = scene.end(4, of: "t1")
    #expect((parts + [end]).map(scene.answer) == ["ok", "ok", "ok", "ok"])
    #expect(scene.asked == ["speakPart 0 Hello", "speakPart 1 t1  there", "speakPart 2 t1  you", "speakEnd 3 t1"])
    #expect(scene.phases == ["t1 accepted"])
    #expect(scene.answer(scene.speak("whole")) == "talk t2", "the lane is free")
  }

  @Test("Without words the talk is named at once, and the provider is asked with the first of them")
  func nothingYet() {
    var scene = PartsScene(.native)
    #expect(scene.answer(scene.begin()) == "talk talk-1")
    #expect(scene.asked == [])
    _ = scene.part(1, "Hi", of: "talk-1")
    _ = scene.part(2, "!", of: "talk-1")
    #expect(scene.asked == ["speakPart 0 Hi", "speakPart 1 t1 !"])
    #expect(scene.answer(scene.begin()) == nil, "the next talk waits for this one")
    #expect(scene.answer(scene.end(3, of: "talk-1")) == "ok")
    #expect(scene.answer(RequestID(7)) == "talk talk-2")
  }

  @Test("A talk in which nothing was said asks nobody, and ends")
  func silence() {
    for parts in [SessionCapabilities.Parts.native, .joined] {
      var scene = PartsScene(parts)
      _ = scene.begin(" ")
      #expect(scene.answer(scene.part(1, "\n", of: "talk-1")) == "ok")
      #expect(scene.answer(scene.end(2, of: "talk-1")) == "ok")
      #expect(scene.asked == [])
      #expect(scene.phases == ["talk-1 accepted", "talk-1 started?", "talk-1 ended?"])
    }
  }

  @Test("Other providers get sentences; a part that completes none is answered at once")
  func joined() {
    var scene = PartsScene(.joined)
    #expect(scene.answer(scene.begin("How are")) == "talk talk-1")
    scene.provider.hold(.speak)
    let kept = scene.part(1, " you?", of: "talk-1")
    let full = scene.part(2, " I am", of: "talk-1")
    let behind = scene.part(3, " fine", of: "talk-1")
    let end = scene.end(4, of: "talk-1")
    #expect([kept, full, behind, end].map(scene.answer) == ["ok", nil, nil, nil])
    scene.provider.release(.speak)
    #expect([full, behind, end].map(scene.answer) == ["ok", "ok", nil])
    scene.provider.release(.speak)
    #expect(scene.answer(end) == "ok")
    #expect(scene.asked == ["speak How are you?", "speak I am fine"])
  }

  @Test("What is left at the end and too short is told")
  func shortRest() {
    var scene = PartsScene(.joined)
    _ = scene.begin("One. ")
    _ = scene.part(1, "2", of: "t1")
    #expect(scene.answer(scene.end(2, of: "t1")) == "talk.tooShort")
    #expect(scene.asked == ["speak One."])
    #expect(scene.answer(scene.speak("more")) == "talk t2")
  }

  // MARK: Numbers

  @Test("A part is taken once, in its place, whatever is sent")
  func numbers() {
    var scene = PartsScene(.native)
    _ = scene.begin("a")
    #expect(scene.answer(scene.part(2, "c", of: "t1")) == "request.outOfOrder")
    #expect(scene.answer(scene.end(2, of: "t1")) == "request.outOfOrder")
    #expect(scene.answer(scene.part(1, "b", of: "t1")) == "ok")
    #expect(scene.answer(scene.part(1, "b", of: "t1")) == "ok", "answered again")
    #expect(scene.answer(scene.part(1, "b", of: "other")) == "talk.notFound")
    let whole = scene.speak("whole")
    #expect(scene.answer(scene.end(2, of: "t1")) == "ok")
    #expect(scene.answer(whole) == "talk t2")
    #expect(scene.answer(scene.part(1, "b", of: "t2")) == "talk.notFound", "it was not begun to be gone on with")
    #expect(scene.answer(scene.end(2, of: "t1")) == "ok", "answered again")
    #expect(scene.answer(scene.part(3, "d", of: "t1")) == "request.outOfOrder")
    #expect(scene.asked == ["speakPart 0 a", "speakPart 1 t1 b", "speakEnd 2 t1", "speak whole"])
  }

  @Test("The same request is answered from memory, and once where it still runs")
  func sameRequest() {
    var scene = PartsScene(.native)
    _ = scene.begin("a")
    scene.provider.hold(.speakPart)
    let part = scene.part(1, "b", of: "t1")
    #expect(scene.part(1, "b", of: "t1", id: part.value) == part)
    #expect(scene.answer(scene.part(1, "b", of: "t1")) == "request.outOfOrder", "it is on its way already")
    scene.provider.release(.speakPart)
    #expect(scene.browser.answers(to: part).count == 1)
    _ = scene.part(1, "b", of: "t1", id: part.value)
    #expect(scene.browser.answers(to: part).count == 2)
    #expect(scene.asked == ["speakPart 0 a", "speakPart 1 t1 b"])
  }

  @Test("One part is on its way at a time, and the end goes last")
  func oneByOne() {
    var scene = PartsScene(.native)
    scene.provider.hold(.speakPart, .speakEnd)
    let begin = scene.begin("a")
    #expect(scene.answer(begin) == nil)
    scene.provider.release(.speakPart)
    let requests = [scene.part(1, "b", of: "t1"), scene.part(2, "c", of: "t1"), scene.end(3, of: "t1")]
    let next = scene.speak("next")
    for count in 1...2 {
      #expect(scene.provider.waitingCount(.speakPart) == 1)
      #expect(requests.compactMap(scene.answer).count == count - 1)
      scene.provider.release(.speakPart)
    }
    #expect(scene.answer(next) == nil)
    scene.provider.release(.speakEnd)
    #expect(requests.map(scene.answer) == ["ok", "ok", "ok"])
    #expect(scene.answer(next) == "talk t2")
  }

  // MARK: Bounds

  @Test("All parts of a talk together are as long as a text may be; one that is too long is not taken")
  func length() {
    var scene = PartsScene(.native)
    #expect(scene.answer(scene.begin(String(repeating: "x", count: 101))) == "talk.tooLong")
    _ = scene.begin(String(repeating: "x", count: 60))
    #expect(scene.answer(scene.part(1, String(repeating: "y", count: 41), of: "t1")) == "talk.tooLong")
    #expect(scene.answer(scene.part(1, String(repeating: "y", count: 40), of: "t1")) == "ok")
    #expect(scene.answer(scene.part(2, "z", of: "t1")) == "talk.tooLong")
    #expect(scene.answer(scene.end(2, of: "t1")) == "ok")
  }

  @Test("As many parts wait as may; one more is not taken")
  func waiting() {
    var scene = PartsScene(.native, RegistryFixture { $0.waitingCalls = 2 })
    _ = scene.begin("a")
    scene.provider.hold(.speakPart)
    let parts = (1...4).map { scene.part($0, "b", of: "t1") }
    #expect(parts.map(scene.answer) == [nil, nil, nil, "request.overload"])
    for _ in 1...3 { scene.provider.release(.speakPart) }
    scene.provider.letGo(.speakPart)
    #expect(scene.answer(scene.part(4, "b", of: "t1")) == "ok")
  }

  @Test("Parts count with their characters, the talk once; a part that met a limit may come again")
  func quotas() {
    let fixture = RegistryFixture {
      $0.talksPerMinute = 1
      $0.charactersPerMinute = 10
    }
    var scene = PartsScene(.native, fixture)
    _ = scene.begin("12345")
    #expect(scene.answer(scene.part(1, "1234", of: "t1")) == "ok")
    #expect(scene.answer(scene.part(1, "1234", of: "t1")) == "ok", "what is not said costs nothing")
    #expect(scene.answer(scene.part(2, "12", of: "t1")) == "talk.limit")
    scene.fixture.advance(.seconds(9))
    #expect(scene.answer(scene.part(2, "12", of: "t1")) == "ok")
    let counters = scene.fixture.registry.assumeIsolated { $0.counters }
    #expect(counters.talks == 1 && counters.characters == 11)
  }

  // MARK: Events

  @Test("A talk of several sentences starts with the first and ends with the last", arguments: [true, false])
  func events(areNamed: Bool) {
    var scene = PartsScene(.joined)
    if !areNamed { scene.provider.namesNoTalks() }
    let talk = areNamed ? "t1" : "talk-1"
    func tell(_ message: String, _ number: Int) {
      let words = areNamed ? "\(message) t\(number)" : message
      scene.fixture.send(.report(session: scene.session, .dataChannelMessage(words)), on: scene.browser)
    }
    _ = scene.begin("One. ")
    tell("start", 1)
    _ = scene.part(1, "Two. ", of: talk)
    tell("stop", 1)
    tell("start", 2)
    tell("stop", 2)
    #expect(scene.phases == ["\(talk) accepted", "\(talk) started"], "more may come")
    _ = scene.part(2, "Three", of: talk)
    _ = scene.end(3, of: talk)
    let next = scene.speak("next")
    tell("start", 3)
    #expect(scene.phases.last?.hasSuffix("accepted") == true)
    tell("stop", 3)
    #expect(scene.phases.last == "\(talk) ended")
    tell("start", 4)
    #expect(scene.phases.last == "\(areNamed ? "t4" : "talk-2") started")
    #expect(scene.answer(next) != nil)
  }

  @Test("Where only durations are told, the end is that of all sentences")
  func durations() {
    var scene = PartsScene(.joined)
    scene.provider.talksLast(.seconds(3))
    _ = scene.begin("One. ")
    #expect(scene.phases == ["t1 accepted", "t1 started?"])
    _ = scene.part(1, "Two. ", of: "t1")
    scene.fixture.advance(.seconds(4))
    _ = scene.end(2, of: "t1")
    #expect(scene.phases.count == 2)
    scene.fixture.advance(.seconds(2))
    #expect(scene.phases.last == "t1 ended?")
  }

  @Test("A sentence that cannot be said ends the talk")
  func failedSentence() {
    var scene = PartsScene(.joined)
    _ = scene.begin("One. ")
    scene.fixture.send(.report(session: scene.session, .dataChannelMessage("fail t1")), on: scene.browser)
    #expect(scene.phases == ["t1 accepted", "t1 failed provider.rejected"])
    #expect(scene.answer(scene.part(1, "Two. ", of: "t1")) == "over")
    #expect(scene.answer(scene.speak("next")) == "talk t2")
  }

  // MARK: Resume

  @Test("A client that comes back sends again what was not answered, and goes on")
  func resume() {
    var scene = PartsScene(.native, RegistryFixture { $0.graceTime = .seconds(30) })
    _ = scene.begin("a")
    scene.provider.hold(.speakPart)
    let parts = [scene.part(1, "b", of: "t1"), scene.part(2, "c", of: "t1")]
    scene.fixture.drop(scene.browser)
    scene.provider.release(.speakPart)
    scene.browser = scene.fixture.connect()
    let secret = ResumeSecret(value: "secret1")
    scene.fixture.send(.resume(session: scene.session, secret: secret, lastSeq: 5), on: scene.browser)
    for (index, part) in parts.enumerated() {
      _ = scene.part(Int64(index + 1), index == 0 ? "b" : "c", of: "t1", id: part.value)
    }
    #expect(parts.map(scene.answer) == ["ok", nil])
    scene.provider.release(.speakPart)
    scene.provider.letGo(.speakPart)
    #expect(scene.answer(parts[1]) == "ok")
    #expect(scene.answer(scene.part(3, "d", of: "t1", id: 30)) == "ok")
    #expect(scene.asked == ["speakPart 0 a", "speakPart 1 t1 b", "speakPart 2 t1 c", "speakPart 3 t1 d"])
  }
}
