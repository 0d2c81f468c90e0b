// How the relay leaves.
import AvatarProvider
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct RegistryDrainTests {
  private static let notice = ServerMessage.notification(.draining(deadlineMs: 5000))

  @Test("A drain tells everybody, ends all sessions, refuses new ones, and is over when they are closed")
  func drain() {
    var stage = Stage()
    let one = stage.connect()
    let two = stage.connect()
    let first = stage.live(on: one)
    let second = stage.open("roomy", on: two)
    stage.offering.hold(.close)
    #expect(!stage.registry.assumeIsolated { $0.isDraining })
    let drain = stage.drain(within: .seconds(5))
    #expect(stage.registry.assumeIsolated { $0.isDraining })
    #expect(one.messages.contains(Self.notice))
    #expect(two.messages.contains(Self.notice))
    #expect(two.events(of: second).last == .closed(.draining, action: .reconnect))
    #expect(!drain.isRaised)
    let open = stage.send(.open(provider: "roomy", avatar: nil, options: [:]), on: two)
    #expect(two.error(of: open) == .draining)
    stage.advance(.seconds(2))
    let late = stage.connect()
    #expect(late.messages == [.notification(.draining(deadlineMs: 3000))])
    #expect(one.closeCodes.isEmpty)
    stage.offering.release(.close)
    #expect(drain.isRaised)
    #expect(one.events(of: first).last == .closed(.draining, action: .reconnect))
    for connection in [one, two, late] { #expect(connection.closeCodes == [.draining]) }
    #expect(stage.openSessions == 0)
    #expect(stage.clock.sleeperCount == 0)
  }

  /// Asks for a drain from outside of the executor, as a program does that got a signal, and runs its first jobs.
  private func drainFromOutside(_ stage: Stage, jobs: Int) async {
    Task.detached { [registry = stage.registry] in await registry.drain(within: .seconds(5)) }
    while stage.executor.run(atMost: 1) == 0 { await Task.yield() }
    for _ in 0..<jobs { stage.executor.run(atMost: 1) }
  }

  /// Runs until the drain has told the connection. Its task gives way to other threads, which are not waited for long.
  private func isTold(_ browser: MadeUpConnection, _ stage: Stage) async -> Bool {
    for _ in 0..<100_000 where browser.closeCodes.isEmpty {
      stage.executor.run()
      await Task.yield()
    }
    return browser.closeCodes == [.draining]
  }

  @Test("A drain ends whenever what it waits for is written", arguments: 0..<20)
  func writtenAtAnyMoment(jobs: Int) async {
    var stage = Stage(keepsLedger: true)
    let browser = stage.connect()
    let session = stage.live(on: browser)
    stage.withLedger { $0.hold() }
    stage.send(.close(session: session), on: browser)
    #expect(stage.openSessions == 0)
    await drainFromOutside(stage, jobs: jobs)
    stage.withLedger { $0.letGo() }
    #expect(await isTold(browser, stage))
  }

  @Test("A drain ends whenever the last session is closed", arguments: 0..<20)
  func closedAtAnyMoment(jobs: Int) async {
    var stage = Stage()
    let browser = stage.connect()
    let session = stage.live(on: browser)
    stage.offering.hold(.close)
    stage.send(.close(session: session), on: browser)
    await drainFromOutside(stage, jobs: jobs)
    #expect(stage.offering.release(.close))
    #expect(await isTold(browser, stage))
  }

  @Test("A drain does not wait for a call of a session that is closed")
  func callRuns() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.offering.hold(.speak)
    stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(stage.drain(within: .seconds(5)).isRaised)
    #expect(stage.offering.waitingCount(.speak) == 1)
  }

  @Test("A drain without sessions is over at once")
  func empty() {
    let stage = Stage()
    #expect(stage.drain(within: .seconds(5)).isRaised)
  }

  @Test("A drain ends at its deadline, and a session that arrives later is closed nonetheless")
  func deadline() {
    var stage = Stage()
    let browser = stage.connect()
    stage.offering.hold(.open)
    let open = stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    let drain = stage.drain(within: .seconds(5))
    #expect(browser.error(of: open) == .draining)
    stage.advance(.milliseconds(4999))
    #expect(!drain.isRaised)
    stage.advance(.milliseconds(1))
    #expect(drain.isRaised)
    #expect(browser.closeCodes == [.draining])
    stage.offering.release(.open)
    #expect(stage.offering.count(.close) == 1)
    #expect(browser.answers(to: open).count == 1)
    #expect(browser.seqs(of: SessionID(rawValue: "s1")).isEmpty, "the client never knew of it")
  }

  @Test("A drain waits for a session that is being opened, and two drains end together")
  func openRuns() {
    var stage = Stage()
    let browser = stage.connect()
    stage.offering.hold(.open)
    stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    let one = stage.drain(within: .seconds(5))
    let two = stage.drain(within: .seconds(1))
    stage.advance(.seconds(1))
    #expect(!one.isRaised)
    #expect(two.isRaised)
    stage.offering.release(.open)
    #expect(one.isRaised)
    #expect(stage.offering.count(.close) == 1)
  }

  @Test("Leaving ends sessions that wait for their client too, and tells who comes back meanwhile")
  func detached() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    stage.drop(first)
    stage.offering.hold(.close)
    let drain = stage.drain(within: .seconds(10))
    #expect(stage.offering.count(.close) == 1)
    let second = stage.connect()
    stage.resume(session, "secret1", lastSeq: 4, on: second)
    #expect(second.events(of: session) == [.state(.closing)])
    stage.offering.release(.close)
    #expect(second.events(of: session).last == .closed(.draining, action: .reconnect))
    #expect(drain.isRaised)
    #expect(second.closeCodes == [.draining])
  }
}
