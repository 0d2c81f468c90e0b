// Every way in which a session ends, each of which must end it at the provider.
import AvatarProvider
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct RegistryEndingTests {
  @Test("close is idempotent while it runs and afterwards, and answered when the provider let go")
  func idempotent() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.offering.hold(.close)
    let first = stage.send(.close(session: session), on: browser)
    let second = stage.send(.close(session: session), on: browser)
    let speak = stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(browser.answers(to: first).isEmpty)
    #expect(browser.error(of: speak) == .sessionClosed)
    #expect(browser.events(of: session).last == .state(.closing))
    #expect(stage.openSessions == 1)
    stage.offering.release(.close)
    let third = stage.send(.close(session: session), on: browser)
    for id in [first, second, third] { #expect(browser.answers(to: id) == [.result(id, .empty)]) }
    #expect(stage.offering.count(.close) == 1)
    #expect(browser.events(of: session).count { if case .closed = $0 { true } else { false } } == 1)
    #expect(stage.openSessions == 0)
  }

  @Test("close overtakes what waits; what runs is answered with what became of it, and nothing is told after the end")
  func overtakes() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.offering.hold(.speak)
    let running = stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    let waiting = stage.send(.speak(session: session, .text("b"), options: [:]), on: browser)
    let close = stage.send(.close(session: session), on: browser)
    #expect(browser.error(of: waiting) == .sessionClosed)
    #expect(browser.answers(to: close) == [.result(close, .empty)])
    #expect(browser.answers(to: running).isEmpty)
    #expect(stage.openSessions == 0)
    let told = browser.events(of: session)
    #expect(told.last == .closed(.client, action: .stop))
    // The session is over, but a close is still idempotent and a call still told so.
    let again = stage.send(.close(session: session), on: browser)
    let late = stage.send(.extend(session: session), on: browser)
    #expect(browser.answers(to: again) == [.result(again, .empty)])
    #expect(browser.error(of: late) == .sessionClosed)
    stage.offering.release(.speak)
    #expect(browser.answers(to: running) == [.result(running, .talk(id: "t1", durationMs: nil))])
    #expect(browser.events(of: session) == told)
    #expect(stage.offering.journal.suffix(2) == ["speak a", "close up1"])
    #expect(stage.clock.sleeperCount == 0)
  }

  @Test("close answers the candidates that were held")
  func heldCandidates() {
    var stage = Stage()
    let browser = stage.connect()
    let session = stage.open(on: browser)
    let candidate = stage.send(.candidate(session: session, .sample("c")), on: browser)
    stage.send(.close(session: session), on: browser)
    #expect(browser.error(of: candidate) == .sessionClosed)
    #expect(stage.offering.count(.add) == 0)
  }

  @Test("A connection that drops takes its sessions with it, in whatever state", arguments: 0..<6)
  func drop(step: Int) {
    var stage = Stage()
    let browser = stage.connect()
    stage.offering.hold([.open, .describe, .add, .speak, .close][min(step, 4)])
    let open = stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    let session = SessionID(rawValue: "s1")
    if step > 0 { stage.send(.answer(session: session, .sampleAnswer), on: browser) }
    if step > 1 { stage.send(.candidate(session: session, nil), on: browser) }
    if step > 2 { stage.send(.speak(session: session, .text("a"), options: [:]), on: browser) }
    if step > 3 { stage.send(.close(session: session), on: browser) }
    if step > 4 { stage.offering.release(.close) }
    let sent = browser.messages
    stage.drop(browser)
    stage.drop(browser)
    for kind in MadeUpProvider.Kind.allCases { stage.offering.letGo(kind) }
    while let kind = stage.offering.waitingKinds.first { stage.offering.release(kind) }
    #expect(browser.messages == sent, "nothing is sent to a connection that is gone")
    #expect(browser.answers(to: open).count == (step > 0 ? 1 : 0))
    #expect(stage.offering.openedCount == 1)
    #expect(stage.offering.count(.close) == 1)
    #expect(stage.openSessions == 0)
    #expect(stage.clock.sleeperCount == 0)
  }

  @Test("With a grace time a session outlives its connection for so long")
  func grace() {
    var stage = Stage { $0.graceTime = .seconds(10) }
    let browser = stage.connect()
    _ = stage.live(on: browser)
    stage.drop(browser)
    stage.advance(.milliseconds(9_999))
    #expect(stage.openSessions == 1)
    stage.advance(.milliseconds(1))
    #expect(stage.openSessions == 0)
    #expect(stage.offering.count(.close) == 1)
  }

  @Test("An open that fails leaves nothing behind")
  func openFails() {
    var stage = Stage()
    let browser = stage.connect()
    stage.offering.fail(.open, .unavailable)
    let open = stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    guard case .error(_, let error) = browser.answers(to: open).first else {
      Issue.record("no error")
      return
    }
    #expect(error.kind == .providerUnavailable)
    #expect(error.retryAfterMs == 2000)
    #expect(error.provider == .init(status: 503, code: "E", message: "sorry"))
    #expect(stage.offering.count(.close) == 0)
    #expect(stage.leaks == 0)
    stage.offering.fail(.open, ProviderFailure(.fateUnknown, "no answer"))
    stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(stage.leaks == 1, "a session may have been opened that nobody can name")
    #expect(browser.messages.count == 2)
  }

  @Test("A description that the provider refuses ends the session there")
  func describeFails() {
    var stage = Stage()
    let browser = stage.connect()
    let session = stage.open(on: browser)
    let candidate = stage.send(.candidate(session: session, nil), on: browser)
    stage.offering.fail(.describe, ProviderFailure(.rejected, "bad answer"))
    let answer = stage.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(browser.error(of: answer) == .providerRejected)
    #expect(browser.error(of: candidate) == .sessionClosed)
    #expect(browser.events(of: session).last == .closed(.openFailed, action: .stop))
    #expect(stage.offering.count(.close) == 1)
    #expect(stage.offering.count(.add) == 0)
  }

  @Test("A provider that no longer knows the session ends it, by any call or event", arguments: 0..<4)
  func gone(way: Int) {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.offering.fail(.speak, .gone)
    stage.offering.fail(.add, .gone)
    stage.offering.fail(.extend, .gone)
    let calls: [Call] = [
      .speak(session: session, .text("a"), options: [:]), .candidate(session: session, nil),
      .extend(session: session), .report(session: session, .dataChannelMessage("gone")),
    ]
    let call = stage.send(calls[way], on: browser)
    #expect(browser.error(of: call) == (way == 3 ? nil : .providerSessionGone))
    #expect(browser.events(of: session).last == .closed(.provider, action: .reconnect))
    #expect(stage.offering.count(.close) == 1)
  }

  @Test("A close that fails is counted, and the session is over nonetheless")
  func closeFails() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.offering.fail(.close, .unavailable)
    let close = stage.send(.close(session: session), on: browser)
    #expect(browser.answers(to: close) == [.result(close, .empty)])
    #expect(browser.events(of: session).last == .closed(.client, action: .stop))
    #expect(stage.leaks == 1)
    #expect(stage.openSessions == 0)
  }

  @Test("A close of what is gone already is no leak")
  func closeGone() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.offering.fail(.close, .gone)
    stage.send(.close(session: session), on: browser)
    #expect(stage.leaks == 0)
    #expect(browser.events(of: session).last == .closed(.client, action: .stop))
  }
}
