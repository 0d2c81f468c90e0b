// Waiting for a place of the relay's own: positions, turns, and every way out of the queue.
import Relay
import Signaling
import TestSupport
import Testing
import Timekeeping

@Suite struct RegistryWaitingTests {
  @Test func firstComeFirstServed() {
    var stage = Stage.waiting()
    let holder = stage.connect()
    let held = stage.open(on: holder)
    let (one, two) = (stage.connect(), stage.connect())
    let first = stage.send(.openOffering, on: one)
    let second = stage.send(.openOffering, on: two)
    #expect(one.positions(of: first) == [1] && two.positions(of: second) == [2])
    #expect(one.answers(to: first).isEmpty)
    stage.send(.close(session: held), on: holder)
    #expect(one.opened(first) != nil)
    #expect(two.positions(of: second) == [2, 1] && two.answers(to: second).isEmpty)
    stage.drop(one)
    #expect(two.opened(second) != nil)
    #expect(stage.offering.openedCount == 3 && stage.waitingOpens == 0)
  }

  @Test func whoLeavesTheQueueMakesOthersMoveUp() {
    var stage = Stage.waiting()
    _ = stage.open(on: stage.connect())
    let connections = [stage.connect(), stage.connect(), stage.connect()]
    let requests = connections.map { stage.send(.openOffering, on: $0) }
    stage.drop(connections[0])
    #expect(connections[1].positions(of: requests[1]) == [2, 1] && connections[2].positions(of: requests[2]) == [3, 2])
    stage.drop(connections[1])
    #expect(connections[2].positions(of: requests[2]) == [3, 2, 1])
    #expect(stage.offering.openedCount == 1)
  }

  @Test func theQueueIsBoundedAndSaysWhenToComeBack() {
    var stage = Stage.waiting()
    _ = stage.open(on: stage.connect())
    for _ in 1...3 { stage.send(.openOffering, on: stage.connect()) }
    let late = stage.connect()
    let refused = late.signalingError(of: stage.send(.openOffering, on: late))
    #expect(refused?.kind == .providerSessionLimit && refused?.limit == .waitingOpens)
    #expect(refused?.retryAfterMs == 5000)
    #expect(stage.waitingOpens == 3)
  }

  @Test func waitingEndsInTime() {
    var stage = Stage.waiting()
    _ = stage.open(on: stage.connect())
    let browser = stage.connect()
    let request = stage.send(.openOffering, on: browser)
    stage.advance(.milliseconds(29_999))
    #expect(browser.answers(to: request).isEmpty)
    stage.advance(.milliseconds(1))
    #expect(browser.signalingError(of: request)?.kind == .providerSessionLimit)
    #expect(browser.signalingError(of: request)?.limit == .sessionsPerProvider)
    #expect(stage.waitingOpens == 0 && stage.offering.openedCount == 1)
    #expect(browser.answers(to: request).count == 1)
  }

  @Test func anotherProviderIsNotWaitedFor() {
    var stage = Stage.waiting()
    _ = stage.open(on: stage.connect())
    stage.send(.openOffering, on: stage.connect())
    let browser = stage.connect()
    #expect(stage.open("awaiting", on: browser) != SessionID(rawValue: "none"))
  }

  @Test func waitingIsOffUnlessItIsAllowed() {
    var stage = Stage.waiting { $0.waitingOpens = 0 }
    _ = stage.open(on: stage.connect())
    let browser = stage.connect()
    let own = browser.signalingError(of: stage.send(.openOffering, on: browser))
    #expect(own?.kind == .providerSessionLimit && own?.limit == .sessionsPerProvider && own?.retryAfterMs == 5000)
    stage.roomy.fail(.open, .sessionLimitReached)
    let theirs = browser.signalingError(
      of: stage.send(.open(provider: "roomy", avatar: nil, options: [:]), on: browser))
    #expect(theirs?.provider?.message == "Max user sessions reached")
    stage.roomy.fail(.open, nil)
    #expect(stage.open("roomy", on: browser) != SessionID(rawValue: "none"))
  }

  @Test func waitingCountsForTheConnection() {
    var stage = Stage.waiting { $0.maximumSessionsPerConnection = 2 }
    let browser = stage.connect()
    _ = stage.open(on: browser)
    stage.send(.openOffering, on: browser)
    #expect(browser.signalingError(of: stage.send(.openOffering, on: browser))?.limit == .sessionsPerConnection)
  }

  @Test func aResentRequestWaitsOnce() {
    var stage = Stage.waiting()
    let holder = stage.connect()
    let held = stage.open(on: holder)
    let browser = stage.connect()
    let request = stage.send(.openOffering, on: browser)
    stage.send(.openOffering, id: request.value, on: browser)
    #expect(stage.waitingOpens == 1)
    stage.send(.close(session: held), on: holder)
    stage.send(.openOffering, id: request.value, on: browser)
    #expect(stage.offering.openedCount == 2 && browser.answers(to: request).count == 2)
  }

  @Test func leavingRefusesWhoWaits() {
    var stage = Stage.waiting()
    _ = stage.open(on: stage.connect())
    let browser = stage.connect()
    let request = stage.send(.openOffering, on: browser)
    let done = stage.drain(within: .seconds(5))
    #expect(browser.signalingError(of: request)?.kind == .draining)
    #expect(done.isRaised && stage.waitingOpens == 0 && stage.offering.openedCount == 1)
  }

  /// Any order of opens, drops, closes and refusals: everybody is answered once, and no place is ever given twice.
  @Test func randomSchedulesAnswerEverybodyOnce() {
    for seed in 1...300 as ClosedRange<UInt64> {
      var random = SplitMix(seed: seed)
      var stage = Stage.waiting(places: 2) { $0.waitingOpens = 4 }
      var asked: [(connection: MadeUpConnection, request: RequestID)] = []
      var dropped: Set<ConnectionID> = []
      for _ in 1...40 {
        switch Int.random(in: 0...5, using: &random) {
        case 0, 1:
          let browser = stage.connect()
          asked.append((browser, stage.send(.openOffering, on: browser)))
        case 2:
          guard let (browser, _) = asked.randomElement(using: &random) else { continue }
          dropped.insert(browser.id)
          stage.drop(browser)
        case 3: stage.offering.fail(.open, Bool.random(using: &random) ? .sessionLimitReached : nil)
        case 4:
          guard let (browser, request) = asked.randomElement(using: &random), let session = browser.opened(request)
          else { continue }
          if !dropped.contains(browser.id) { stage.send(.close(session: session), on: browser) }
        default: stage.advance(.seconds(Int.random(in: 1...9, using: &random)))
        }
        #expect(stage.openSessions <= 2, "seed \(seed)")
        #expect(stage.waitingOpens <= 4, "seed \(seed)")
      }
      #expect(stage.countMistakes.isEmpty, "seed \(seed)")
      stage.offering.fail(.open, nil)
      stage.advance(.seconds(31))
      for (browser, request) in asked where !dropped.contains(browser.id) {
        #expect(browser.answers(to: request).count == 1, "seed \(seed)")
      }
      #expect(stage.waitingOpens == 0, "seed \(seed)")
    }
  }
}
