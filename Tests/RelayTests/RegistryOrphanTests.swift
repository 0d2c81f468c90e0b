// Sessions whose end was not confirmed, or whose names were never seen.
import AvatarProvider
import Ledger
import LedgerTestSupport
import SessionValues
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct RegistryOrphanTests {
  private static let lost = ProviderFailure(.fateUnknown, "no answer")

  @Test("An end that was not confirmed is asked for again until it is")
  func closedLater() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.offering.fail(.close, .unavailable)
    stage.send(.close(session: session), on: browser)
    #expect(stage.leaks == 1 && stage.openSessions == 0)
    // Pauses of 1, 2 and 4 seconds.
    for (pause, count) in [(1, 2), (2, 3), (3, 3), (1, 4)] {
      stage.advance(.seconds(pause))
      #expect(stage.offering.count(.close) == count)
    }
    #expect(stage.record(session)?.failedCloses == 4)
    stage.offering.fail(.close, nil)
    stage.advance(.seconds(8))
    #expect(stage.leaks == 0)
    #expect(stage.record(session)?.ending == .closed)
    stage.advance(.seconds(3600))
    #expect(stage.offering.count(.close) == 5)
  }

  @Test("Nobody asks for ever: the provider's own limit ends it")
  func givenUp() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.offering.fail(.close, .unavailable)
    stage.send(.close(session: session), on: browser)
    for _ in 0..<80 { stage.advance(.seconds(10)) }
    let count = stage.offering.count(.close)
    // 1, 2, 4 … 32, then once a minute until 300 seconds have passed.
    #expect(count == 11)
    #expect(stage.record(session)?.ending == .abandoned)
    #expect(stage.leaks == 1, "its end was never confirmed")
    stage.advance(.seconds(3600))
    #expect(stage.offering.count(.close) == count)
  }

  @Test("A session that is gone is closed")
  func gone() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.offering.fail(.close, .gone)
    stage.send(.close(session: session), on: browser)
    #expect(stage.leaks == 0 && stage.record(session)?.ending == .closed)
  }

  @Test(
    "A creation whose reply was never seen holds a place until the provider's idle limit", arguments: [true, false])
  func unseenHoldsAPlace(keepsLedger: Bool) {
    var stage = Stage(keepsLedger: keepsLedger) { $0.maximumSessions = 2 }
    let browser = stage.connect()
    stage.offering.fail(.open, Self.lost)
    let open = stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: open) == .providerFateUnknown)
    stage.offering.fail(.open, nil)
    #expect(stage.leaks == 1)
    let first = stage.open(on: browser)
    let refused = stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: refused) == .sessionLimit)
    stage.send(.answer(session: first, .sampleAnswer), on: browser)
    stage.advance(.seconds(299))
    #expect(stage.leaks == 1)
    stage.advance(.seconds(1))
    #expect(stage.leaks == 0)
    let last = stage.withLedger { $0.all.first?.ending }
    #expect(last == (keepsLedger ? .abandoned : nil))
    #expect(stage.offering.count(.list) == 0, "others may use the key")
  }

  @Test("A session that could not be used nor ended is ended later", arguments: [true, false])
  func unusedIsClosed(keepsLedger: Bool) {
    var stage = Stage(keepsLedger: keepsLedger) { $0.maximumSessions = 1 }
    let browser = stage.connect()
    let handle = SessionHandle(id: "unused", routing: "r", contract: "c")
    stage.offering.fail(.open, ProviderFailure(.malformedReply, "no offer", remains: .session(handle)))
    stage.offering.fail(.close, .unavailable)
    let open = stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: open) == .providerMalformedReply && stage.leaks == 1)
    let record = stage.withLedger { $0.all.first }
    #expect(record?.state == (keepsLedger ? .closing : nil), "another life would close it")
    #expect(record?.handle == (keepsLedger ? handle : nil))
    stage.offering.fail(.open, nil)
    let refused = stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: refused) == .sessionLimit)
    stage.offering.fail(.close, nil)
    stage.advance(.seconds(1))
    #expect(stage.leaks == 0 && stage.offering.journal == ["open", "close unused"])
    #expect(stage.withLedger { $0.all.first?.ending } == (keepsLedger ? .closed : nil))
    #expect(stage.open(on: browser) != SessionID(rawValue: "none"))
  }

  @Test("A failure that left nothing holds nothing")
  func refusedHoldsNothing() {
    var stage = Stage(keepsLedger: true)
    let browser = stage.connect()
    stage.offering.fail(.open, .unavailable)
    stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(stage.leaks == 0)
    #expect(stage.withLedger { $0.all.map(\.ending) } == [.notOpened])
  }

  @Test("Leaving does not wait for what may take minutes; another life goes on with it")
  func leaving() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.offering.fail(.close, .unavailable)
    let drain = stage.drain(within: .seconds(5))
    #expect(drain.isRaised)
    #expect(stage.record(session)?.state == .closing)
    let count = stage.offering.count(.close)
    stage.advance(.seconds(60))
    #expect(stage.offering.count(.close) == count)
  }
}
