// Finding what was never named, where the provider keeps a list and nobody else uses its key.
import AvatarProvider
import Ledger
import LedgerTestSupport
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct RegistrySweepTests {
  private static let second = Stage.epoch / 1000

  private func stage() -> Stage { Stage(keepsLedger: true, exclusive: ["offering"]) }

  private func listed(_ id: String, at offset: Int64) -> ListedSession {
    ListedSession(handle: .init(id: id), createdAt: Self.second + offset)
  }

  private func lose(_ stage: inout Stage, on browser: MadeUpConnection) {
    stage.offering.fail(.open, ProviderFailure(.fateUnknown, "no answer"))
    stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    stage.offering.fail(.open, nil)
  }

  @Test("What was asked for and is listed is ended; what is older, undated or known is not")
  func found() {
    var stage = stage()
    let browser = stage.connect()
    let known = stage.open(on: browser)
    stage.advance(.seconds(10))
    stage.offering.lists([
      listed("up1", at: 0), listed("stranger", at: 9), .init(handle: .init(id: "undated"), createdAt: nil),
      listed("lost", at: 10),
    ])
    lose(&stage, on: browser)
    #expect(stage.offering.journal == ["open", "open", "list", "close lost"])
    #expect(stage.leaks == 0)
    #expect(stage.withLedger { $0.all.map(\.ending) } == [nil, .closed])
    stage.advance(.seconds(100))
    #expect(stage.offering.count(.list) == 1, "nothing is missing any more")
    #expect(stage.openSessions == 1)
    _ = known
  }

  @Test("What is not listed yet is looked for again, and after a minute it was never opened")
  func lookedForAgain() {
    var stage = stage()
    let browser = stage.connect()
    lose(&stage, on: browser)
    #expect(stage.offering.count(.list) == 1 && stage.leaks == 1)
    for _ in 0..<70 { stage.advance(.seconds(1)) }
    // At 0, 1, 3, 7, 15, 31 and 63 seconds.
    #expect(stage.offering.count(.list) == 7)
    #expect(stage.leaks == 0 && stage.withLedger { $0.all.map(\.ending) } == [.notOpened])
  }

  @Test("A session that is being created is nobody's orphan")
  func creationUnderWay() {
    var stage = stage()
    let browser = stage.connect()
    stage.offering.hold(.list)
    lose(&stage, on: browser)
    stage.offering.hold(.open)
    let open = stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    // The provider has opened both, and the relay has heard of neither.
    stage.offering.lists([listed("lost", at: 0), listed("up1", at: 0)])
    stage.offering.letGo(.list)
    stage.offering.release(.list)
    #expect(stage.offering.count(.close) == 0)
    stage.offering.release(.open)
    #expect(browser.answers(to: open).count == 1)
    #expect(stage.offering.journal.filter { $0.hasPrefix("close") } == ["close lost"])
    #expect(stage.openSessions == 1 && stage.leaks == 0)
    stage.offering.letGo(.open)
  }

  @Test("A session that was closed while the list came is not taken for the lost one")
  func closedMeanwhile() {
    var stage = stage()
    let browser = stage.connect()
    let open = stage.open(on: browser)
    stage.offering.hold(.list)
    lose(&stage, on: browser)
    stage.send(.close(session: open), on: browser)
    stage.offering.lists([listed("up1", at: 0)])
    stage.offering.letGo(.list)
    stage.offering.release(.list)
    #expect(stage.offering.journal.filter { $0.hasPrefix("close") } == ["close up1"])
    #expect(stage.leaks == 1)
  }

  @Test("An earlier life's creation is found too")
  func recovered() {
    let stage = stage()
    stage.earlierLife(
      SessionIntent(
        session: "old", provider: "offering", relay: RelayID(rawValue: "last life"),
        at: WallTime(millisecondsSinceEpoch: Stage.epoch - 5000), idleLimitMs: 300_000))
    stage.offering.lists([listed("lost", at: -5), listed("stranger", at: -6)])
    #expect(stage.recover() == nil)
    #expect(stage.offering.journal == ["list", "close lost"])
    #expect(stage.leaks == 0)
  }

  @Test("Where another relay is creating a session nothing is ended")
  func anotherRelay() {
    var stage = stage()
    let browser = stage.connect()
    stage.earlierLife(
      SessionIntent(
        session: "theirs", provider: "offering", relay: RelayID(rawValue: "another"),
        at: WallTime(millisecondsSinceEpoch: Stage.epoch), idleLimitMs: 300_000))
    stage.offering.lists([listed("whose", at: 0)])
    lose(&stage, on: browser)
    #expect(stage.offering.count(.close) == 0 && stage.leaks == 1)
  }

  @Test("A list that cannot be had is asked for again")
  func listFails() {
    var stage = stage()
    let browser = stage.connect()
    stage.offering.fail(.list, .unavailable)
    lose(&stage, on: browser)
    stage.offering.fail(.list, nil)
    stage.offering.lists([listed("lost", at: 0)])
    stage.advance(.seconds(1))
    #expect(stage.offering.journal.last == "close lost" && stage.leaks == 0)
  }
}
