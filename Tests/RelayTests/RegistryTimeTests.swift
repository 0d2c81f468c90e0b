// What time does to sessions: idle limit, lifetime, warnings.
import AvatarProvider
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct RegistryTimeTests {
  @Test("The idle limit is warned of and strikes; a call that reaches the provider puts it off")
  func idle() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.advance(.seconds(200))
    stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    stage.advance(.seconds(269))
    #expect(browser.events(of: session).expiring.isEmpty)
    stage.advance(.seconds(1))
    #expect(browser.events(of: session).last == .expiring(cause: .idle, inMs: 30_000, extendable: true))
    // Reports and pings do not reach the provider.
    stage.send(.report(session: session, .iceConnectionState(.connected)), on: browser)
    stage.send(.ping, on: browser)
    stage.advance(.milliseconds(29_999))
    #expect(stage.openSessions == 1)
    stage.advance(.milliseconds(1))
    #expect(
      browser.events(of: session).suffix(3) == [
        .state(.closing), .state(.closed), .closed(.idle, action: .reconnect),
      ])
    #expect(browser.events(of: session).expiring.count == 1)
    #expect(stage.offering.journal.last == "close up1")
    #expect(stage.clock.sleeperCount == 0)
  }

  @Test("session.extend puts the idle limit off, and the new limit is warned of again")
  func extend() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.advance(.seconds(280))
    let extend = stage.send(.extend(session: session), on: browser)
    #expect(browser.answers(to: extend) == [.result(extend, .extended(expiresInMs: 300_000))])
    stage.advance(.seconds(269))
    #expect(browser.events(of: session).expiring.count == 1)
    stage.advance(.seconds(1))
    #expect(browser.events(of: session).expiring.count == 2)
    stage.advance(.seconds(30))
    #expect(stage.openSessions == 0)
  }

  @Test("A call that fails does not put the idle limit off")
  func failedCall() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.advance(.seconds(250))
    stage.offering.fail(.extend, .unavailable)
    stage.send(.extend(session: session), on: browser)
    stage.advance(.seconds(50))
    #expect(browser.events(of: session).last == .closed(.idle, action: .reconnect))
  }

  @Test("A session is not idle while a call is on its way; what the provider then says decides")
  func callDuringLimit() {
    for failure in [nil, ProviderFailure.unavailable] {
      var stage = Stage()
      let browser = stage.connect()
      let session = stage.live(on: browser)
      stage.advance(.seconds(299))
      stage.offering.hold(.speak)
      stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
      stage.advance(.seconds(10))
      #expect(stage.openSessions == 1)
      stage.offering.release(.speak, failure)
      stage.advance(.zero)
      #expect(stage.openSessions == (failure == nil ? 1 : 0))
    }
  }

  @Test("The lifetime is warned of, cannot be extended and strikes")
  func lifetime() {
    var stage = Stage { $0.lifetime = .seconds(600) }
    let (browser, session) = stage.live()
    for _ in 0..<5 {
      stage.advance(.seconds(100))
      stage.send(.extend(session: session), on: browser)
    }
    stage.advance(.seconds(70))
    #expect(browser.events(of: session).last == .expiring(cause: .lifetime, inMs: 30_000, extendable: false))
    let extend = stage.send(.extend(session: session), on: browser)
    #expect(browser.answers(to: extend) == [.result(extend, .extended(expiresInMs: 30_000))])
    stage.advance(.seconds(30))
    #expect(browser.events(of: session).last == .closed(.lifetime, action: .reconnect))
    #expect(stage.openSessions == 0)
  }

  @Test("The shorter of the provider's and the relay's limits counts, and is told")
  func shorter() {
    var stage = Stage {
      $0.idleLimit = .seconds(60)
      $0.lifetime = .seconds(7200)
    }
    stage.offering.change { $0.lifetime = .seconds(600) }
    let browser = stage.connect()
    _ = stage.open(on: browser)
    guard case .result(_, .opened(let opened), _) = browser.messages.first else {
      Issue.record("no result")
      return
    }
    #expect(opened.limits.idleMs == 60_000)
    #expect(opened.limits.lifetimeMs == 600_000)
  }

  @Test("A limit shorter than twice the warning is warned of half-way")
  func shortLimit() {
    var stage = Stage { $0.idleLimit = .seconds(20) }
    let browser = stage.connect()
    let session = stage.open(on: browser)
    stage.advance(.seconds(9))
    #expect(browser.events(of: session).expiring.isEmpty)
    stage.advance(.seconds(1))
    #expect(browser.events(of: session).last == .expiring(cause: .idle, inMs: 10_000, extendable: true))
  }

  @Test("A reported talk event is activity")
  func talkEvent() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    stage.advance(.seconds(260))
    stage.send(.report(session: session, .dataChannelMessage("start t1")), on: browser)
    stage.advance(.seconds(260))
    #expect(browser.events(of: session).expiring.isEmpty)
    #expect(stage.openSessions == 1)
  }

  @Test("An interruption that only the browser carries out is no activity at the provider")
  func interruptionByBrowser() {
    for interruption in [Interruption.done, .sendOnDataChannel("stop it")] {
      var stage = Stage()
      stage.roomy.interrupts(by: interruption)
      let browser = stage.connect()
      let session = stage.open("roomy", on: browser)
      stage.advance(.seconds(200))
      stage.send(.interrupt(session: session, talk: nil), on: browser)
      stage.advance(.seconds(100))
      #expect(stage.openSessions == (interruption == .done ? 1 : 0))
    }
  }

  @Test("A session without limits lives on")
  func noLimits() {
    var stage = Stage()
    stage.offering.change { $0.idleLimit = nil }
    let browser = stage.connect()
    _ = stage.live(on: browser)
    #expect(stage.clock.sleeperCount == 0)
    stage.advance(.seconds(1_000_000))
    #expect(stage.openSessions == 1)
  }
}

extension [SessionEvent] {
  var expiring: [SessionEvent] { filter { if case .expiring = $0 { true } else { false } } }
}
