// Checks what becomes of sessions whose end was not confirmed, or whose names were never seen.
import AvatarProvider
import Basics
import Ledger
import LedgerTestSupport
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryOrphanTests {
  private static let lost = ProviderFailure(.fateUnknown, "no answer")

  @Test("An end that was not confirmed is asked for again until it is")
  func closedLater() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.offering.fail(.close, .unavailable)
    fixture.send(.close(session: session), on: browser)
    #expect(fixture.leaks == 1 && fixture.openSessions == 0)
    // Pauses of 1, 2 and 4 seconds.
    for (pause, count) in [(1, 2), (2, 3), (3, 3), (1, 4)] {
      fixture.advance(.seconds(pause))
      #expect(fixture.offering.count(.close) == count)
    }
    #expect(fixture.record(session)?.failedCloses == 4)
    fixture.offering.fail(.close, nil)
    fixture.advance(.seconds(8))
    #expect(fixture.leaks == 0)
    #expect(fixture.record(session)?.ending == .closed)
    fixture.advance(.seconds(3600))
    #expect(fixture.offering.count(.close) == 5)
  }

  @Test("Nobody asks for ever: the provider's own limit ends it")
  func givenUp() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.offering.fail(.close, .unavailable)
    fixture.send(.close(session: session), on: browser)
    for _ in 0..<80 { fixture.advance(.seconds(10)) }
    let count = fixture.offering.count(.close)
    // 1, 2, 4 … 32, then once a minute until 300 seconds have passed.
    #expect(count == 11)
    #expect(fixture.record(session)?.ending == .abandoned)
    #expect(fixture.leaks == 1, "its end was never confirmed")
    fixture.advance(.seconds(3600))
    #expect(fixture.offering.count(.close) == count)
  }

  @Test("A session that is gone is closed")
  func gone() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.offering.fail(.close, .gone)
    fixture.send(.close(session: session), on: browser)
    #expect(fixture.leaks == 0 && fixture.record(session)?.ending == .closed)
  }

  @Test(
    "A creation whose reply was never seen holds a place until the provider's idle limit", arguments: [true, false])
  func unseenHoldsAPlace(keepsLedger: Bool) {
    var fixture = RegistryFixture(keepsLedger: keepsLedger) { $0.maximumSessions = 2 }
    let browser = fixture.connect()
    fixture.offering.fail(.open, Self.lost)
    let open = fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: open) == .providerFateUnknown)
    fixture.offering.fail(.open, nil)
    #expect(fixture.leaks == 1)
    let first = fixture.open(on: browser)
    let refused = fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: refused) == .sessionLimit)
    fixture.send(.answer(session: first, .sampleAnswer), on: browser)
    fixture.advance(.seconds(299))
    #expect(fixture.leaks == 1)
    fixture.advance(.seconds(1))
    #expect(fixture.leaks == 0)
    let last = fixture.withLedger { $0.all.first?.ending }
    #expect(last == (keepsLedger ? .abandoned : nil))
    #expect(fixture.offering.count(.list) == 0, "others may use the key")
  }

  @Test("A session that could not be used nor ended is ended later", arguments: [true, false])
  func unusedIsClosed(keepsLedger: Bool) {
    var fixture = RegistryFixture(keepsLedger: keepsLedger) { $0.maximumSessions = 1 }
    let browser = fixture.connect()
    let handle = SessionHandle(id: "unused", routing: "r", contract: "c")
    fixture.offering.fail(.open, ProviderFailure(.malformedReply, "no offer", remains: .session(handle)))
    fixture.offering.fail(.close, .unavailable)
    let open = fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: open) == .providerMalformedReply && fixture.leaks == 1)
    let record = fixture.withLedger { $0.all.first }
    #expect(record?.state == (keepsLedger ? .closing : nil), "another life would close it")
    #expect(record?.handle == (keepsLedger ? handle : nil))
    fixture.offering.fail(.open, nil)
    let refused = fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: refused) == .sessionLimit)
    fixture.offering.fail(.close, nil)
    fixture.advance(.seconds(1))
    #expect(fixture.leaks == 0 && fixture.offering.journal == ["open", "close unused"])
    #expect(fixture.withLedger { $0.all.first?.ending } == (keepsLedger ? .closed : nil))
    #expect(fixture.open(on: browser) != SessionID(rawValue: "none"))
  }

  @Test("A failure that left nothing holds nothing")
  func refusedHoldsNothing() {
    var fixture = RegistryFixture(keepsLedger: true)
    let browser = fixture.connect()
    fixture.offering.fail(.open, .unavailable)
    fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(fixture.leaks == 0)
    #expect(fixture.withLedger { $0.all.map(\.ending) } == [.notOpened])
  }

  @Test("Leaving waits until its deadline for what may take minutes; another life goes on with it")
  func leaving() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (_, session) = fixture.live()
    fixture.offering.fail(.close, .unavailable)
    let drain = fixture.drain(within: .seconds(5))
    fixture.advance(.milliseconds(4999))
    #expect(!drain.isRaised)
    fixture.advance(.milliseconds(1))
    #expect(drain.isRaised)
    #expect(fixture.record(session)?.state == .closing)
    let count = fixture.offering.count(.close)
    fixture.advance(.seconds(60))
    #expect(fixture.offering.count(.close) == count)
  }
}
