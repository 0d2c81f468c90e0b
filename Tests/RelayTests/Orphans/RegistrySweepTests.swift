// Checks that what was never named is found where the provider keeps a list and nobody else uses its key.
import AvatarProvider
import Basics
import Ledger
import LedgerTestSupport
import Signaling
import Testing

@testable import Relay

@Suite struct RegistrySweepTests {
  private static let second = RegistryFixture.epoch / 1000

  private func fixture() -> RegistryFixture { RegistryFixture(keepsLedger: true, exclusive: ["offering"]) }

  private func listed(_ id: String, at offset: Int64) -> ListedSession {
    ListedSession(handle: .init(id: id), createdAt: Self.second + offset)
  }

  private func lose(_ fixture: inout RegistryFixture, on browser: MadeUpConnection) {
    fixture.offering.fail(.open, ProviderFailure(.fateUnknown, "no answer"))
    fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    fixture.offering.fail(.open, nil)
  }

  @Test("What was asked for and is listed is ended; what is older, undated or known is not")
  func found() {
    var fixture = fixture()
    let browser = fixture.connect()
    let known = fixture.open(on: browser)
    fixture.advance(.seconds(10))
    fixture.offering.lists([
      listed("up1", at: 0), listed("stranger", at: 9), .init(handle: .init(id: "undated"), createdAt: nil),
      listed("lost", at: 10),
    ])
    lose(&fixture, on: browser)
    #expect(fixture.offering.journal == ["open", "open", "list", "close lost"])
    #expect(fixture.leaks == 0)
    #expect(fixture.withLedger { $0.all.map(\.ending) } == [nil, .closed])
    fixture.advance(.seconds(100))
    #expect(fixture.offering.count(.list) == 1, "nothing is missing any more")
    #expect(fixture.openSessions == 1)
    _ = known
  }

  /// In each case the stranger's session is ten seconds older than the one that is missing, or two.
  @Test(
    "A provider's clock may be off, in either direction: a stranger's session is never taken for the lost one",
    arguments: [-60, -59, -2, -1, 0, 1, 2, 59, 60] as [Int64], [10, 2] as [Int64])
  func clockThatIsOff(offset: Int64, age: Int64) {
    for order in [[0, 1], [1, 0]] {
      var fixture = fixture()
      let browser = fixture.connect()
      fixture.advance(.seconds(20))
      let both = [listed("stranger", at: 20 - age + offset), listed("lost", at: 20 + offset)]
      fixture.offering.lists(order.map { both[$0] }, time: Self.second + 20 + offset)
      lose(&fixture, on: browser)
      #expect(fixture.offering.journal == ["open", "list", "close lost"])
      #expect(fixture.leaks == 0)
    }
  }

  @Test("Where nothing was opened, a clock that is off has no stranger's session closed", arguments: [-60, 60] as [Int64])
  func clockThatIsOffAndNothingIsMissing(offset: Int64) {
    var fixture = fixture()
    let browser = fixture.connect()
    fixture.advance(.seconds(20))
    fixture.offering.lists([listed("stranger", at: 15 + offset)], time: Self.second + 20 + offset)
    lose(&fixture, on: browser)
    #expect(fixture.offering.count(.close) == 0 && fixture.leaks == 1)
  }

  @Test("A provider that does not tell the time of day, and is ahead, has said so by its youngest session")
  func clockThatIsAheadAndNotTold() {
    var fixture = fixture()
    let browser = fixture.connect()
    fixture.advance(.seconds(20))
    fixture.offering.lists([listed("stranger", at: 70), listed("lost", at: 80)])
    lose(&fixture, on: browser)
    #expect(fixture.offering.journal == ["open", "list", "close lost"] && fixture.leaks == 0)
  }

  @Test("A provider that does not tell the time of day, and is behind, has nobody's session closed")
  func clockThatIsBehindAndNotTold() {
    var fixture = fixture()
    let browser = fixture.connect()
    fixture.advance(.seconds(70))
    fixture.offering.lists([listed("stranger", at: 0), listed("lost", at: 10)])
    lose(&fixture, on: browser)
    #expect(fixture.offering.count(.close) == 0 && fixture.leaks == 1)
  }

