// Checks the wait for a place of the relay's own: positions, turns, and every way out of the queue.
import Basics
import Relay
import Signaling
import TestSupport
import Testing

@Suite struct RegistryWaitingTests {
  @Test func firstComeFirstServed() {
    var fixture = RegistryFixture.waiting()
    let holder = fixture.connect()
    let held = fixture.open(on: holder)
    let (one, two) = (fixture.connect(), fixture.connect())
    let first = fixture.send(.openOffering, on: one)
    let second = fixture.send(.openOffering, on: two)
    #expect(one.positions(of: first) == [1] && two.positions(of: second) == [2])
    #expect(one.answers(to: first).isEmpty)
    fixture.send(.close(session: held), on: holder)
    #expect(one.opened(first) != nil)
    #expect(two.positions(of: second) == [2, 1] && two.answers(to: second).isEmpty)
    fixture.drop(one)
    #expect(two.opened(second) != nil)
    #expect(fixture.offering.openedCount == 3 && fixture.waitingOpens == 0)
  }

  @Test func whoLeavesTheQueueMakesOthersMoveUp() {
    var fixture = RegistryFixture.waiting()
    _ = fixture.open(on: fixture.connect())
    let connections = [fixture.connect(), fixture.connect(), fixture.connect()]
    let requests = connections.map { fixture.send(.openOffering, on: $0) }
    fixture.drop(connections[0])
    #expect(
      connections[1].positions(of: requests[1]) == [2, 1] && connections[2].positions(of: requests[2]) == [3, 2])
    fixture.drop(connections[1])
    #expect(connections[2].positions(of: requests[2]) == [3, 2, 1])
    #expect(fixture.offering.openedCount == 1)
  }

  @Test func theQueueIsBounded() {
    var fixture = RegistryFixture.waiting()
    _ = fixture.open(on: fixture.connect())
    for _ in 1...3 { fixture.send(.openOffering, on: fixture.connect()) }
    let late = fixture.connect()
    let refused = late.signalingError(of: fixture.send(.openOffering, on: late))
    #expect(refused?.kind == .providerSessionLimit && refused?.limit == .waitingOpens)
    #expect(refused?.retryAfterMs == nil, "nobody knows when")
    #expect(fixture.waitingOpens == 3)
  }

  /// The attack that was run: seven connections with eight opens each.
  @Test func oneClientFillsItsShareOfTheQueueOnly() {
    var fixture = RegistryFixture.waiting {
      $0.waitingOpens = 50
      $0.waitingOpensPerSubject = 10
    }
    func connect(_ number: Int, from address: String) -> MadeUpConnection {
      let connection = MadeUpConnection(UInt64(100 + number), fixture.executor)
      fixture.registry.assumeIsolated { $0.opened(connection, address: address) }
      return connection
    }
    _ = fixture.open(on: fixture.connect())
    var refused: [SignalingError?] = []
    for number in 0..<7 {
      let connection = connect(number, from: "198.51.100.1")
      for _ in 0..<8 { refused.append(connection.signalingError(of: fixture.send(.openOffering, on: connection))) }
    }
    #expect(fixture.waitingOpens == 10)
    #expect(refused.compactMap { $0?.limit } == Array(repeating: .waitingOpensPerSubject, count: 46))
    #expect(refused.last??.kind == .providerSessionLimit && refused.last??.retryAfterMs == nil)
    let honest = connect(7, from: "198.51.100.2")
    let request = fixture.send(.openOffering, on: honest)
    #expect(honest.positions(of: request) == [11])
  }

  @Test func whoWaitsCountsAsASession() {
    var fixture = RegistryFixture.waiting { $0.maximumSessions = 3 }
    let browser = fixture.connect()
    _ = fixture.open(on: browser)
    for _ in 1...2 { fixture.send(.openOffering, on: browser) }
    let late = fixture.connect()
    let refused = late.signalingError(of: fixture.send(.openOffering, on: late))
    #expect(refused?.kind == .sessionLimit && refused?.limit == .sessions)
    #expect(fixture.waitingOpens == 2)
    fixture.drop(browser)
    #expect(late.opened(fixture.send(.openOffering, on: late)) != nil)
  }

  @Test func waitingEndsInTime() {
    var fixture = RegistryFixture.waiting()
    _ = fixture.open(on: fixture.connect())
    let browser = fixture.connect()
    let request = fixture.send(.openOffering, on: browser)
    fixture.advance(.milliseconds(29_999))
    #expect(browser.answers(to: request).isEmpty)
    fixture.advance(.milliseconds(1))
    #expect(browser.signalingError(of: request)?.kind == .providerSessionLimit)
    #expect(browser.signalingError(of: request)?.limit == .sessionsPerProvider)
    #expect(fixture.waitingOpens == 0 && fixture.offering.openedCount == 1)
    #expect(browser.answers(to: request).count == 1)
  }

  @Test func anotherProviderIsNotWaitedFor() {
    var fixture = RegistryFixture.waiting()
    _ = fixture.open(on: fixture.connect())
    fixture.send(.openOffering, on: fixture.connect())
    let browser = fixture.connect()
    #expect(fixture.open("awaiting", on: browser) != SessionID(rawValue: "none"))
  }

  @Test func waitingIsOffUnlessItIsAllowed() {
    var fixture = RegistryFixture.waiting { $0.waitingOpens = 0 }
    _ = fixture.open(on: fixture.connect())
    let browser = fixture.connect()
    let own = browser.signalingError(of: fixture.send(.openOffering, on: browser))
    #expect(own?.kind == .providerSessionLimit && own?.limit == .sessionsPerProvider && own?.retryAfterMs == nil)
    fixture.roomy.fail(.open, .sessionLimitReached)
    let theirs = browser.signalingError(
      of: fixture.send(.open(provider: "roomy", avatar: nil, options: [:]), on: browser))
    #expect(theirs?.provider?.message == "Max user sessions reached")
    fixture.roomy.fail(.open, nil)
    #expect(fixture.open("roomy", on: browser) != SessionID(rawValue: "none"))
  }

  @Test func waitingCountsForTheConnection() {
    var fixture = RegistryFixture.waiting { $0.maximumSessionsPerConnection = 2 }
    let browser = fixture.connect()
    _ = fixture.open(on: browser)
    fixture.send(.openOffering, on: browser)
    #expect(browser.signalingError(of: fixture.send(.openOffering, on: browser))?.limit == .sessionsPerConnection)
  }

  @Test func aResentRequestWaitsOnce() {
    var fixture = RegistryFixture.waiting()
    let holder = fixture.connect()
    let held = fixture.open(on: holder)
    let browser = fixture.connect()
    let request = fixture.send(.openOffering, on: browser)
    fixture.send(.openOffering, id: request.value, on: browser)
    #expect(fixture.waitingOpens == 1)
    fixture.send(.close(session: held), on: holder)
    fixture.send(.openOffering, id: request.value, on: browser)
    #expect(fixture.offering.openedCount == 2 && browser.answers(to: request).count == 2)
  }

  @Test func leavingRefusesWhoWaits() {
    var fixture = RegistryFixture.waiting()
    _ = fixture.open(on: fixture.connect())
    let browser = fixture.connect()
    let request = fixture.send(.openOffering, on: browser)
    let done = fixture.drain(within: .seconds(5))
    #expect(browser.signalingError(of: request)?.kind == .draining)
    #expect(done.isRaised && fixture.waitingOpens == 0 && fixture.offering.openedCount == 1)
  }

  /// Any order of opens, drops, closes and refusals: everybody is answered once, and no place is ever given twice.
  @Test func randomSchedulesAnswerEverybodyOnce() {
    for seed in 1...300 as ClosedRange<UInt64> {
      var random = SplitMix(seed: seed)
      var fixture = RegistryFixture.waiting(places: 2) { $0.waitingOpens = 4 }
      var asked: [(connection: MadeUpConnection, request: RequestID)] = []
      var dropped: Set<ConnectionID> = []
      for _ in 1...40 {
        switch Int.random(in: 0...5, using: &random) {
        case 0, 1:
          let browser = fixture.connect()
          asked.append((browser, fixture.send(.openOffering, on: browser)))
        case 2:
          guard let (browser, _) = asked.randomElement(using: &random) else { continue }
          dropped.insert(browser.id)
          fixture.drop(browser)
        case 3: fixture.offering.fail(.open, Bool.random(using: &random) ? .sessionLimitReached : nil)
        case 4:
          guard let (browser, request) = asked.randomElement(using: &random), let session = browser.opened(request)
          else { continue }
          if !dropped.contains(browser.id) { fixture.send(.close(session: session), on: browser) }
        default: fixture.advance(.seconds(Int.random(in: 1...9, using: &random)))
        }
        #expect(fixture.openSessions <= 2, "seed \(seed)")
        #expect(fixture.waitingOpens <= 4, "seed \(seed)")
      }
      #expect(fixture.countMistakes.isEmpty, "seed \(seed)")
      fixture.offering.fail(.open, nil)
      fixture.advance(.seconds(31))
      for (browser, request) in asked where !dropped.contains(browser.id) {
        #expect(browser.answers(to: request).count == 1, "seed \(seed)")
      }
      #expect(fixture.waitingOpens == 0, "seed \(seed)")
    }
  }
}
