// Checks when talks start and end, as told and as estimated.
import AvatarProvider
import Basics
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryTalkTests {
  private func talks(_ browser: MadeUpConnection, _ session: SessionID) -> [SessionEvent] {
    browser.events(of: session).filter { if case .talk = $0 { true } else { false } }
  }

  @Test("Without a data channel start and end are estimated from the acceptance and the duration")
  func estimated() {
    var fixture = RegistryFixture()
    fixture.offering.talksLast(.seconds(4))
    let (browser, session) = fixture.live()
    let speak = fixture.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    #expect(browser.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: 4000))])
    #expect(
      talks(browser, session) == [
        .talk(id: "t1", .accepted(durationMs: 4000)), .talk(id: "t1", .started(estimated: true)),
      ])
    fixture.advance(.milliseconds(3999))
    #expect(talks(browser, session).count == 2)
    fixture.advance(.milliseconds(1))
    #expect(talks(browser, session).last == .talk(id: "t1", .ended(estimated: true)))
    #expect(talks(browser, session).count == 3)
  }

  @Test("What the data channel tells is not estimated")
  func reported() {
    var fixture = RegistryFixture()
    fixture.offering.talksLast(.seconds(4))
    let (browser, session) = fixture.live()
    fixture.send(.report(session: session, .dataChannelState(.open)), on: browser)
    fixture.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    fixture.advance(.seconds(1))
    #expect(talks(browser, session) == [.talk(id: "t1", .accepted(durationMs: 4000))])
    fixture.send(.report(session: session, .dataChannelMessage("start t1")), on: browser)
    fixture.advance(.seconds(5))
    fixture.send(.report(session: session, .dataChannelMessage("stop t1")), on: browser)
    fixture.advance(.seconds(60))
    #expect(
      talks(browser, session).dropFirst() == [
        .talk(id: "t1", .started(estimated: false)), .talk(id: "t1", .ended(estimated: false)),
      ])
  }

  @Test("An event that comes after its estimate is not told again", arguments: [true, false])
  func late(named: Bool) {
    var fixture = RegistryFixture()
    fixture.offering.talksLast(.seconds(4))
    let (browser, session) = fixture.live()
    fixture.send(.report(session: session, .dataChannelState(.open)), on: browser)
    fixture.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    // Patience of two seconds for the start, and for the end after the duration.
    fixture.advance(.seconds(2))
    #expect(talks(browser, session).last == .talk(id: "t1", .started(estimated: true)))
    fixture.advance(.seconds(4))
    #expect(talks(browser, session).last == .talk(id: "t1", .ended(estimated: true)))
    fixture.send(.report(session: session, .dataChannelMessage(named ? "start t1" : "start")), on: browser)
    fixture.send(.speak(session: session, .text("again"), options: [:]), on: browser)
    fixture.send(.report(session: session, .dataChannelMessage(named ? "stop t1" : "stop")), on: browser)
    #expect(
      talks(browser, session) == [
        .talk(id: "t1", .accepted(durationMs: 4000)), .talk(id: "t1", .started(estimated: true)),
        .talk(id: "t1", .ended(estimated: true)), .talk(id: "t2", .accepted(durationMs: 4000)),
      ])
    fixture.send(.report(session: session, .dataChannelMessage(named ? "start t2" : "start")), on: browser)
    #expect(talks(browser, session).last == .talk(id: "t2", .started(estimated: false)))
  }

  @Test("Events that overtake the acknowledgement are told after it")
  func early() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.hold(.speak)
    fixture.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    fixture.send(.report(session: session, .dataChannelMessage("start t1")), on: browser)
    #expect(talks(browser, session).isEmpty)
    fixture.offering.release(.speak)
    #expect(
      talks(browser, session) == [
        .talk(id: "t1", .accepted(durationMs: nil)), .talk(id: "t1", .started(estimated: false)),
      ])
  }

  @Test("Where the provider names no talk the relay does, and events mean the oldest")
  func unnamed() {
    var fixture = RegistryFixture()
    fixture.offering.namesNoTalks()
    let (browser, session) = fixture.live()
    for words in ["a", "b"] { fixture.send(.speak(session: session, .text(words), options: [:]), on: browser) }
    for message in ["start", "stop", "start", "stop", "stop", "start"] {
      fixture.send(.report(session: session, .dataChannelMessage(message)), on: browser)
    }
    #expect(
      talks(browser, session) == [
        .talk(id: "talk-1", .accepted(durationMs: nil)), .talk(id: "talk-2", .accepted(durationMs: nil)),
        .talk(id: "talk-1", .started(estimated: false)), .talk(id: "talk-1", .ended(estimated: false)),
        .talk(id: "talk-2", .started(estimated: false)), .talk(id: "talk-2", .ended(estimated: false)),
      ])
  }

  @Test("A talk that the provider cannot play fails")
  func failed() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    fixture.send(.report(session: session, .dataChannelMessage("fail t1")), on: browser)
    guard case .talk(id: "t1", .failed(let error)) = talks(browser, session).last else {
      Issue.record("no failure")
      return
    }
    #expect(error.kind == .providerRejected)
    #expect(error.message.contains("no voice"))
  }

  @Test("A talk without a duration is not guessed at")
  func noDuration() {
    var fixture = RegistryFixture { $0.idleLimit = nil }
    let (browser, session) = fixture.live()
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    fixture.advance(.seconds(200))
    #expect(talks(browser, session) == [.talk(id: "t1", .accepted(durationMs: nil))])
  }

  @Test("An interruption ends the talk, by event where events come and by estimate where not")
  func interrupted() {
    var fixture = RegistryFixture()
    fixture.offering.talksLast(.seconds(100))
    let (browser, session) = fixture.live()
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    let interrupt = fixture.send(.interrupt(session: session, talk: "t1"), on: browser)
    #expect(browser.answers(to: interrupt) == [.result(interrupt, .interrupted(sendOnDataChannel: nil))])
    #expect(fixture.offering.journal.last == "interrupt t1")
    #expect(talks(browser, session).last == .talk(id: "t1", .ended(estimated: true)))

    fixture.send(.report(session: session, .dataChannelState(.open)), on: browser)
    fixture.send(.speak(session: session, .text("b"), options: [:]), on: browser)
    fixture.send(.report(session: session, .dataChannelMessage("start t2")), on: browser)
    fixture.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(fixture.offering.journal.last == "interrupt t2", "a provider may have to be told what is being said")
    #expect(talks(browser, session).last == .talk(id: "t2", .started(estimated: false)))
    fixture.send(.report(session: session, .dataChannelMessage("stop t2")), on: browser)
    #expect(talks(browser, session).last == .talk(id: "t2", .ended(estimated: false)))

    let unknown = fixture.send(.interrupt(session: session, talk: "t9"), on: browser)
    #expect(browser.error(of: unknown) == .talkNotFound)
    let over = fixture.send(.interrupt(session: session, talk: "t2"), on: browser)
    #expect(browser.answers(to: over) == [.result(over, .interrupted(sendOnDataChannel: nil))])
    #expect(fixture.offering.count(.interrupt) == 2, "what is over is not interrupted")
  }

  @Test("Whatever is being said is the talk that started, else the next one, else the one whose end nobody told")
  func interruptedWithoutAName() {
    var fixture = RegistryFixture()
    fixture.offering.talksLast(.seconds(10))
    let (browser, session) = fixture.live()
    func interrupted() -> String? {
      fixture.send(.interrupt(session: session, talk: nil), on: browser)
      return fixture.offering.journal.last
    }
    #expect(interrupted() == "interrupt")
    fixture.send(.report(session: session, .dataChannelState(.open)), on: browser)
    for text in ["a", "b"] { fixture.send(.speak(session: session, .text(text), options: [:]), on: browser) }
    #expect(interrupted() == "interrupt t1")
    fixture.send(.report(session: session, .dataChannelMessage("start t1")), on: browser)
    #expect(interrupted() == "interrupt t1")
    fixture.send(.report(session: session, .dataChannelMessage("stop t1")), on: browser)
    #expect(interrupted() == "interrupt t2")
    fixture.advance(.seconds(60))
    #expect(talks(browser, session).last == .talk(id: "t2", .ended(estimated: true)))
    #expect(interrupted() == "interrupt t2", "the estimate may be wrong")
    fixture.send(.report(session: session, .dataChannelMessage("start t2")), on: browser)
    fixture.send(.report(session: session, .dataChannelMessage("stop t2")), on: browser)
    #expect(interrupted() == "interrupt")
  }

  @Test("An interruption by data channel hands the browser its text")
  func interruptedByBrowser() {
    var fixture = RegistryFixture()
    fixture.roomy.interrupts(by: .sendOnDataChannel("stop it"))
    let browser = fixture.connect()
    let session = fixture.open("roomy", on: browser)
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    let interrupt = fixture.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(browser.answers(to: interrupt) == [.result(interrupt, .interrupted(sendOnDataChannel: "stop it"))])
  }

  @Test("What the provider cannot do is said without asking it")
  func cannot() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.open("awaiting", on: browser)
    fixture.send(.offer(session: session, .sampleOffer), on: browser)
    let calls: [Call] = [
      .speak(session: session, .ssml("<speak/>"), options: [:]),
      .speak(session: session, .audio(url: "a"), options: [:]),
      .interrupt(session: session, talk: nil), .extend(session: session),
    ]
    for call in calls {
      let id = fixture.send(call, on: browser)
      #expect(browser.error(of: id) == .notSupported)
    }
    let long = fixture.send(.speak(session: session, .text("twenty-one bytes long"), options: [:]), on: browser)
    #expect(browser.error(of: long) == .talkTooLong)
    // 11 characters, 22 bytes: the limit is in bytes.
    let wide = fixture.send(.speak(session: session, .text("äääääääääää"), options: [:]), on: browser)
    #expect(browser.error(of: wide) == .talkTooLong)
    let exact = fixture.send(.speak(session: session, .text("twenty bytes of text"), options: [:]), on: browser)
    #expect(browser.error(of: exact) == nil)
    #expect(fixture.awaiting.journal == ["open", "describe offer", "speak twenty bytes of text"])
  }

  @Test("A text is as long as its provider counts")
  func lengthOfATextInTheProvidersUnit() throws {
    var traits = ProviderTraits.offering
    traits.textLength = .init(.utf16, 3...40_000)
    let lengths: [(String, ErrorKind?)] = [
      ("👍🏽", nil), ("😀😀", nil), ("Hi", .talkTooShort), ("😀", .talkTooShort),
      (String(repeating: "😀", count: 20_000), nil), (String(repeating: "😀", count: 20_001), .talkTooLong),
    ]
    for (text, kind) in lengths {
      for script in [Script(.text(text)), Script(.ssml(text))] {
        var machine = try MachineState.live.machine(traits)
        let action = machine.speak(RequestID(9), script, at: .zero).first
        if case .respond(_, .failure(let error)) = action {
          #expect(error.kind == kind)
        } else {
          #expect(kind == nil)
        }
      }
    }
  }

  @Test("SSML and recordings go to a provider that takes them")
  func otherScripts() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.send(.speak(session: session, .ssml("<speak/>"), options: [:]), on: browser)
    // The length of a URL is not the length of a talk.
    fixture.send(.speak(session: session, .audio(url: "https://example.com/long.mp3"), options: [:]), on: browser)
    let long = fixture.send(.speak(session: session, .ssml("<speak>too long</speak>"), options: [:]), on: browser)
    #expect(fixture.offering.journal.suffix(2) == ["speak <speak/>", "speak https://example.com/long.mp3"])
    #expect(browser.error(of: long) == .talkTooLong)
  }

  @Test("A speak whose fate nobody knows is told as such and not sent again")
  func fateUnknown() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.fail(.speak, ProviderFailure(.fateUnknown, "no answer"))
    let call = Call.speak(session: session, .text("a"), options: [:])
    let speak = fixture.send(call, on: browser)
    #expect(browser.error(of: speak) == .talkUnknown)
    fixture.send(call, id: speak.value, on: browser)
    #expect(browser.answers(to: speak).count == 2)
    #expect(fixture.offering.count(.speak) == 1)
    fixture.offering.fail(.extend, ProviderFailure(.fateUnknown, "no answer"))
    let extend = fixture.send(.extend(session: session), on: browser)
    #expect(browser.error(of: extend) == .providerFateUnknown)
  }
}
