// Ids, limits, and requests that cannot be carried out.
import AvatarProvider
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryRequestTests {
  private let nowhere = SessionID(rawValue: "nowhere")

  @Test("A request that is sent again is answered from memory and not carried out again")
  func again() {
    var stage = Stage()
    let (browser, session) = stage.live()
    let call = Call.speak(session: session, .text("a"), options: ["x": 1, "y": 2])
    let speak = stage.send(call, on: browser)
    // The order of members means nothing.
    stage.send(.speak(session: session, .text("a"), options: ["y": 2, "x": 1]), id: speak.value, on: browser)
    let answer = ServerMessage.result(speak, .talk(id: "t1", durationMs: nil))
    #expect(browser.answers(to: speak) == [answer, answer])
    stage.send(.speak(session: session, .text("b"), options: [:]), id: speak.value, on: browser)
    #expect(browser.kind(of: browser.answers(to: speak).last) == .requestConflict)
    stage.send(call, id: speak.value, on: browser)
    #expect(browser.answers(to: speak).last == answer, "a conflict does not take the answer's place")
    #expect(stage.offering.count(.speak) == 1)
  }

  @Test("A request that is sent again while it runs is answered once")
  func whileRunning() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.offering.hold(.speak)
    let speak = stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    stage.send(.speak(session: session, .text("a"), options: [:]), id: speak.value, on: browser)
    stage.send(.speak(session: session, .text("b"), options: [:]), id: speak.value, on: browser)
    #expect(browser.answers(to: speak).map { browser.kind(of: $0) } == [.requestConflict])
    stage.offering.release(.speak)
    #expect(browser.answers(to: speak).count == 2)
    #expect(stage.offering.count(.speak) == 1)
  }

  @Test("A lower id that was never seen is stale; a gap is none; connections count on their own")
  func stale() {
    var stage = Stage()
    let browser = stage.connect()
    stage.send(.ping, id: 10, on: browser)
    let low = stage.send(.ping, id: 9, on: browser)
    #expect(browser.error(of: low) == .requestStale)
    let high = stage.send(.ping, id: 9_007_199_254_740_991, on: browser)
    #expect(browser.error(of: high) == nil)
    let other = stage.connect()
    let first = stage.send(.ping, id: 1, on: other)
    #expect(other.answers(to: first) == [.result(first, .empty)])
  }

  @Test("An answer that is forgotten makes its id stale")
  func forgotten() {
    var stage = Stage { $0.answersRemembered = 3 }
    let browser = stage.connect()
    for id in 1...4 { stage.send(.ping, id: Int64(id), on: browser) }
    stage.send(.ping, id: 2, on: browser)
    stage.send(.ping, id: 1, on: browser)
    #expect(browser.answers(to: RequestID(2)).map { browser.kind(of: $0) } == [nil, nil])
    #expect(browser.answers(to: RequestID(1)).map { browser.kind(of: $0) } == [nil, .requestStale])
  }

  @Test("More requests than may be in flight are refused; candidates that are held are not in flight")
  func overload() {
    var stage = Stage {
      $0.maximumRequestsInFlight = 3
      $0.heldCandidates = 4
    }
    let browser = stage.connect()
    let session = stage.open(on: browser)
    let candidates = (1...5).map { stage.send(.candidate(session: session, .sample("c\($0)")), on: browser) }
    #expect(candidates.map { browser.error(of: $0) } == [nil, nil, nil, nil, .candidateLimit])
    stage.offering.hold(.add, .close)
    let answer = stage.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(browser.answers(to: answer) == [.result(answer, .empty)])
    // The four candidates are on their way now, together.
    #expect(stage.offering.waitingCount(.add) == 4)
    let speak = stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(browser.error(of: speak) == .requestOverload)
    let ping = stage.send(.ping, on: browser)
    #expect(browser.error(of: ping) == nil)
    stage.offering.release(.add)
    stage.offering.release(.add)
    stage.offering.hold(.speak)
    let running = stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    stage.offering.release(.add)
    let next = stage.send(.speak(session: session, .text("b"), options: [:]), on: browser)
    #expect(browser.answers(to: next).isEmpty, "it waits for its turn")
    let close = stage.send(.close(session: session), on: browser)
    #expect(browser.error(of: next) == .sessionClosed)
    #expect(browser.answers(to: close).isEmpty)
    stage.offering.release(.close)
    #expect(browser.answers(to: close) == [.result(close, .empty)])
    stage.offering.release(.speak)
    #expect(browser.error(of: running) == nil)
  }

  @Test("So many sessions a connection, so many in all")
  func sessionLimits() {
    var stage = Stage {
      $0.maximumSessionsPerConnection = 2
      $0.maximumSessions = 3
    }
    let one = stage.connect()
    let two = stage.connect()
    stage.offering.hold(.open)
    let open = Call.open(provider: "offering", avatar: nil, options: [:])
    let refused = (1...3).map { _ in stage.send(open, on: one) }.last.map { one.error(of: $0) }
    #expect(refused == .sessionLimit)
    stage.send(open, on: two)
    let tooMany = stage.send(open, on: two)
    #expect(two.error(of: tooMany) == .sessionLimit)
    // A failed open gives its place back; so does a close.
    stage.offering.release(.open, .unavailable)
    stage.offering.release(.open)
    stage.offering.letGo(.open)
    let retry = stage.send(open, on: one)
    #expect(one.error(of: retry) == nil)
    stage.send(.close(session: SessionID(rawValue: "s2")), on: one)
    let after = stage.send(open, on: one)
    #expect(one.error(of: after) == nil)
  }

  @Test("So many requests wait for one end")
  func waitingCloses() {
    var stage = Stage { $0.waitingCloses = 2 }
    let browser = stage.connect()
    let session = stage.open(on: browser)
    stage.offering.hold(.close)
    let closes = (1...3).map { _ in stage.send(.close(session: session), on: browser) }
    #expect(closes.map { browser.error(of: $0) } == [nil, nil, .requestOverload])
    stage.offering.release(.close)
    #expect(closes.prefix(2).allSatisfy { browser.answers(to: $0) == [.result($0, .empty)] })
  }

  @Test("So many talks of one session wait; one that finds no room may be asked for again")
  func waitingCalls() {
    var stage = Stage { $0.waitingCalls = 1 }
    let (browser, session) = stage.live()
    stage.offering.hold(.speak)
    let talks = ["a", "b", "c"].map { text in
      stage.send(.speak(session: session, .text(text), options: [:]), on: browser)
    }
    #expect(talks.map { browser.error(of: $0) } == [nil, nil, .requestOverload])
    stage.offering.release(.speak)
    let again = stage.send(.speak(session: session, .text("c"), options: [:]), on: browser)
    stage.offering.release(.speak)
    stage.offering.release(.speak)
    #expect(browser.answers(to: again) == [.result(again, .talk(id: "t3", durationMs: nil))])
    #expect(stage.offering.journal.suffix(3) == ["speak a", "speak b", "speak c"])
  }

  @Test("Old closed sessions are forgotten: then they were never there")
  func closedSessions() {
    var stage = Stage { $0.closedSessionsRemembered = 2 }
    let browser = stage.connect()
    let sessions = (1...3).map { _ in
      let session = stage.open(on: browser)
      stage.send(.close(session: session), on: browser)
      return session
    }
    let errors = sessions.map { session in
      let id = stage.send(.close(session: session), on: browser)
      return browser.error(of: id)
    }
    #expect(errors == [.sessionNotFound, nil, nil])
  }

  @Test("What no session, no provider or no option stands behind is refused by name")
  func unknown() {
    var stage = Stage()
    let browser = stage.connect()
    let expected: [(Call, ErrorKind)] = [
      (.open(provider: "none", avatar: nil, options: [:]), .providerNotConfigured),
      (.open(provider: "offering", avatar: "nobody", options: [:]), .providerRejected),
      (.close(session: nowhere), .sessionNotFound), (.extend(session: nowhere), .sessionNotFound),
      (.report(session: nowhere, .dataChannelState(.open)), .sessionNotFound),
      (.candidate(session: nowhere, nil), .sessionNotFound),
    ]
    for (call, kind) in expected {
      let id = stage.send(call, on: browser)
      #expect(browser.error(of: id) == kind)
    }
    #expect(stage.offering.journal.isEmpty)
  }

  @Test("A description of the wrong type, or the second one, is refused without asking the provider")
  func wrongDescription() {
    var stage = Stage()
    let browser = stage.connect()
    let session = stage.open(on: browser)
    let wrong = stage.send(.answer(session: session, .sampleOffer), on: browser)
    #expect(browser.error(of: wrong) == .sdpInvalid)
    let offer = stage.send(.offer(session: session, .sampleOffer), on: browser)
    #expect(browser.error(of: offer) == .sessionWrongState)
    stage.send(.answer(session: session, .sampleAnswer), on: browser)
    let second = stage.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(browser.error(of: second) == .sessionWrongState)
    #expect(stage.offering.count(.describe) == 1)
  }

  @Test("A request on a connection that is gone does nothing")
  func goneConnection() {
    var stage = Stage()
    let browser = stage.connect()
    stage.drop(browser)
    stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(stage.offering.journal.isEmpty)
    #expect(browser.messages.isEmpty)
  }
}
