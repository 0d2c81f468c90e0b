// Checks ids, limits, and requests that cannot be carried out.
import AvatarProvider
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryRequestTests {
  private let nowhere = SessionID(rawValue: "nowhere")

  @Test("A request that is sent again is answered from memory and not carried out again")
  func again() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    let call = Call.speak(session: session, .text("a"), options: ["x": 1, "y": 2])
    let speak = fixture.send(call, on: browser)
    // The order of members means nothing.
    fixture.send(.speak(session: session, .text("a"), options: ["y": 2, "x": 1]), id: speak.value, on: browser)
    let answer = ServerMessage.result(speak, .talk(id: "t1", durationMs: nil))
    #expect(browser.answers(to: speak) == [answer, answer])
    fixture.send(.speak(session: session, .text("b"), options: [:]), id: speak.value, on: browser)
    #expect(browser.kind(of: browser.answers(to: speak).last) == .requestConflict)
    fixture.send(call, id: speak.value, on: browser)
    #expect(browser.answers(to: speak).last == answer, "a conflict does not take the answer's place")
    #expect(fixture.offering.count(.speak) == 1)
  }

  @Test("A request that is sent again while it runs is answered once")
  func whileRunning() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.hold(.speak)
    let speak = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    fixture.send(.speak(session: session, .text("a"), options: [:]), id: speak.value, on: browser)
    fixture.send(.speak(session: session, .text("b"), options: [:]), id: speak.value, on: browser)
    #expect(browser.answers(to: speak).map { browser.kind(of: $0) } == [.requestConflict])
    fixture.offering.release(.speak)
    #expect(browser.answers(to: speak).count == 2)
    #expect(fixture.offering.count(.speak) == 1)
  }

  @Test("A lower id that was never seen is stale; a gap is none; connections count on their own")
  func stale() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    fixture.send(.ping, id: 10, on: browser)
    let low = fixture.send(.ping, id: 9, on: browser)
    #expect(browser.error(of: low) == .requestStale)
    let high = fixture.send(.ping, id: 9_007_199_254_740_991, on: browser)
    #expect(browser.error(of: high) == nil)
    let other = fixture.connect()
    let first = fixture.send(.ping, id: 1, on: other)
    #expect(other.answers(to: first) == [.result(first, .empty)])
  }

  @Test("An answer that is forgotten makes its id stale")
  func forgotten() {
    var fixture = RegistryFixture { $0.answersRemembered = 3 }
    let browser = fixture.connect()
    for id in 1...4 { fixture.send(.ping, id: Int64(id), on: browser) }
    fixture.send(.ping, id: 2, on: browser)
    fixture.send(.ping, id: 1, on: browser)
    #expect(browser.answers(to: RequestID(2)).map { browser.kind(of: $0) } == [nil, nil])
    #expect(browser.answers(to: RequestID(1)).map { browser.kind(of: $0) } == [nil, .requestStale])
  }

  @Test("More requests than may be in flight are refused; candidates that are held are not in flight")
  func overload() {
    var fixture = RegistryFixture {
      $0.maximumRequestsInFlight = 3
      $0.heldCandidates = 4
    }
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    let candidates = (1...5).map { fixture.send(.candidate(session: session, .sample("c\($0)")), on: browser) }
    #expect(candidates.map { browser.error(of: $0) } == [nil, nil, nil, nil, .candidateLimit])
    fixture.offering.hold(.add, .close)
    let answer = fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(browser.answers(to: answer) == [.result(answer, .empty)])
    // The four candidates are on their way now, together.
    #expect(fixture.offering.waitingCount(.add) == 4)
    let speak = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(browser.error(of: speak) == .requestOverload)
    let ping = fixture.send(.ping, on: browser)
    #expect(browser.error(of: ping) == nil)
    fixture.offering.release(.add)
    fixture.offering.release(.add)
    fixture.offering.hold(.speak)
    let running = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    fixture.offering.release(.add)
    let next = fixture.send(.speak(session: session, .text("b"), options: [:]), on: browser)
    #expect(browser.answers(to: next).isEmpty, "it waits for its turn")
    let close = fixture.send(.close(session: session), on: browser)
    #expect(browser.error(of: next) == .sessionClosed)
    #expect(browser.answers(to: close).isEmpty)
    fixture.offering.release(.close)
    #expect(browser.answers(to: close) == [.result(close, .empty)])
    #expect(browser.error(of: running) == .talkUnknown)
  }

  @Test("So many sessions a connection, so many in all")
  func sessionLimits() {
    var fixture = RegistryFixture {
      $0.maximumSessionsPerConnection = 2
      $0.maximumSessions = 3
    }
    let one = fixture.connect()
    let two = fixture.connect()
    fixture.offering.hold(.open)
    let open = Call.open(provider: "offering", avatar: nil, options: [:])
    let refused = (1...3).map { _ in fixture.send(open, on: one) }.last.map { one.error(of: $0) }
    #expect(refused == .sessionLimit)
    fixture.send(open, on: two)
    let tooMany = fixture.send(open, on: two)
    #expect(two.error(of: tooMany) == .sessionLimit)
    // A failed open gives its place back; so does a close.
    fixture.offering.release(.open, .unavailable)
    fixture.offering.release(.open)
    fixture.offering.letGo(.open)
    let retry = fixture.send(open, on: one)
    #expect(one.error(of: retry) == nil)
    fixture.send(.close(session: SessionID(rawValue: "s2")), on: one)
    let after = fixture.send(open, on: one)
    #expect(one.error(of: after) == nil)
  }

  @Test("So many requests wait for one end")
  func waitingCloses() {
    var fixture = RegistryFixture { $0.waitingCloses = 2 }
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    fixture.offering.hold(.close)
    let closes = (1...3).map { _ in fixture.send(.close(session: session), on: browser) }
    #expect(closes.map { browser.error(of: $0) } == [nil, nil, .requestOverload])
    fixture.offering.release(.close)
    #expect(closes.prefix(2).allSatisfy { browser.answers(to: $0) == [.result($0, .empty)] })
  }

  @Test("So many talks of one session wait; one that finds no room may be asked for again")
  func waitingCalls() {
    var fixture = RegistryFixture { $0.waitingCalls = 1 }
    let (browser, session) = fixture.live()
    fixture.offering.hold(.speak)
    let talks = ["a", "b", "c"].map { text in
      fixture.send(.speak(session: session, .text(text), options: [:]), on: browser)
    }
    #expect(talks.map { browser.error(of: $0) } == [nil, nil, .requestOverload])
    fixture.offering.release(.speak)
    let again = fixture.send(.speak(session: session, .text("c"), options: [:]), on: browser)
    fixture.offering.release(.speak)
    fixture.offering.release(.speak)
    #expect(browser.answers(to: again) == [.result(again, .talk(id: "t3", durationMs: nil))])
    #expect(fixture.offering.journal.suffix(3) == ["speak a", "speak b", "speak c"])
  }

  @Test("Old closed sessions are forgotten: then they were never there")
  func closedSessions() {
    var fixture = RegistryFixture { $0.closedSessionsRemembered = 2 }
    let browser = fixture.connect()
    let sessions = (1...3).map { _ in
      let session = fixture.open(on: browser)
      fixture.send(.close(session: session), on: browser)
      return session
    }
    let errors = sessions.map { session in
      let id = fixture.send(.close(session: session), on: browser)
      return browser.error(of: id)
    }
    #expect(errors == [.sessionNotFound, nil, nil])
  }

  @Test("What no session, no provider or no option stands behind is refused by name")
  func unknown() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let expected: [(Call, ErrorKind)] = [
      (.open(provider: "none", avatar: nil, options: [:]), .providerNotConfigured),
      (.open(provider: "offering", avatar: "nobody", options: [:]), .providerRejected),
      (.close(session: nowhere), .sessionNotFound), (.extend(session: nowhere), .sessionNotFound),
      (.report(session: nowhere, .dataChannelState(.open)), .sessionNotFound),
      (.candidate(session: nowhere, nil), .sessionNotFound),
    ]
    for (call, kind) in expected {
      let id = fixture.send(call, on: browser)
      #expect(browser.error(of: id) == kind)
    }
    #expect(fixture.offering.journal.isEmpty)
  }

  @Test("A description of the wrong type, or the second one, is refused without asking the provider")
  func wrongDescription() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    let wrong = fixture.send(.answer(session: session, .sampleOffer), on: browser)
    #expect(browser.error(of: wrong) == .sdpInvalid)
    let offer = fixture.send(.offer(session: session, .sampleOffer), on: browser)
    #expect(browser.error(of: offer) == .sessionWrongState)
    fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    let second = fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(browser.error(of: second) == .sessionWrongState)
    #expect(fixture.offering.count(.describe) == 1)
  }

  @Test("A request on a connection that is gone does nothing")
  func goneConnection() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    fixture.drop(browser)
    fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(fixture.offering.journal.isEmpty)
    #expect(browser.messages.isEmpty)
  }
}
