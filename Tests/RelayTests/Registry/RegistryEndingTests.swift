// Ends sessions in every way, each of which must end them at the provider.
import AvatarProvider
import Basics
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryEndingTests {
  @Test("close is idempotent while it runs and afterwards, and answered when the provider let go")
  func idempotent() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.hold(.close)
    let first = fixture.send(.close(session: session), on: browser)
    let second = fixture.send(.close(session: session), on: browser)
    let speak = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(browser.answers(to: first).isEmpty)
    #expect(browser.error(of: speak) == .sessionClosed)
    #expect(browser.events(of: session).last == .state(.closing))
    #expect(fixture.openSessions == 1)
    fixture.offering.release(.close)
    let third = fixture.send(.close(session: session), on: browser)
    for id in [first, second, third] { #expect(browser.answers(to: id) == [.result(id, .empty)]) }
    #expect(fixture.offering.count(.close) == 1)
    #expect(browser.events(of: session).count { if case .closed = $0 { true } else { false } } == 1)
    #expect(fixture.openSessions == 0)
  }

  @Test("A talk whose answer had to give way is never said not to be spoken")
  func forgottenAnswers() {
    var fixture = RegistryFixture { $0.closedAnswerBytesRemembered = 0 }
    let (browser, session) = fixture.live()
    let speak = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    fixture.send(.close(session: session), on: browser)
    fixture.send(.speak(session: session, .text("a"), options: [:]), id: speak.value, on: browser)
    guard case .error(_, let error) = browser.answers(to: speak).last else {
      Issue.record("answered as if it were remembered")
      return
    }
    #expect(error.kind == .talkUnknown && error.end == .client && fixture.offering.count(.speak) == 1)
    #expect(browser.error(of: fixture.send(.extend(session: session), on: browser)) == .sessionClosed)
  }

  @Test("close overtakes what waits; what runs is answered before the end is told, and nothing afterwards")
  func overtakes() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.hold(.speak)
    let running = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    let waiting = fixture.send(.speak(session: session, .text("b"), options: [:]), on: browser)
    let close = fixture.send(.close(session: session), on: browser)
    #expect(browser.error(of: waiting) == .sessionClosed)
    #expect(browser.answers(to: close) == [.result(close, .empty)])
    #expect(browser.error(of: running) == .talkUnknown && browser.signalingError(of: running)?.end == .client)
    #expect(fixture.openSessions == 0)
    let told = browser.events(of: session)
    guard case .notification(.session(session, _, .closed)) = browser.messages.last else {
      Issue.record("something comes after the end")
      return
    }
    #expect(told.last == .closed(.client, action: .stop))
    // The session is over, but a close is still idempotent and a call still told so.
    let again = fixture.send(.close(session: session), on: browser)
    let late = fixture.send(.extend(session: session), on: browser)
    #expect(browser.answers(to: again) == [.result(again, .empty)])
    #expect(browser.error(of: late) == .sessionClosed)
    let sent = browser.messages
    fixture.offering.release(.speak)
    #expect(browser.messages == sent)
    #expect(browser.events(of: session) == told)
    #expect(fixture.offering.journal.suffix(2) == ["speak a", "close up1"])
    #expect(fixture.clock.sleeperCount == 0)
  }

  @Test("close answers the candidates that were held")
  func heldCandidates() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    let candidate = fixture.send(.candidate(session: session, .sample("c")), on: browser)
    fixture.send(.close(session: session), on: browser)
    #expect(browser.error(of: candidate) == .sessionClosed)
    #expect(fixture.offering.count(.add) == 0)
  }

  @Test("A connection that drops takes its sessions with it, in whatever state", arguments: 0..<6)
  func drop(step: Int) {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    fixture.offering.hold([.open, .describe, .add, .speak, .close][min(step, 4)])
    let open = fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    let session = SessionID(rawValue: "s1")
    if step > 0 { fixture.send(.answer(session: session, .sampleAnswer), on: browser) }
    if step > 1 { fixture.send(.candidate(session: session, nil), on: browser) }
    if step > 2 { fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser) }
    if step > 3 { fixture.send(.close(session: session), on: browser) }
    if step > 4 { fixture.offering.release(.close) }
    let sent = browser.messages
    fixture.drop(browser)
    fixture.drop(browser)
    for kind in MadeUpProvider.Kind.allCases { fixture.offering.letGo(kind) }
    while let kind = fixture.offering.waitingKinds.first { fixture.offering.release(kind) }
    #expect(browser.messages == sent, "nothing is sent to a connection that is gone")
    #expect(browser.answers(to: open).count == (step > 0 ? 1 : 0))
    #expect(fixture.offering.openedCount == 1)
    #expect(fixture.offering.count(.close) == 1)
    #expect(fixture.openSessions == 0)
    #expect(fixture.clock.sleeperCount == 0)
  }

  @Test("With a grace time a session outlives its connection for so long")
  func grace() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(10) }
    let browser = fixture.connect()
    _ = fixture.live(on: browser)
    fixture.drop(browser)
    fixture.advance(.milliseconds(9_999))
    #expect(fixture.openSessions == 1)
    fixture.advance(.milliseconds(1))
    #expect(fixture.openSessions == 0)
    #expect(fixture.offering.count(.close) == 1)
  }

  @Test("An open that fails leaves nothing behind")
  func openFails() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    fixture.offering.fail(.open, .unavailable)
    let open = fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    guard case .error(_, let error) = browser.answers(to: open).first else {
      Issue.record("no error")
      return
    }
    #expect(error.kind == .providerUnavailable)
    #expect(error.retryAfterMs == 2000)
    #expect(error.provider == .init(status: 503, code: "E", message: "sorry"))
    #expect(fixture.offering.count(.close) == 0)
    #expect(fixture.leaks == 0)
    fixture.offering.fail(.open, ProviderFailure(.fateUnknown, "no answer"))
    fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(fixture.leaks == 1, "a session may have been opened that nobody can name")
    #expect(browser.messages.count == 2)
  }

  @Test("A description that the provider refuses ends the session there")
  func describeFails() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    let candidate = fixture.send(.candidate(session: session, nil), on: browser)
    fixture.offering.fail(.describe, ProviderFailure(.rejected, "bad answer"))
    let answer = fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(browser.error(of: answer) == .providerRejected)
    #expect(browser.signalingError(of: answer)?.end == .openFailed)
    #expect(browser.error(of: candidate) == .sessionClosed)
    #expect(browser.events(of: session).last == .closed(.openFailed, action: .stop))
    #expect(fixture.offering.count(.close) == 1)
    #expect(fixture.offering.count(.add) == 0)
  }

  @Test("A provider that no longer knows the session ends it, by any call or event", arguments: 0..<4)
  func gone(way: Int) {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.fail(.speak, .gone)
    fixture.offering.fail(.add, .gone)
    fixture.offering.fail(.extend, .gone)
    let calls: [Call] = [
      .speak(session: session, .text("a"), options: [:]), .candidate(session: session, nil),
      .extend(session: session), .report(session: session, .dataChannelMessage("gone")),
    ]
    let call = fixture.send(calls[way], on: browser)
    #expect(browser.error(of: call) == (way == 3 ? nil : .providerSessionGone))
    #expect(browser.events(of: session).last == .closed(.provider, action: .reconnect))
    #expect(fixture.offering.count(.close) == 1)
  }

  @Test("A close that fails is counted, and the session is over nonetheless")
  func closeFails() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.fail(.close, .unavailable)
    let close = fixture.send(.close(session: session), on: browser)
    #expect(browser.answers(to: close) == [.result(close, .empty)])
    #expect(browser.events(of: session).last == .closed(.client, action: .stop))
    #expect(fixture.leaks == 1)
    #expect(fixture.openSessions == 0)
  }

  @Test("A close of what is gone already is no leak")
  func closeGone() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.fail(.close, .gone)
    fixture.send(.close(session: session), on: browser)
    #expect(fixture.leaks == 0)
    #expect(browser.events(of: session).last == .closed(.client, action: .stop))
  }
}
