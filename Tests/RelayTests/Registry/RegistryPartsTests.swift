// Checks talks whose text is still being written: what is handed on, in which order, and what each part is answered.
import AvatarProvider
import Basics
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryPartsTests {
  /// A session that is live at a provider of that kind, and what is asked of it in one line each.
  private struct Scene {
    var fixture: RegistryFixture
    let provider: MadeUpProvider
    var browser: MadeUpConnection
    let session: SessionID

    init(_ parts: SessionCapabilities.Parts, _ fixture: RegistryFixture = RegistryFixture()) {
      self.fixture = fixture
      provider = parts == .native ? fixture.native : fixture.joined
      browser = self.fixture.connect()
      session = self.fixture.open(parts.rawValue, on: browser)
      self.fixture.send(.answer(session: session, .sampleAnswer), on: browser)
      self.fixture.send(.report(session: session, .iceConnectionState(.connected)), on: browser)
    }

    mutating func begin(_ text: String = "") -> RequestID {
      fixture.send(.beginSpeak(session: session, Script(.text(text), options: ["voice": "v"])), on: browser)
    }
    mutating func part(_ index: Int64, _ text: String, of talk: String, id: Int64? = nil) -> RequestID {
      let part = TextPart(talk: talk, index: index, text: text)
      return fixture.send(.speakPart(session: session, part), id: id, on: browser)
    }
    mutating func end(_ index: Int64, of talk: String) -> RequestID {
      fixture.send(.speakEnd(session: session, talk: talk, index: index), on: browser)
    }
    mutating func interrupt(_ talk: String? = nil) -> RequestID {
      fixture.send(.interrupt(session: session, talk: talk), on: browser)
    }
    mutating func speak(_ text: String) -> RequestID {
      fixture.send(.speak(session: session, Script(.text(text))), on: browser)
    }

    /// The answer in a word: `ok`, `over`, `talk t1`, or the kind of an error; nil for none.
    func answer(_ request: RequestID) -> String? {
      switch browser.answers(to: request).first {
      case .result(_, .empty, _): "ok"
      case .result(_, .talkOver, _): "over"
      case .result(_, .talk(let id, _), _): "talk \(id)"
      case .result(_, .interrupted(_, let isPending), _): isPending ? "interrupted later" : "interrupted"
      case .error(_, let error): error.kind.rawValue
      case nil, .result, .notification: nil
      }
    }
    /// What the provider was asked from the first talk on.
    var asked: [String] { Array(provider.journal.drop { !$0.hasPrefix("speak") }) }
    var phases: [String] {
      browser.events(of: session).compactMap { event in
        guard case .talk(let id, let phase) = event else { return nil }
        return switch phase {
        case .accepted: "\(id) accepted"
        case .started(let estimated): "\(id) started\(estimated ? "?" : "")"
        case .ended(let estimated): "\(id) ended\(estimated ? "?" : "")"
        case .failed(let error): "\(id) failed \(error.kind.rawValue)"
        }
      }
    }
  }

  // MARK: Handing on

  @Test("A provider that takes parts gets each as it comes, with the talk's options, and the end")
  func native() {
    var scene = Scene(.native)
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
    var scene = Scene(.native)
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
      var scene = Scene(parts)
      _ = scene.begin(" ")
      #expect(scene.answer(scene.part(1, "\n", of: "talk-1")) == "ok")
      #expect(scene.answer(scene.end(2, of: "talk-1")) == "ok")
      #expect(scene.asked == [])
      #expect(scene.phases == ["talk-1 accepted", "talk-1 started?", "talk-1 ended?"])
    }
  }

  @Test("Other providers get sentences; a part that completes none is answered at once")
  func joined() {
    var scene = Scene(.joined)
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
    var scene = Scene(.joined)
    _ = scene.begin("One. ")
    _ = scene.part(1, "2", of: "t1")
    #expect(scene.answer(scene.end(2, of: "t1")) == "talk.tooShort")
    #expect(scene.asked == ["speak One."])
    #expect(scene.answer(scene.speak("more")) == "talk t2")
  }

  // MARK: Numbers

  @Test("A part is taken once, in its place, whatever is sent")
  func numbers() {
    var scene = Scene(.native)
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
    var scene = Scene(.native)
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
    var scene = Scene(.native)
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
    var scene = Scene(.native)
    #expect(scene.answer(scene.begin(String(repeating: "x", count: 101))) == "talk.tooLong")
    _ = scene.begin(String(repeating: "x", count: 60))
    #expect(scene.answer(scene.part(1, String(repeating: "y", count: 41), of: "t1")) == "talk.tooLong")
    #expect(scene.answer(scene.part(1, String(repeating: "y", count: 40), of: "t1")) == "ok")
    #expect(scene.answer(scene.part(2, "z", of: "t1")) == "talk.tooLong")
    #expect(scene.answer(scene.end(2, of: "t1")) == "ok")
  }

  @Test("As many parts wait as may; one more is not taken")
  func waiting() {
    var scene = Scene(.native, RegistryFixture { $0.waitingCalls = 2 })
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
    var scene = Scene(.native, fixture)
    _ = scene.begin("12345")
    #expect(scene.answer(scene.part(1, "1234", of: "t1")) == "ok")
    #expect(scene.answer(scene.part(1, "1234", of: "t1")) == "ok", "what is not said costs nothing")
    #expect(scene.answer(scene.part(2, "12", of: "t1")) == "talk.limit")
    scene.fixture.advance(.seconds(9))
    #expect(scene.answer(scene.part(2, "12", of: "t1")) == "ok")
    let counters = scene.fixture.registry.assumeIsolated { $0.counters }
    #expect(counters.talks == 1 && counters.characters == 11)
  }

  // MARK: Failures

  @Test("A part that the provider refuses ends the talk, and the provider is told so")
  func refused() {
    var scene = Scene(.native)
    _ = scene.begin("a")
    scene.provider.hold(.speakPart)
    let parts = [scene.part(1, "b", of: "t1"), scene.part(2, "c", of: "t1")]
    let next = scene.speak("next")
    scene.provider.release(.speakPart, ProviderFailure(.moderation, "no"))
    #expect(parts.map(scene.answer) == ["provider.moderation", "over"])
    #expect(scene.asked == ["speakPart 0 a", "speakPart 1 t1 b", "speakEnd 1 t1", "speak next"])
    #expect(scene.phases == ["t1 accepted", "t1 failed provider.moderation", "t2 accepted"])
    #expect(scene.answer(next) == "talk t2")
    #expect(scene.answer(scene.part(2, "c", of: "t1")) == "over")
    #expect(scene.answer(scene.part(0 + 1, "b", of: "t1")) == "over")
  }

  @Test("A first part that is refused is a talk that never was")
  func firstRefused() {
    for parts in [SessionCapabilities.Parts.native, .joined] {
      var scene = Scene(parts)
      scene.provider.fail(parts == .native ? .speakPart : .speak, ProviderFailure(.notReady, "no"))
      #expect(scene.answer(scene.begin("One. ")) == "provider.notReady")
      #expect(scene.phases == [])
      scene.provider.fail(parts == .native ? .speakPart : .speak, nil)
      #expect(scene.answer(scene.begin("One. ")) == "talk t1", "the lane is free")
    }
  }

  @Test("After a part of unknown fate nothing more is said, and the end is sent without a number")
  func unknown() {
    var scene = Scene(.native)
    _ = scene.begin("a")
    scene.provider.hold(.speakPart)
    let parts = [scene.part(1, "b", of: "t1"), scene.part(2, "c", of: "t1"), scene.end(3, of: "t1")]
    scene.provider.release(.speakPart, ProviderFailure(.fateUnknown, "gone"))
    #expect(parts.map(scene.answer) == ["talk.unknown", "talk.unknown", "talk.unknown"])
    #expect(scene.asked == ["speakPart 0 a", "speakPart 1 t1 b", "speakEnd ? t1"])
    #expect(scene.answer(scene.part(2, "c", of: "t1")) == "talk.unknown")
    #expect(scene.phases == ["t1 accepted"])
    #expect(scene.answer(scene.speak("next")) == "talk t2")
  }

  @Test("A first part of unknown fate leaves no talk to go on with, and its end is sent")
  func firstUnknown() {
    var scene = Scene(.native)
    scene.provider.fail(.speakPart, ProviderFailure(.fateUnknown, "gone"))
    #expect(scene.answer(scene.begin("a")) == "talk.unknown")
    #expect(scene.asked == ["speakPart 0 a", "speakEnd ?"])
    #expect(scene.answer(scene.speak("next")) == "talk t1")
  }

  @Test("A talk that gets no part in time is said to its end, and its client is told why nothing follows")
  func timeout() {
    var native = Scene(.native)
    _ = native.begin("a")
    native.fixture.advance(.seconds(9))
    #expect(native.answer(native.part(1, "b", of: "t1")) == "ok")
    native.fixture.advance(.milliseconds(9999))
    #expect(native.phases == ["t1 accepted"])
    native.fixture.advance(.milliseconds(1))
    #expect(native.phases == ["t1 accepted", "t1 failed talk.interrupted"])
    #expect(native.asked.last == "speakEnd 2 t1")
    #expect(native.answer(native.part(2, "c", of: "t1")) == "over")
    var joined = Scene(.joined)
    _ = joined.begin("One. Two")
    joined.fixture.advance(.seconds(10))
    #expect(joined.asked == ["speak One.", "speak Two"])
    #expect(joined.answer(joined.end(1, of: "t1")) == "over")
    #expect(joined.answer(joined.speak("next")) == "talk t3")
  }

  @Test("The talk behind one that fell silent goes at once where there is nothing left to say")
  func silenceFreesTheLane() {
    var scene = Scene(.joined)
    _ = scene.begin("One. ")
    let next = scene.speak("next")
    #expect(scene.answer(next) == nil)
    scene.fixture.advance(.seconds(10))
    #expect(scene.answer(next) == "talk t2")
  }

  @Test("Its client's time does not run while the provider has a part")
  func slowProvider() {
    var scene = Scene(.native)
    _ = scene.begin("a")
    scene.provider.hold(.speakPart)
    let part = scene.part(1, "b", of: "t1")
    scene.fixture.advance(.seconds(30))
    scene.provider.release(.speakPart)
    #expect(scene.answer(part) == "ok")
    scene.fixture.advance(.seconds(9))
    #expect(scene.phases == ["t1 accepted"])
  }

  // MARK: Interruptions

  @Test("An interruption ends the talk: what waits is not said, what was said is cut off, and the end is sent")
  func interruption() {
    var scene = Scene(.native)
    _ = scene.begin("a")
    #expect(scene.answer(scene.interrupt()) == "interrupted")
    #expect(scene.asked == ["speakPart 0 a", "speakEnd 1 t1", "interrupt t1"])
    #expect(scene.answer(scene.part(1, "b", of: "t1")) == "over")
    #expect(scene.answer(scene.end(1, of: "t1")) == "over")
    #expect(scene.answer(scene.begin("c")) == "talk t2")
  }

  @Test("A part that is on its way when everything is interrupted is cut off once it was taken")
  func interruptedPart() {
    for talk in ["t1", nil] {
      var scene = Scene(.native)
      _ = scene.begin("a")
      scene.provider.hold(.speakPart)
      let part = scene.part(1, "b", of: "t1")
      let behind = scene.part(2, "c", of: "t1")
      let interrupt = scene.interrupt(talk)
      #expect(scene.answer(behind) == "over")
      scene.provider.release(.speakPart)
      #expect(scene.answer(part) == "ok" && scene.answer(interrupt) != nil)
      #expect(scene.asked == ["speakPart 0 a", "speakPart 1 t1 b", "interrupt t1", "interrupt t1", "speakEnd 2 t1"])
      let isTold = scene.browser.events(of: scene.session).contains(.interrupted(talk: "t1", .done))
      #expect(isTold)
    }
  }

  @Test("A first part that is on its way when everything is interrupted is cut off as a talk is")
  func interruptedBeginning() {
    var scene = Scene(.joined)
    scene.provider.hold(.speak)
    let begin = scene.begin("One. Two")
    #expect(scene.answer(scene.interrupt()) == "interrupted later")
    scene.provider.release(.speak)
    #expect(scene.answer(begin) == "talk t1")
    #expect(scene.asked == ["speak One.", "interrupt t1"])
    #expect(scene.answer(scene.part(1, " more.", of: "t1")) == "over")
  }

  @Test("Nothing is handed on beside an interruption of another talk")
  func besideAnInterruption() {
    var scene = Scene(.native)
    _ = scene.speak("whole")
    _ = scene.begin()
    scene.provider.hold(.interrupt)
    _ = scene.interrupt("t1")
    let part = scene.part(1, "a", of: "talk-1")
    #expect(scene.answer(part) == nil && scene.asked.last == "interrupt t1")
    scene.provider.release(.interrupt)
    #expect(scene.answer(part) == "ok")
  }

  @Test("A talk that waits behind an open one is given up by an interruption")
  func waitingTalk() {
    var scene = Scene(.native)
    _ = scene.begin("a")
    let waiting = scene.begin("b")
    _ = scene.interrupt()
    #expect(scene.answer(waiting) == "talk.interrupted")
  }

  // MARK: The end of the session

  @Test("Closing overtakes parts: those that wait are told so, the one on its way is of unknown fate")
  func closing() {
    var scene = Scene(.native)
    _ = scene.begin("a")
    scene.provider.hold(.speakPart)
    let parts = [scene.part(1, "b", of: "t1"), scene.part(2, "c", of: "t1")]
    let close = scene.fixture.send(.close(session: scene.session), on: scene.browser)
    #expect(parts.map(scene.answer) == ["talk.unknown", "session.closed"])
    #expect(scene.answer(close) == "ok")
    scene.provider.release(.speakPart)
    #expect(scene.answer(scene.part(3, "d", of: "t1")) == "session.closed")
    #expect(!scene.asked.contains { $0.hasPrefix("speakEnd") }, "the end of the session ends it")
  }

  @Test("A session that is gone at the provider is closed, whichever part found out")
  func gone() {
    var scene = Scene(.native)
    _ = scene.begin("a")
    scene.provider.fail(.speakPart, .gone)
    #expect(scene.answer(scene.part(1, "b", of: "t1")) == "provider.sessionGone")
    #expect(scene.fixture.openSessions == 0)
  }

  // MARK: Events

  @Test("A talk of several sentences starts with the first and ends with the last", arguments: [true, false])
  func events(areNamed: Bool) {
    var scene = Scene(.joined)
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
    var scene = Scene(.joined)
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
    var scene = Scene(.joined)
    _ = scene.begin("One. ")
    scene.fixture.send(.report(session: scene.session, .dataChannelMessage("fail t1")), on: scene.browser)
    #expect(scene.phases == ["t1 accepted", "t1 failed provider.rejected"])
    #expect(scene.answer(scene.part(1, "Two. ", of: "t1")) == "over")
    #expect(scene.answer(scene.speak("next")) == "talk t2")
  }

  // MARK: Resume

  @Test("A client that comes back sends again what was not answered, and goes on")
  func resume() {
    var scene = Scene(.native, RegistryFixture { $0.graceTime = .seconds(30) })
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
