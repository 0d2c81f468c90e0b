// Sessions from open to close with each kind of provider.
import AvatarProvider
import SessionValues
import Signaling
import Testing
import Transport

@testable import Relay

@Suite struct RegistryFlowTests {
  @Test("A whole session with a provider that offers")
  func whole() {
    var stage = Stage()
    let browser = stage.connect()
    let session = stage.open(on: browser)
    guard case .result(_, .opened(let opened), _) = browser.messages.first else {
      Issue.record("no result")
      return
    }
    #expect(opened.provider == "offering")
    #expect(opened.secret.value == "secret1")
    #expect(opened.grant == .sampleOffer)
    #expect(opened.limits == .init(idleMs: 300_000, lifetimeMs: nil, graceMs: 0, maxTextBytes: 20))
    #expect(opened.capabilities == .init(interrupt: .relay, extend: true, ssml: true, audio: true) && opened.trickle)
    #expect(opened.dataChannel == .init(openedBy: .client, label: "made-up", frames: .text))
    #expect(stage.openSessions == 1)

    let answer = stage.send(.answer(session: session, .sampleAnswer), on: browser)
    let candidate = stage.send(.candidate(session: session, .sample("c1")), on: browser)
    let end = stage.send(.candidate(session: session, nil), on: browser)
    stage.send(.report(session: session, .iceConnectionState(.connected)), on: browser)
    let speak = stage.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    let close = stage.send(.close(session: session), on: browser)
    for id in [answer, candidate, end, close] { #expect(browser.answers(to: id) == [.result(id, .empty)]) }
    #expect(browser.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: nil))])
    #expect(stage.offering.journal == ["open", "describe answer", "add c1", "add end", "speak hello", "close up1"])
    #expect(
      browser.events(of: session) == [
        .state(.offered), .state(.answering), .state(.connecting), .state(.live),
        .talk(id: "t1", .accepted(durationMs: nil)), .state(.closing), .state(.closed),
        .closed(.client, action: .stop),
      ])
    #expect(browser.seqs(of: session) == Array(1...8))
    #expect(stage.openSessions == 0)
    #expect(stage.clock.sleeperCount == 0)
  }