  @Test("What was opened long after it was asked for was asked for by somebody else")
  func openedMuchLater() {
    let fixture = fixture()
    fixture.earlierLife(
      SessionIntent(
        session: "old", provider: "offering", relay: RelayID(rawValue: "last life"),
        at: WallTime(millisecondsSinceEpoch: RegistryFixture.epoch - 200_000), idleLimitMs: 300_000))
    fixture.offering.lists([listed("stranger", at: -70)], time: Self.second)
    #expect(fixture.recover() == nil)
    #expect(fixture.offering.count(.close) == 0)
  }

  @Test("What is not listed yet is looked for again, and after a minute it was never opened")
  func lookedForAgain() {
    var fixture = fixture()
    let browser = fixture.connect()
    lose(&fixture, on: browser)
    #expect(fixture.offering.count(.list) == 1 && fixture.leaks == 1)
    for _ in 0..<70 { fixture.advance(.seconds(1)) }
    // At 0, 1, 3, 7, 15, 31 and 63 seconds.
    #expect(fixture.offering.count(.list) == 7)
    #expect(fixture.leaks == 0 && fixture.withLedger { $0.all.map(\.ending) } == [.notOpened])
  }

  @Test("A session that is being created is nobody's orphan")
  func creationUnderWay() {
    var fixture = fixture()
    let browser = fixture.connect()
    fixture.offering.hold(.list)
    lose(&fixture, on: browser)
    fixture.offering.hold(.open)
    let open = fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    // The provider has opened both, and the relay has heard of neither.
    fixture.offering.lists([listed("lost", at: 0), listed("up1", at: 0)])
    fixture.offering.letGo(.list)
    fixture.offering.release(.list)
    #expect(fixture.offering.count(.close) == 0)
    fixture.offering.release(.open)
    #expect(browser.answers(to: open).count == 1)
    #expect(fixture.offering.journal.filter { $0.hasPrefix("close") } == ["close lost"])
    #expect(fixture.openSessions == 1 && fixture.leaks == 0)
    fixture.offering.letGo(.open)
  }

  @Test("A session that was closed while the list came is not taken for the lost one")
  func closedMeanwhile() {
    var fixture = fixture()
    let browser = fixture.connect()
    let open = fixture.open(on: browser)
    fixture.offering.hold(.list)
    lose(&fixture, on: browser)
    fixture.send(.close(session: open), on: browser)
    fixture.offering.lists([listed("up1", at: 0)])
    fixture.offering.letGo(.list)
    fixture.offering.release(.list)
    #expect(fixture.offering.journal.filter { $0.hasPrefix("close") } == ["close up1"])
    #expect(fixture.leaks == 1)
  }

  @Test("An earlier life's creation is found too")
  func recovered() {
    let fixture = fixture()
    fixture.earlierLife(
      SessionIntent(
        session: "old", provider: "offering", relay: RelayID(rawValue: "last life"),
        at: WallTime(millisecondsSinceEpoch: RegistryFixture.epoch - 5000), idleLimitMs: 300_000))
    fixture.offering.lists([listed("lost", at: -5), listed("stranger", at: -6)])
    #expect(fixture.recover() == nil)
    #expect(fixture.offering.journal == ["list", "close lost"])
    #expect(fixture.leaks == 0)
  }

  @Test("Where another relay is creating a session nothing is ended")
  func anotherRelay() {
    var fixture = fixture()
    let browser = fixture.connect()
    fixture.earlierLife(
      SessionIntent(
        session: "theirs", provider: "offering", relay: RelayID(rawValue: "another"),
        at: WallTime(millisecondsSinceEpoch: RegistryFixture.epoch), idleLimitMs: 300_000))
    fixture.offering.lists([listed("whose", at: 0)])
    lose(&fixture, on: browser)
    #expect(fixture.offering.count(.close) == 0 && fixture.leaks == 1)
  }

  @Test("A list that cannot be had is asked for again")
  func listFails() {
    var fixture = fixture()
    let browser = fixture.connect()
    fixture.offering.fail(.list, .unavailable)
    lose(&fixture, on: browser)
    fixture.offering.fail(.list, nil)
    fixture.offering.lists([listed("lost", at: 0)])
    fixture.advance(.seconds(1))
    #expect(fixture.offering.journal.last == "close lost" && fixture.leaks == 0)
  }
}
