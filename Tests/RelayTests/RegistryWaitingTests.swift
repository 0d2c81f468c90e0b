// Waiting for a place at a provider: positions, turns, and every way out of the queue.
import AvatarProvider
import Signaling
import Testing
import TestSupport
import Timekeeping

@testable import Relay

@Suite struct RegistryWaitingTests {
  private static let open = Call.open(provider: "offering", avatar: nil, options: [:])
  private static let full = ProviderFailure(
    .sessionLimit, "full", vendor: .init(status: 403, code: "Forbidden", message: "Max user sessions reached"))

  private func stage(places: Int? = 1, _ change: (inout RelayLimits) -> Void = { _ in }) -> Stage {
    Stage {
      $0.maximumSessionsPerProvider["offering"] = places
      $0.waitingOpens = 3
      $0.waitingTime = .seconds(30)
      change(&$0)
    }
  }

  private func error(_ connection: MadeUpConnection, _ request: RequestID) -> SignalingError? {
    if case .error(_, let error) = connection.answers(to: request).first { error } else { nil }
  }

  private func session(_ connection: MadeUpConnection, _ request: RequestID) -> SessionID? {
    if case .result(_, .opened(let session)) = connection.answers(to: request).first { session.session } else { nil }
  }

  private func positions(_ connection: MadeUpConnection, _ request: RequestID) -> [Int] {
    connection.messages.compactMap { message in
      if case .notification(.queued(request, let position)) = message { position } else { nil }
    }
  }

  private func waiting(_ stage: Stage) -> Int { stage.registry.assumeIsolated { $0.waitingCount } }

  @Test func firstComeFirstServed() {
    var stage = stage()
    let holder = stage.connect()
    let held = stage.open(on: holder)
    let (one, two) = (stage.connect(), stage.connect())
    let first = stage.send(Self.open, on: one)
    let second = stage.send(Self.open, on: two)
    #expect(positions(one, first) == [1] && positions(two, second) == [2])
    #expect(one.answers(to: first).isEmpty)
    stage.send(.close(session: held), on: holder)
    #expect(session(one, first) != nil)
    #expect(positions(two, second) == [2, 1] && two.answers(to: second).isEmpty)
    stage.drop(one)
    #expect(session(two, second) != nil)
    #expect(stage.offering.openedCount == 3 && waiting(stage) == 0)
  }

  @Test func whoLeavesTheQueueMakesOthersMoveUp() {
    var stage = stage()
    _ = stage.open(on: stage.connect())
    let connections = [stage.connect(), stage.connect(), stage.connect()]
    let requests = connections.map { stage.send(Self.open, on: $0) }
    stage.drop(connections[0])
    #expect(positions(connections[1], requests[1]) == [2, 1] && positions(connections[2], requests[2]) == [3, 2])
    stage.drop(connections[1])
    #expect(positions(connections[2], requests[2]) == [3, 2, 1])
    #expect(stage.offering.openedCount == 1)
  }

  @Test func theQueueIsBoundedAndSaysWhenToComeBack() {
    var stage = stage()
    _ = stage.open(on: stage.connect())
    for _ in 1...3 { stage.send(Self.open, on: stage.connect()) }
    let late = stage.connect()
    let refused = error(late, stage.send(Self.open, on: late))
    #expect(refused?.kind == .providerSessionLimit && refused?.limit == .waitingOpens)
    #expect(refused?.retryAfterMs == 5000)
    #expect(waiting(stage) == 3)
  }

  @Test func waitingEndsInTime() {
    var stage = stage()
    _ = stage.open(on: stage.connect())
    let browser = stage.connect()
    let request = stage.send(Self.open, on: browser)
    stage.advance(.milliseconds(29_999))
    #expect(browser.answers(to: request).isEmpty)
    stage.advance(.milliseconds(1))
    #expect(error(browser, request)?.kind == .providerSessionLimit)
    #expect(error(browser, request)?.limit == .sessionsPerProvider)
    #expect(waiting(stage) == 0 && stage.offering.openedCount == 1)
    #expect(browser.answers(to: request).count == 1)
  }

