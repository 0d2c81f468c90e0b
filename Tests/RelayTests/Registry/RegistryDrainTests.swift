// Checks how the relay leaves.
import AvatarProvider
import Basics
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryDrainTests {
  private static let notice = ServerMessage.notification(.draining(deadlineMs: 5000))

  @Test("A drain tells everybody, ends all sessions, refuses new ones, and is over when they are closed")
  func drain() {
    var fixture = RegistryFixture()
    let one = fixture.connect()
    let two = fixture.connect()
    let first = fixture.live(on: one)
    let second = fixture.open("roomy", on: two)
    fixture.offering.hold(.close)
    #expect(!fixture.registry.assumeIsolated { $0.isDraining })
    let drain = fixture.drain(within: .seconds(5))
    #expect(fixture.registry.assumeIsolated { $0.isDraining })
    #expect(one.messages.contains(Self.notice))
    #expect(two.messages.contains(Self.notice))
    #expect(two.events(of: second).last == .closed(.draining, action: .reconnect))
    #expect(!drain.isRaised)
    let open = fixture.send(.open(provider: "roomy", avatar: nil, options: [:]), on: two)
    #expect(two.error(of: open) == .draining)
    fixture.advance(.seconds(2))
    let late = fixture.connect()
    #expect(late.messages == [.notification(.draining(deadlineMs: 3000))])
    #expect(one.closeCodes.isEmpty)
    fixture.offering.release(.close)
    #expect(drain.isRaised)
    #expect(one.events(of: first).last == .closed(.draining, action: .reconnect))
    for connection in [one, two, late] { #expect(connection.closeCodes == [.draining]) }
    #expect(fixture.openSessions == 0)
    #expect(fixture.clock.sleeperCount == 0)
  }

  /// Asks for a drain from outside of the executor, as a program does that got a signal, and runs its first jobs.
  private func drainFromOutside(_ fixture: RegistryFixture, jobs: Int) async {
    Task.detached { [registry = fixture.registry] in await registry.drain(within: .seconds(5)) }
    while fixture.executor.run(atMost: 1) == 0 { await Task.yield() }
    for _ in 0..<jobs { fixture.executor.run(atMost: 1) }
  }

  /// Runs until the drain has told the connection. Its task gives way to other threads, which are not waited for long.
  private func isTold(_ browser: MadeUpConnection, _ fixture: RegistryFixture) async -> Bool {
    for _ in 0..<100_000 where browser.closeCodes.isEmpty {
      fixture.executor.run()
      await Task.yield()
    }
    return browser.closeCodes == [.draining]
  }

  @Test("A drain ends whenever what it waits for is written", arguments: 0..<20)
  func writtenAtAnyMoment(jobs: Int) async {
    var fixture = RegistryFixture(keepsLedger: true)
    let browser = fixture.connect()
    let session = fixture.live(on: browser)
    fixture.withLedger { $0.hold() }
    fixture.send(.close(session: session), on: browser)
    #expect(fixture.openSessions == 0)
    await drainFromOutside(fixture, jobs: jobs)
    fixture.withLedger { $0.letGo() }
    #expect(await isTold(browser, fixture))
  }

  @Test("A drain ends whenever the last session is closed", arguments: 0..<20)
  func closedAtAnyMoment(jobs: Int) async {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.live(on: browser)
    fixture.offering.hold(.close)
    fixture.send(.close(session: session), on: browser)
    await drainFromOutside(fixture, jobs: jobs)
    #expect(fixture.offering.release(.close))
    #expect(await isTold(browser, fixture))
  }

  @Test("A drain does not wait for a call of a session that is closed")
  func callRuns() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.hold(.speak)
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(fixture.drain(within: .seconds(5)).isRaised)
    #expect(fixture.offering.waitingCount(.speak) == 1)
  }

  @Test("A drain without sessions is over at once")
  func empty() {
    let fixture = RegistryFixture()
    #expect(fixture.drain(within: .seconds(5)).isRaised)
  }

  @Test("A drain ends at its deadline, and a session that arrives later is closed nonetheless")
  func deadline() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    fixture.offering.hold(.open)
    let open = fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    let drain = fixture.drain(within: .seconds(5))
    #expect(browser.error(of: open) == .draining)
    fixture.advance(.milliseconds(4999))
    #expect(!drain.isRaised)
    fixture.advance(.milliseconds(1))
    #expect(drain.isRaised)
    #expect(browser.closeCodes == [.draining])
    fixture.offering.release(.open)
    #expect(fixture.offering.count(.close) == 1)
    #expect(browser.answers(to: open).count == 1)
    #expect(browser.seqs(of: SessionID(rawValue: "s1")).isEmpty, "the client never knew of it")
  }

  @Test("A drain waits for a session that is being opened, and two drains end together")
  func openRuns() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    fixture.offering.hold(.open)
    fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    let one = fixture.drain(within: .seconds(5))
    let two = fixture.drain(within: .seconds(1))
    fixture.advance(.seconds(1))
    #expect(!one.isRaised)
    #expect(two.isRaised)
    fixture.offering.release(.open)
    #expect(one.isRaised)
    #expect(fixture.offering.count(.close) == 1)
  }

  @Test("Every end is tried until it is confirmed, and only then is its client told")
  func triedUntilConfirmed() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.offering.fail(.close, .unavailable)
    let drain = fixture.drain(within: .seconds(60))
    for _ in 0..<20 { fixture.advance(.seconds(1)) }
    #expect(!drain.isRaised)
    // After 1 and 3 seconds, then every other.
    #expect(fixture.offering.count(.close) == 11)
    #expect(browser.events(of: session).last == .state(.closing))
    fixture.offering.fail(.close, nil)
    fixture.advance(.seconds(2))
    #expect(drain.isRaised)
    #expect(browser.events(of: session).last == .closed(.draining, action: .reconnect))
    #expect(browser.closeCodes == [.draining])
    #expect(fixture.record(session)?.ending == .closed)
    #expect(fixture.leaks == 0)
  }

  @Test("An end that is not confirmed by the deadline is said to nobody as one, and is the next start's")
  func neverConfirmed() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.offering.fail(.close, .unavailable)
    let drain = fixture.drain(within: .seconds(10))
    for _ in 0..<99 { fixture.advance(.milliseconds(100)) }
    #expect(!drain.isRaised)
    fixture.advance(.milliseconds(100))
    #expect(drain.isRaised)
    #expect(fixture.offering.count(.close) == 6)
    #expect(browser.events(of: session).last == .state(.closing))
    #expect(browser.closeCodes == [.draining])
    #expect(fixture.record(session)?.state == .closing)
    #expect(fixture.leaks == 1)
    #expect(
      fixture.log.lines.contains {
        $0.hasPrefix("error sessions were not closed in time") && $0.contains("\(session)") && $0.contains("next start")
      })
  }

  @Test("A drain that is hurried asks once more at once, and is over two seconds later")
  func hurried() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.offering.fail(.close, .unavailable)
    // There is nothing to hurry yet.
    fixture.registry.assumeIsolated { $0.hurryDrain() }
    let drain = fixture.drain(within: .seconds(60))
    fixture.advance(.milliseconds(1500))
    let before = fixture.offering.count(.close)
    fixture.registry.assumeIsolated { $0.hurryDrain() }
    fixture.advance(.milliseconds(1))
    #expect(fixture.offering.count(.close) == before + 1)
    fixture.advance(.milliseconds(1998))
    #expect(!drain.isRaised)
    fixture.advance(.milliseconds(1))
    #expect(drain.isRaised)
    #expect(browser.closeCodes == [.draining])
    #expect(fixture.record(session)?.state == .closing)
    #expect(fixture.log.lines.contains { $0.hasPrefix("error sessions were not closed in time") })
  }

  @Test("Hurrying makes no drain longer, and ends it where the last session does")
  func hurriedToTheEnd() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (_, session) = fixture.live()
    fixture.offering.fail(.close, .unavailable)
    let drain = fixture.drain(within: .seconds(1))
    fixture.registry.assumeIsolated { $0.hurryDrain() }
    fixture.offering.fail(.close, nil)
    fixture.advance(.seconds(1))
    #expect(drain.isRaised)
    #expect(fixture.record(session)?.ending == .closed)
  }

  @Test("A drain asks at once for an end that was not confirmed before it, and waits for it")
  func orphan() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.offering.fail(.close, .unavailable)
    fixture.send(.close(session: session), on: browser)
    for _ in 0..<100 { fixture.advance(.seconds(1)) }
    let before = fixture.offering.count(.close)
    let drain = fixture.drain(within: .seconds(30))
    #expect(fixture.offering.count(.close) == before + 1)
    #expect(!drain.isRaised)
    fixture.offering.fail(.close, nil)
    fixture.advance(.seconds(1))
    #expect(drain.isRaised)
    #expect(fixture.record(session)?.ending == .closed)
  }

  @Test("Leaving ends sessions that wait for their client too, and tells who comes back meanwhile")
  func detached() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    fixture.drop(first)
    fixture.offering.hold(.close)
    let drain = fixture.drain(within: .seconds(10))
    #expect(fixture.offering.count(.close) == 1)
    let second = fixture.connect()
    fixture.resume(session, "secret1", lastSeq: 4, on: second)
    #expect(second.events(of: session) == [.state(.closing)])
    fixture.offering.release(.close)
    #expect(second.events(of: session).last == .closed(.draining, action: .reconnect))
    #expect(drain.isRaised)
    #expect(second.closeCodes == [.draining])
  }
}
