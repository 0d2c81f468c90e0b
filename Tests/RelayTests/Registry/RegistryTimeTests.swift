// Checks what time does to sessions: idle limit, lifetime, warnings.
import AvatarProvider
import Basics
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryTimeTests {
  @Test("The idle limit is warned of and strikes; a call that reaches the provider puts it off")
  func idle() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.advance(.seconds(200))
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    fixture.advance(.seconds(269))
    #expect(browser.events(of: session).expiring.isEmpty)
    fixture.advance(.seconds(1))
    #expect(browser.events(of: session).last == .expiring(cause: .idle, inMs: 30_000, extendable: true))
    // Reports and pings do not reach the provider.
    fixture.send(.report(session: session, .iceConnectionState(.connected)), on: browser)
    fixture.send(.ping, on: browser)
    fixture.advance(.milliseconds(29_999))
    #expect(fixture.openSessions == 1)
    fixture.advance(.milliseconds(1))
    #expect(
      browser.events(of: session).suffix(3) == [
        .state(.closing), .state(.closed), .closed(.idle, action: .reconnect),
      ])
    #expect(browser.events(of: session).expiring.count == 1)
    #expect(fixture.offering.journal.last == "close up1")
    #expect(fixture.clock.sleeperCount == 0)
  }

  @Test("session.extend puts the idle limit off, and the new limit is warned of again")
  func extend() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.advance(.seconds(280))
    let extend = fixture.send(.extend(session: session), on: browser)
    #expect(browser.answers(to: extend) == [.result(extend, .extended(expiresInMs: 300_000))])
    fixture.advance(.seconds(269))
    #expect(browser.events(of: session).expiring.count == 1)
    fixture.advance(.seconds(1))
    #expect(browser.events(of: session).expiring.count == 2)
    fixture.advance(.seconds(30))
    #expect(fixture.openSessions == 0)
  }

  @Test("A call that fails does not put the idle limit off")
  func failedCall() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.advance(.seconds(250))
    fixture.offering.fail(.extend, .unavailable)
    fixture.send(.extend(session: session), on: browser)
    fixture.advance(.seconds(50))
    #expect(browser.events(of: session).last == .closed(.idle, action: .reconnect))
  }

  @Test("A session is not idle while a call is on its way; what the provider then says decides")
  func callDuringLimit() {
    for failure in [nil, ProviderFailure.unavailable] {
      var fixture = RegistryFixture()
      let browser = fixture.connect()
      let session = fixture.live(on: browser)
      fixture.advance(.seconds(299))
      fixture.offering.hold(.speak)
      fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
      fixture.advance(.seconds(10))
      #expect(fixture.openSessions == 1)
      fixture.offering.release(.speak, failure)
      fixture.advance(.zero)
      #expect(fixture.openSessions == (failure == nil ? 1 : 0))
    }
  }

  @Test("The lifetime is warned of, cannot be extended and strikes")
  func lifetime() {
    var fixture = RegistryFixture { $0.lifetime = .seconds(600) }
    let (browser, session) = fixture.live()
    for _ in 0..<5 {
      fixture.advance(.seconds(100))
      fixture.send(.extend(session: session), on: browser)
    }
    fixture.advance(.seconds(70))
    #expect(browser.events(of: session).last == .expiring(cause: .lifetime, inMs: 30_000, extendable: false))
    let extend = fixture.send(.extend(session: session), on: browser)
    #expect(browser.answers(to: extend) == [.result(extend, .extended(expiresInMs: 30_000))])
    fixture.advance(.seconds(30))
    #expect(browser.events(of: session).last == .closed(.lifetime, action: .reconnect))
    #expect(fixture.openSessions == 0)
  }

  @Test("The shorter of the provider's and the relay's limits counts, and is told")
  func shorter() {
    var fixture = RegistryFixture {
      $0.idleLimit = .seconds(60)
      $0.lifetime = .seconds(7200)
    }
    fixture.offering.change { $0.lifetime = .seconds(600) }
    let browser = fixture.connect()
    _ = fixture.open(on: browser)
    guard case .result(_, .opened(let opened), _) = browser.messages.first else {
      Issue.record("no result")
      return
    }
    #expect(opened.limits.idleMs == 60_000)
    #expect(opened.limits.lifetimeMs == 600_000)
  }

  @Test("A limit shorter than twice the warning is warned of half-way")
  func shortLimit() {
    var fixture = RegistryFixture { $0.idleLimit = .seconds(20) }
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    fixture.advance(.seconds(9))
    #expect(browser.events(of: session).expiring.isEmpty)
    fixture.advance(.seconds(1))
    #expect(browser.events(of: session).last == .expiring(cause: .idle, inMs: 10_000, extendable: true))
  }

  @Test("A reported talk event is activity")
  func talkEvent() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    fixture.advance(.seconds(260))
    fixture.send(.report(session: session, .dataChannelMessage("start t1")), on: browser)
    fixture.advance(.seconds(260))
    #expect(browser.events(of: session).expiring.isEmpty)
    #expect(fixture.openSessions == 1)
  }

  @Test("While a talk lasts nobody is silent; its end begins the idle limit anew")
  func talkUnderWay() {
    var fixture = RegistryFixture()
    fixture.offering.talksLast(.seconds(400))
    let (browser, session) = fixture.live()
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    fixture.advance(.seconds(669))
    #expect(browser.events(of: session).expiring.isEmpty)
    fixture.advance(.seconds(1))
    #expect(browser.events(of: session).last == .expiring(cause: .idle, inMs: 30_000, extendable: true))
    fixture.advance(.milliseconds(29_999))
    #expect(fixture.openSessions == 1)
    fixture.advance(.milliseconds(1))
    #expect(browser.events(of: session).last == .closed(.idle, action: .reconnect))
    #expect(fixture.clock.sleeperCount == 0)
  }

  @Test("Talks that wait for each other last one after the other")
  func talksInARow() {
    var fixture = RegistryFixture()
    fixture.offering.talksLast(.seconds(400))
    let (browser, session) = fixture.live()
    for _ in 0..<3 { fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser) }
    fixture.advance(.milliseconds(1_499_999))
    #expect(fixture.openSessions == 1)
    fixture.advance(.milliseconds(1))
    #expect(fixture.openSessions == 0)
  }

  @Test("A talk that is cut off lasts no longer")
  func talkCutOff() {
    var fixture = RegistryFixture()
    fixture.offering.talksLast(.seconds(1000))
    let (browser, session) = fixture.live()
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    fixture.advance(.seconds(500))
    fixture.send(.interrupt(session: session, talk: nil), on: browser)
    fixture.advance(.milliseconds(299_999))
    #expect(fixture.openSessions == 1)
    fixture.advance(.milliseconds(1))
    #expect(fixture.openSessions == 0)
  }

  @Test("A talk of unknown length that started lasts until its end is told, or it must be over")
  func talkOfUnknownLength() {
    for isEndTold in [true, false] {
      var fixture = RegistryFixture {
        $0.idleLimit = .seconds(20)
        $0.slowestSpeech = .seconds(10)
        $0.speechPauses = .seconds(50)
      }
      let (browser, session) = fixture.live()
      fixture.send(.speak(session: session, .text("five!"), options: [:]), on: browser)
      fixture.advance(.seconds(5))
      fixture.send(.report(session: session, .dataChannelMessage("start t1")), on: browser)
      fixture.advance(.seconds(90))
      #expect(fixture.openSessions == 1 && browser.events(of: session).expiring.isEmpty)
      if isEndTold { fixture.send(.report(session: session, .dataChannelMessage("stop t1")), on: browser) }
      fixture.advance(.milliseconds(isEndTold ? 19_999 : 29_999))
      #expect(fixture.openSessions == 1)
      fixture.advance(.milliseconds(1))
      #expect(fixture.openSessions == 0)
    }
  }

  @Test("A talk of unknown length of which nobody tells anything is silence")
  func talkOfWhichNobodyTells() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    fixture.advance(.seconds(300))
    #expect(fixture.openSessions == 0)
  }

  @Test("An interruption that only the browser carries out is no activity at the provider")
  func interruptionByBrowser() {
    for interruption in [Interruption.done, .sendOnDataChannel("stop it")] {
      var fixture = RegistryFixture()
      fixture.roomy.interrupts(by: interruption)
      let browser = fixture.connect()
      let session = fixture.open("roomy", on: browser)
      fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
      fixture.advance(.seconds(200))
      fixture.send(.interrupt(session: session, talk: nil), on: browser)
      fixture.advance(.seconds(100))
      #expect(fixture.openSessions == (interruption == .done ? 1 : 0))
    }
  }

  @Test("A session without limits lives on")
  func noLimits() {
    var fixture = RegistryFixture()
    fixture.offering.change { $0.idleLimit = nil }
    let browser = fixture.connect()
    _ = fixture.live(on: browser)
    #expect(fixture.clock.sleeperCount == 0)
    fixture.advance(.seconds(1_000_000))
    #expect(fixture.openSessions == 1)
  }
}

extension [SessionEvent] {
  var expiring: [SessionEvent] { filter { if case .expiring = $0 { true } else { false } } }
}