  @Test func anotherProviderIsNotWaitedFor() {
    var stage = stage()
    _ = stage.open(on: stage.connect())
    stage.send(Self.open, on: stage.connect())
    let browser = stage.connect()
    #expect(stage.open("awaiting", on: browser) != SessionID(rawValue: "none"))
  }

  @Test func theProvidersOwnRefusalIsWaitedOutToo() {
    var stage = stage(places: nil)
    stage.offering.fail(.open, Self.full)
    let (one, two) = (stage.connect(), stage.connect())
    let first = stage.send(Self.open, on: one)
    let second = stage.send(Self.open, on: two)
    #expect(positions(one, first) == [1] && positions(two, second) == [2])
    // The second waits behind the first without asking.
    #expect(stage.offering.count(.open) == 1)
    stage.advance(.milliseconds(4999))
    #expect(stage.offering.count(.open) == 1)
    stage.advance(.milliseconds(1))
    #expect(stage.offering.count(.open) == 2 && one.answers(to: first).isEmpty)
    stage.offering.fail(.open, nil)
    stage.advance(.seconds(5))
    #expect(session(one, first) != nil && session(two, second) != nil)
    #expect(stage.leaks == 0 && waiting(stage) == 0)
  }

  @Test func theEndOfAnOwnSessionIsTriedAtOnce() {
    var stage = stage(places: nil)
    let holder = stage.connect()
    let held = stage.open(on: holder)
    stage.offering.fail(.open, Self.full)
    let browser = stage.connect()
    let request = stage.send(Self.open, on: browser)
    stage.offering.fail(.open, nil)
    #expect(browser.answers(to: request).isEmpty)
    stage.send(.close(session: held), on: holder)
    #expect(session(browser, request) != nil)
  }

  @Test func theProvidersWordsAreKeptWhenWaitingWasInVain() {
    var stage = stage(places: nil)
    stage.offering.fail(.open, Self.full)
    let browser = stage.connect()
    let request = stage.send(Self.open, on: browser)
    for _ in 1...6 { stage.advance(.seconds(5)) }
    let refused = error(browser, request)
    #expect(refused?.kind == .providerSessionLimit && refused?.provider?.message == "Max user sessions reached")
    #expect(refused?.retryAfterMs != nil)
    #expect(stage.offering.openedCount == 0 && browser.answers(to: request).count == 1)
    // The next one finds the door open again once the pause is over.
    stage.offering.fail(.open, nil)
    stage.advance(.seconds(5))
    #expect(stage.open(on: browser) != SessionID(rawValue: "none"))
  }

  @Test func aCallThatFailsOtherwiseLetsTheNextOneTry() {
    var stage = stage(places: nil)
    stage.offering.fail(.open, Self.full)
    let (one, two) = (stage.connect(), stage.connect())
    let first = stage.send(Self.open, on: one)
    let second = stage.send(Self.open, on: two)
    stage.offering.fail(.open, .unavailable)
    stage.advance(.seconds(5))
    #expect(error(one, first)?.kind == .providerUnavailable && error(two, second)?.kind == .providerUnavailable)
    stage.offering.fail(.open, nil)
    #expect(stage.open(on: one) != SessionID(rawValue: "none"))
  }

  @Test func aClientThatLeavesWhileItIsTriedBlocksNobody() {
    var stage = stage(places: nil)
    stage.offering.fail(.open, Self.full)
    let (one, two) = (stage.connect(), stage.connect())
    stage.send(Self.open, on: one)
    let second = stage.send(Self.open, on: two)
    stage.offering.hold(.open)
    stage.advance(.seconds(5))
    stage.drop(one)
    stage.offering.letGo(.open)
    stage.offering.fail(.open, nil)
    stage.offering.release(.open, Self.full)
    stage.advance(.seconds(5))
    #expect(session(two, second) != nil)
  }

