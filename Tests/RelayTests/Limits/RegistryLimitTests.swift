// Checks limits by subject, and what the operator can do.
import Basics
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryLimitTests {
  /// Believes every token: its text is the subject.
  private struct Gate: AccessGate {
    func permit(
      for token: JoinToken, from origin: String?, at now: MonotonicInstant
    ) throws(SignalingError) -> Permit {
      Permit(subject: token.value, expiry: now.advanced(by: .seconds(600)), maximumSessions: 2, budget: .seconds(100))
    }
  }

  private static let open = Call.open(provider: "offering", avatar: nil, options: [:])

  private func error(_ connection: MadeUpConnection, _ request: RequestID) -> SignalingError? {
    if case .error(_, let error) = connection.answers(to: request).first { error } else { nil }
  }

  @Test func sessionsOfOneAddressAreBoundedOverItsConnections() {
    var fixture = RegistryFixture { $0.maximumSessionsPerSubject = 2 }
    let connections = (1...3).map { number in
      let connection = MadeUpConnection(UInt64(100 + number), fixture.executor)
      fixture.registry.assumeIsolated { $0.opened(connection, address: number == 3 ? "198.51.100.2" : "198.51.100.1") }
      return connection
    }
    #expect(error(connections[0], fixture.send(Self.open, on: connections[0])) == nil)
    #expect(error(connections[1], fixture.send(Self.open, on: connections[1])) == nil)
    let refused = error(connections[1], fixture.send(Self.open, on: connections[1]))
    #expect(refused?.kind == .sessionLimit && refused?.limit == .sessionsPerSubject && refused?.retryAfterMs == nil)
    #expect(error(connections[2], fixture.send(Self.open, on: connections[2])) == nil)
    fixture.drop(connections[0])
    #expect(error(connections[1], fixture.send(Self.open, on: connections[1])) == nil)
  }

  @Test func opensOfOneAddressAreCountedWhateverBecomesOfThem() {
    var fixture = RegistryFixture { $0.opensPerMinute = 3 }
    fixture.offering.fail(.open, .unavailable)
    let connections = [fixture.connect(), fixture.connect()]
    for number in 0..<3 {
      let connection = connections[number % 2]
      #expect(error(connection, fixture.send(Self.open, on: connection))?.kind == .providerUnavailable)
    }
    let refused = error(connections[1], fixture.send(Self.open, on: connections[1]))
    #expect(refused?.kind == .sessionLimit && refused?.limit == .opensPerMinute && refused?.retryAfterMs == 20_000)
    #expect(fixture.offering.count(.open) == 3)
    fixture.offering.fail(.open, nil)
    fixture.advance(.seconds(20))
    #expect(error(connections[1], fixture.send(Self.open, on: connections[1])) == nil)
  }

  @Test func opensThatALimitRefusesAreNotCounted() {
    var fixture = RegistryFixture {
      $0.opensPerMinute = 2
      $0.maximumSessionsPerConnection = 1
    }
    let browser = fixture.connect()
    #expect(error(browser, fixture.send(Self.open, on: browser)) == nil)
    for _ in 0..<5 {
      #expect(error(browser, fixture.send(Self.open, on: browser))?.limit == .sessionsPerConnection)
    }
    let other = fixture.connect()
    #expect(error(other, fixture.send(Self.open, on: other)) == nil)
  }

  @Test func opensOfAllAreCounted() {
    var fixture = RegistryFixture(gate: Gate()) { $0.totalOpensPerMinute = 2 }
    for subject in ["a", "b", "c"] {
      let browser = fixture.connect()
      fixture.send(.authorize(JoinToken(value: subject)), on: browser)
      let refused = error(browser, fixture.send(Self.open, on: browser))
      #expect(refused?.limit == (subject == "c" ? .totalOpensPerMinute : nil))
    }
  }

  @Test func aTokensOwnNumberNamesTheSameLimit() {
    var fixture = RegistryFixture(gate: Gate())
    let browser = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: browser)
    for _ in 1...2 { #expect(error(browser, fixture.send(Self.open, on: browser)) == nil) }
    let refused = error(browser, fixture.send(Self.open, on: browser))
    #expect(refused?.limit == .sessionsPerSubject && refused?.retryAfterMs == nil)
  }

  @Test func talksOfOneSubjectAreBoundedOverItsSessions() {
    var fixture = RegistryFixture(gate: Gate()) { $0.talksPerMinute = 2 }
    let connections = [fixture.connect(), fixture.connect(), fixture.connect()]
    for (connection, subject) in zip(connections, ["a", "a", "b"]) {
      fixture.send(.authorize(JoinToken(value: subject)), on: connection)
    }
    let sessions = connections.map { fixture.live(on: $0) }
    func speak(_ index: Int) -> SignalingError? {
      let request = fixture.send(
        .speak(session: sessions[index], .text("hello"), options: [:]), on: connections[index])
      return error(connections[index], request)
    }
    #expect(speak(0) == nil && speak(1) == nil)
    let refused = speak(1)
    #expect(refused?.kind == .talkLimit && refused?.limit == .talksPerMinute && refused?.retryAfterMs == 30_000)
    #expect(speak(2) == nil)
    #expect(fixture.offering.count(.speak) == 3)
    fixture.advance(.seconds(30))
    #expect(speak(1) == nil)
    #expect(fixture.offering.count(.speak) == 4)
  }

  @Test func aResentTalkIsCountedOnce() {
    var fixture = RegistryFixture { $0.talksPerMinute = 2 }
    let (browser, session) = fixture.live()
    let call = Call.speak(session: session, .text("hello"), options: [:])
    let request = fixture.send(call, on: browser)
    for _ in 1...5 { fixture.send(call, id: request.value, on: browser) }
    #expect(error(browser, fixture.send(call, on: browser)) == nil)
    #expect(fixture.offering.count(.speak) == 2)
  }

  @Test func charactersAreCountedByText() {
    var fixture = RegistryFixture { $0.charactersPerMinute = 20 }
    let (browser, session) = fixture.live()
    func speak(_ script: Script.Content) -> LimitName? {
      error(browser, fixture.send(.speak(session: session, script, options: [:]), on: browser))?.limit
    }
    #expect(speak(.text("äöü äöü")) == nil)
    #expect(speak(.ssml("<speak>a</speak>")) == .charactersPerMinute)
    #expect(speak(.text("thirteen char")) == nil)
    #expect(speak(.text("x")) == .charactersPerMinute)
    #expect(speak(.audio(url: "https://sound.example/hello.mp3")) == .charactersPerMinute)
  }

  @Test func aRecordingCountsAsSoManyCharacters() {
    var fixture = RegistryFixture {
      $0.charactersPerMinute = 20
      $0.charactersPerRecording = 8
    }
    let (browser, session) = fixture.live()
    func speak(_ script: Script.Content) -> SignalingError? {
      error(browser, fixture.send(.speak(session: session, script, options: [:]), on: browser))
    }
    let recording = Script.Content.audio(url: "https://sound.example/hello.mp3")
    #expect(speak(recording) == nil && speak(recording) == nil)
    #expect(speak(recording)?.kind == .talkLimit)
    #expect(speak(.text("four")) == nil)
    #expect(speak(.text("x"))?.limit == .charactersPerMinute)
    let tooLong = speak(.text("twenty-one characters"))
    #expect(tooLong?.kind == .talkTooLong && tooLong?.limit == .charactersPerMinute)
    #expect(fixture.offering.count(.speak) == 3)
    #expect(fixture.registry.assumeIsolated { $0.counters.characters } == 20)
  }

  @Test func whoseTokenEndedWaitsNoMore() {
    var fixture = RegistryFixture(gate: Gate()) {
      $0.maximumSessionsPerProvider["offering"] = 0
      $0.waitingOpens = 5
      $0.waitingTime = .seconds(3600)
    }
    let browser = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: browser)
    let request = fixture.send(Self.open, on: browser)
    #expect(browser.answers(to: request).isEmpty)
    fixture.advance(.seconds(611))
    #expect(error(browser, request)?.kind == .accessExpired)
  }

  @Test func whoseBudgetIsUsedUpWhileWaitingIsToldSo() {
    var fixture = RegistryFixture(gate: Gate()) {
      $0.maximumSessionsPerProvider["offering"] = 1
      $0.waitingOpens = 5
      $0.waitingTime = .seconds(3600)
    }
    let (one, two) = (fixture.connect(), fixture.connect())
    for connection in [one, two] { fixture.send(.authorize(JoinToken(value: "a")), on: connection) }
    _ = fixture.open(on: one)
    let request = fixture.send(Self.open, on: two)
    fixture.advance(.seconds(100))
    #expect(error(two, request)?.kind == .accessBudget && error(two, request)?.limit == .budgetSeconds)
    #expect(error(two, request)?.retryAfterMs == nil && error(two, request)?.isRetryable == false, "no wait brings it back")
    #expect(fixture.openSessions == 0)
  }

  // MARK: The operator

  @Test func theOperatorEndsOneSession() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let (one, two) = (fixture.live(on: browser), fixture.live(on: browser))
    #expect(fixture.registry.assumeIsolated { $0.endByOperator(one) })
    fixture.executor.run()
    #expect(browser.events(of: one).last == .closed(.operatorEnded, action: .stop))
    #expect(!fixture.registry.assumeIsolated { $0.endByOperator(one) })
    #expect(!fixture.registry.assumeIsolated { $0.endByOperator(SessionID(rawValue: "no such")) })
    let left = fixture.registry.assumeIsolated { $0.summaries() }
    #expect(left.map(\.session) == [two] && left.first?.state == .live && left.first?.subject == .address("unknown"))
    #expect(fixture.offering.count(.close) == 1)
  }

  @Test func theOperatorEndsAllAndLetsNobodyIn() {
    var fixture = RegistryFixture {
      $0.waitingOpens = 5
      $0.maximumSessionsPerProvider["awaiting"] = 0
    }
    let browser = fixture.connect()
    _ = (fixture.live(on: browser), fixture.open("roomy", on: browser))
    let waiting = fixture.send(.open(provider: "awaiting", avatar: nil, options: [:]), on: browser)
    fixture.offering.hold(.open)
    let opening = fixture.send(Self.open, on: browser)
    #expect(fixture.registry.assumeIsolated { $0.endAllByOperator() } == 3)
    fixture.offering.release(.open)
    #expect(error(browser, waiting)?.kind == .paused)
    #expect(error(browser, opening)?.kind == .sessionClosed)
    #expect(fixture.openSessions == 0 && fixture.registry.assumeIsolated { $0.summaries().isEmpty })
    fixture.offering.letGo(.open)
    #expect(error(browser, fixture.send(Self.open, on: browser))?.kind == .paused)
    fixture.registry.assumeIsolated { $0.set(admission: .open) }
    #expect(fixture.open(on: browser) != SessionID(rawValue: "none"))
    let counters = fixture.registry.assumeIsolated { $0.counters }
    #expect(counters.ends[.operatorEnded] == 3 && counters.errors[.paused] == 2)
  }
}