  @Test("A response comes before the notifications that its request caused")
  func responseFirst() {
    var stage = Stage()
    let browser = stage.connect()
    let session = stage.open(on: browser)
    stage.offering.hold(.describe)
    let answer = stage.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(browser.events(of: session) == [.state(.offered), .state(.answering)])
    stage.offering.release(.describe)
    #expect(
      browser.messages.suffix(2) == [
        .result(answer, .empty), .notification(.session(session, seq: 3, .state(.connecting))),
      ])
  }

  @Test("A provider that waits for an offer gets it and answers")
  func clientOffers() {
    var stage = Stage()
    let browser = stage.connect()
    let session = stage.open("awaiting", on: browser)
    let wrong = stage.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(browser.error(of: wrong) == .sessionWrongState)
    let offer = stage.send(.offer(session: session, .sampleOffer), on: browser)
    #expect(browser.answers(to: offer) == [.result(offer, .described(.sampleAnswer))])
    #expect(browser.events(of: session).last == .state(.connecting))
    // Nobody is told of the end of candidates, and the client need not know.
    let end = stage.send(.candidate(session: session, nil), on: browser)
    #expect(browser.answers(to: end) == [.result(end, .empty)])
    #expect(stage.awaiting.count(.add) == 0)
  }

  @Test("A provider that gives no answer to an offer has its session closed")
  func noAnswer() {
    var stage = Stage()
    let browser = stage.connect()
    stage.awaiting.givesNoAnswer()
    let session = stage.open("awaiting", on: browser)
    let offer = stage.send(.offer(session: session, .sampleOffer), on: browser)
    #expect(browser.error(of: offer) == .providerMalformedReply)
    #expect(browser.events(of: session).last == .closed(.openFailed, action: .stop))
    #expect(stage.awaiting.count(.close) == 1)
  }

  @Test("A room needs no description: talks are possible at once")
  func room() {
    var stage = Stage()
    let browser = stage.connect()
    let session = stage.open("roomy", on: browser)
    #expect(browser.events(of: session) == [.state(.connecting)])
    let candidate = stage.send(.candidate(session: session, .sample("c")), on: browser)
    let answer = stage.send(.answer(session: session, .sampleAnswer), on: browser)
    let speak = stage.send(.speak(session: session, .text("hi"), options: [:]), on: browser)
    #expect(browser.error(of: candidate) == .notSupported)
    #expect(browser.error(of: answer) == .sessionWrongState)
    #expect(browser.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: nil))])
  }

  @Test("Talks of a session go one by one where the provider wants it, and together where not")
  func talkOrder() {
    var stage = Stage()
    let (browser, session) = stage.live()
    let other = stage.live(on: browser)
    stage.offering.hold(.speak)
    for words in ["a", "b"] { stage.send(.speak(session: session, .text(words), options: [:]), on: browser) }
    stage.send(.speak(session: other, .text("other"), options: [:]), on: browser)
    #expect(stage.offering.journal.suffix(2) == ["speak a", "speak other"], "another session does not wait")
    stage.offering.release(.speak)
    #expect(stage.offering.journal.last == "speak b")

    let free = stage.open("awaiting", on: browser)
    stage.send(.offer(session: free, .sampleOffer), on: browser)
    stage.awaiting.hold(.speak)
    for words in ["a", "b"] { stage.send(.speak(session: free, .text(words), options: [:]), on: browser) }
    #expect(stage.awaiting.waitingCount(.speak) == 2)
  }

  @Test("A connection that the browser reports before the provider's acceptance is not forgotten")
  func earlyConnected() {
    var stage = Stage()
    let browser = stage.connect()
    let session = stage.open(on: browser)
    stage.offering.hold(.describe)
    stage.send(.answer(session: session, .sampleAnswer), on: browser)
    stage.send(.report(session: session, .iceConnectionState(.completed)), on: browser)
    #expect(browser.events(of: session).last == .state(.answering))
    stage.offering.release(.describe)
    #expect(browser.events(of: session).suffix(2) == [.state(.connecting), .state(.live)])
    stage.send(.report(session: session, .iceConnectionState(.disconnected)), on: browser)
    stage.send(.report(session: session, .iceConnectionState(.connected)), on: browser)
    #expect(browser.events(of: session).last == .state(.live))
    #expect(browser.events(of: session).count { $0 == .state(.live) } == 1)
  }

  @Test("Two sessions on one connection go their own ways, and another connection knows neither")
  func twoSessions() {
    var stage = Stage()
    let browser = stage.connect()
    let stranger = stage.connect()
    let one = stage.live(on: browser)
    let two = stage.live(on: browser)
    #expect(one != two)
    let theft = stage.send(.close(session: one), on: stranger)
    #expect(stranger.error(of: theft) == .sessionNotFound)
    stage.send(.close(session: one), on: browser)
    #expect(stage.openSessions == 1)
    let late = stage.send(.speak(session: one, .text("x"), options: [:]), on: browser)
    let fine = stage.send(.speak(session: two, .text("y"), options: [:]), on: browser)
    #expect(browser.error(of: late) == .sessionClosed)
    #expect(browser.error(of: fine) == nil)
    let closedTheft = stage.send(.close(session: one), on: stranger)
    #expect(stranger.error(of: closedTheft) == .sessionNotFound)
    #expect(browser.seqs(of: two) == Array(1...Int64(browser.seqs(of: two).count)))
  }

  @Test("What a provider pushes reaches the client; the end of its stream ends the session")
  func pushed() {
    var stage = Stage()
    let browser = stage.connect()
    stage.awaiting.pushesEvents()
    let session = stage.open("awaiting", on: browser)
    stage.awaiting.push(.ready, to: 0)
    stage.awaiting.push(.candidate(IceCandidate(candidate: "far", sdpMid: "0", sdpMLineIndex: 0)), to: 0)
    stage.awaiting.push(.candidate(nil), to: 0)
    #expect(browser.events(of: session).suffix(2) == [.candidate(.sample("far")), .candidate(nil)])
    stage.awaiting.push(nil, to: 0)
    #expect(browser.events(of: session).last == .closed(.provider, action: .reconnect))
    #expect(stage.awaiting.count(.close) == 1)
  }

  @Test("ping is answered")
  func ping() {
    var stage = Stage()
    let browser = stage.connect()
    let ping = stage.send(.ping, on: browser)
    #expect(browser.answers(to: ping) == [.result(ping, .empty)])
  }
}