  @Test func waitingIsOffUnlessItIsAllowed() {
    var stage = stage { $0.waitingOpens = 0 }
    _ = stage.open(on: stage.connect())
    let browser = stage.connect()
    let own = error(browser, stage.send(Self.open, on: browser))
    #expect(own?.kind == .providerSessionLimit && own?.limit == .sessionsPerProvider && own?.retryAfterMs == 5000)
    stage.roomy.fail(.open, Self.full)
    let theirs = error(browser, stage.send(.open(provider: "roomy", avatar: nil, options: [:]), on: browser))
    #expect(theirs?.provider?.message == "Max user sessions reached")
    stage.roomy.fail(.open, nil)
    #expect(stage.open("roomy", on: browser) != SessionID(rawValue: "none"))
  }

  @Test func waitingCountsForTheConnection() {
    var stage = stage { $0.maximumSessionsPerConnection = 2 }
    let browser = stage.connect()
    _ = stage.open(on: browser)
    stage.send(Self.open, on: browser)
    #expect(error(browser, stage.send(Self.open, on: browser))?.limit == .sessionsPerConnection)
  }

  @Test func aResentRequestWaitsOnce() {
    var stage = stage()
    let holder = stage.connect()
    let held = stage.open(on: holder)
    let browser = stage.connect()
    let request = stage.send(Self.open, on: browser)
    stage.send(Self.open, id: request.value, on: browser)
    #expect(waiting(stage) == 1)
    stage.send(.close(session: held), on: holder)
    stage.send(Self.open, id: request.value, on: browser)
    #expect(stage.offering.openedCount == 2 && browser.answers(to: request).count == 2)
  }

  @Test func leavingRefusesWhoWaits() {
    var stage = stage()
    _ = stage.open(on: stage.connect())
    let browser = stage.connect()
    let request = stage.send(Self.open, on: browser)
    let done = stage.drain(within: .seconds(5))
    #expect(error(browser, request)?.kind == .draining)
    #expect(done.isRaised && waiting(stage) == 0 && stage.offering.openedCount == 1)
  }

  /// Any order of opens, drops, closes and refusals: everybody is answered once, and no place is ever given twice.
  @Test func randomSchedulesAnswerEverybodyOnce() {
    for seed in 1...300 as ClosedRange<UInt64> {
      var random = SplitMix(seed: seed)
      var stage = stage(places: 2) { $0.waitingOpens = 4 }
      var asked: [(connection: MadeUpConnection, request: RequestID)] = []
      var dropped: Set<ConnectionID> = []
      for _ in 1...40 {
        switch Int.random(in: 0...5, using: &random) {
        case 0, 1:
          let browser = stage.connect()
          asked.append((browser, stage.send(Self.open, on: browser)))
        case 2:
          guard let (browser, _) = asked.randomElement(using: &random) else { continue }
          dropped.insert(browser.id)
          stage.drop(browser)
        case 3: stage.offering.fail(.open, Bool.random(using: &random) ? Self.full : nil)
        case 4:
          guard let (browser, request) = asked.randomElement(using: &random), let session = session(browser, request)
          else { continue }
          if !dropped.contains(browser.id) { stage.send(.close(session: session), on: browser) }
        default: stage.advance(.seconds(Int.random(in: 1...9, using: &random)))
        }
        #expect(stage.openSessions <= 2, "seed \(seed)")
        #expect(waiting(stage) <= 4, "seed \(seed)")
      }
      stage.offering.fail(.open, nil)
      stage.advance(.seconds(31))
      for (browser, request) in asked where !dropped.contains(browser.id) {
        #expect(browser.answers(to: request).count == 1, "seed \(seed)")
      }
      #expect(waiting(stage) == 0, "seed \(seed)")
    }
  }
}
