// Plays sessions from open to close with each kind of provider.
import AvatarProvider
import SessionValues
import Signaling
import Testing
import Transport

@testable import Relay

@Suite struct RegistryFlowTests {
  @Test("A whole session with a provider that offers")
  func whole() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    guard case .result(_, .opened(let opened), _) = browser.messages.first else {
      Issue.record("no result")
      return
    }
    #expect(opened.provider == "offering")
    #expect(opened.secret.value == "secret1")
    #expect(opened.grant == .sampleOffer)
    #expect(opened.limits == .init(idleMs: 300_000, lifetimeMs: nil, graceMs: 0, text: .init(.bytes, 1...20)))
    #expect(opened.capabilities == .init(interrupt: .relay, extend: true, ssml: true, audio: true) && opened.trickle)
    #expect(opened.dataChannel == .init(openedBy: .client, label: "made-up", frames: .text))
    #expect(fixture.openSessions == 1)

    let answer = fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    let candidate = fixture.send(.candidate(session: session, .sample("c1")), on: browser)
    let end = fixture.send(.candidate(session: session, nil), on: browser)
    fixture.send(.report(session: session, .iceConnectionState(.connected)), on: browser)
    let speak = fixture.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    let close = fixture.send(.close(session: session), on: browser)
    for id in [answer, candidate, end, close] { #expect(browser.answers(to: id) == [.result(id, .empty)]) }
    #expect(browser.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: nil))])
    #expect(fixture.offering.journal == ["open", "describe answer", "add c1", "add end", "speak hello", "close up1"])
    #expect(
      browser.events(of: session) == [
        .state(.offered), .state(.answering), .state(.connecting), .state(.live),
        .talk(id: "t1", .accepted(durationMs: nil)), .state(.closing), .state(.closed),
        .closed(.client, action: .stop),
      ])
    #expect(browser.seqs(of: session) == Array(1...8))
    #expect(fixture.openSessions == 0)
    #expect(fixture.clock.sleeperCount == 0)
  }

  @Test("A response comes before the notifications that its request caused")
  func responseFirst() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    fixture.offering.hold(.describe)
    let answer = fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(browser.events(of: session) == [.state(.offered), .state(.answering)])
    fixture.offering.release(.describe)
    #expect(
      browser.messages.suffix(2) == [
        .result(answer, .empty), .notification(.session(session, seq: 3, .state(.connecting))),
      ])
  }

  @Test("A provider that waits for an offer gets it and answers")
  func clientOffers() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.open("awaiting", on: browser)
    let wrong = fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(browser.error(of: wrong) == .sessionWrongState)
    let offer = fixture.send(.offer(session: session, .sampleOffer), on: browser)
    #expect(browser.answers(to: offer) == [.result(offer, .described(.sampleAnswer))])
    #expect(browser.events(of: session).last == .state(.connecting))
    // Nobody is told of the end of candidates, and the client need not know.
    let end = fixture.send(.candidate(session: session, nil), on: browser)
    #expect(browser.answers(to: end) == [.result(end, .empty)])
    #expect(fixture.awaiting.count(.add) == 0)
  }

  @Test("A provider that gives no answer to an offer has its session closed")
  func noAnswer() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    fixture.awaiting.givesNoAnswer()
    let session = fixture.open("awaiting", on: browser)
    let offer = fixture.send(.offer(session: session, .sampleOffer), on: browser)
    #expect(browser.error(of: offer) == .providerMalformedReply)
    #expect(browser.events(of: session).last == .closed(.openFailed, action: .stop))
    #expect(fixture.awaiting.count(.close) == 1)
  }

  @Test("A room needs no description: talks are possible at once")
  func room() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.open("roomy", on: browser)
    #expect(browser.events(of: session) == [.state(.connecting)])
    let candidate = fixture.send(.candidate(session: session, .sample("c")), on: browser)
    let answer = fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    let speak = fixture.send(.speak(session: session, .text("hi"), options: [:]), on: browser)
    #expect(browser.error(of: candidate) == .notSupported)
    #expect(browser.error(of: answer) == .sessionWrongState)
    #expect(browser.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: nil))])
  }

  @Test("Talks of a session go one by one where the provider wants it, and together where not")
  func talkOrder() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    let other = fixture.live(on: browser)
    fixture.offering.hold(.speak)
    for words in ["a", "b"] { fixture.send(.speak(session: session, .text(words), options: [:]), on: browser) }
    fixture.send(.speak(session: other, .text("other"), options: [:]), on: browser)
    #expect(fixture.offering.journal.suffix(2) == ["speak a", "speak other"], "another session does not wait")
    fixture.offering.release(.speak)
    #expect(fixture.offering.journal.last == "speak b")

    let free = fixture.open("awaiting", on: browser)
    fixture.send(.offer(session: free, .sampleOffer), on: browser)
    fixture.awaiting.hold(.speak)
    for words in ["a", "b"] { fixture.send(.speak(session: free, .text(words), options: [:]), on: browser) }
    #expect(fixture.awaiting.waitingCount(.speak) == 2)
  }

  @Test("A connection that the browser reports before the provider's acceptance is not forgotten")
  func earlyConnected() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    fixture.offering.hold(.describe)
    fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    fixture.send(.report(session: session, .iceConnectionState(.completed)), on: browser)
    #expect(browser.events(of: session).last == .state(.answering))
    fixture.offering.release(.describe)
    #expect(browser.events(of: session).suffix(2) == [.state(.connecting), .state(.live)])
    fixture.send(.report(session: session, .iceConnectionState(.disconnected)), on: browser)
    fixture.send(.report(session: session, .iceConnectionState(.connected)), on: browser)
    #expect(browser.events(of: session).last == .state(.live))
    #expect(browser.events(of: session).count { $0 == .state(.live) } == 1)
  }

  @Test("Two sessions on one connection go their own ways, and another connection knows neither")
  func twoSessions() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let stranger = fixture.connect()
    let one = fixture.live(on: browser)
    let two = fixture.live(on: browser)
    #expect(one != two)
    let theft = fixture.send(.close(session: one), on: stranger)
    #expect(stranger.error(of: theft) == .sessionNotFound)
    fixture.send(.close(session: one), on: browser)
    #expect(fixture.openSessions == 1)
    let late = fixture.send(.speak(session: one, .text("x"), options: [:]), on: browser)
    let fine = fixture.send(.speak(session: two, .text("y"), options: [:]), on: browser)
    #expect(browser.error(of: late) == .sessionClosed)
    #expect(browser.error(of: fine) == nil)
    let closedTheft = fixture.send(.close(session: one), on: stranger)
    #expect(stranger.error(of: closedTheft) == .sessionNotFound)
    #expect(browser.seqs(of: two) == Array(1...Int64(browser.seqs(of: two).count)))
  }

  @Test("What a provider pushes reaches the client; the end of its stream ends the session")
  func pushed() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    fixture.awaiting.pushesEvents()
    let session = fixture.open("awaiting", on: browser)
    fixture.awaiting.push(.ready, to: 0)
    fixture.awaiting.push(.candidate(IceCandidate(candidate: "far", sdpMid: "0", sdpMLineIndex: 0)), to: 0)
    fixture.awaiting.push(.candidate(nil), to: 0)
    #expect(browser.events(of: session).suffix(2) == [.candidate(.sample("far")), .candidate(nil)])
    fixture.awaiting.push(nil, to: 0)
    #expect(browser.events(of: session).last == .closed(.provider, action: .reconnect))
    #expect(fixture.awaiting.count(.close) == 1)
  }

  @Test("ping is answered")
  func ping() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let ping = fixture.send(.ping, on: browser)
    #expect(browser.answers(to: ping) == [.result(ping, .empty)])
  }
}
