// Checks with several relays on one ledger that nothing is done for a session that may be another's.
import AvatarProvider
import Basics
import Ledger
import LedgerTestSupport
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryLeaseTests {
  private static let unavailable = LedgerFailure(.unavailable, "away")

  private func fixture(_ change: (inout RelayLimits) -> Void = { _ in }) -> RegistryFixture {
    RegistryFixture(keepsLedger: true, leaseTime: .seconds(10)) { limits in
      limits.graceTime = .seconds(30)
      change(&limits)
    }
  }

  private func away(_ fixture: RegistryFixture) { fixture.withLedger { $0.fail(Self.unavailable) } }

  @Test("Leases are renewed for as long as a session lives")
  func renewed() {
    var fixture = fixture()
    let (browser, session) = fixture.live()
    for _ in 0..<20 { fixture.advance(.seconds(2)) }
    #expect(fixture.withLedger { $0.all.count } == 1)
    let speak = fixture.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    #expect(browser.error(of: speak) == nil && fixture.offering.count(.speak) == 1)
  }

  @Test("Without the ledger nothing is sent from a second before the lease's end on")
  func expires() {
    var fixture = fixture()
    let (browser, session) = fixture.live()
    away(fixture)
    fixture.advance(.milliseconds(8999))
    #expect(browser.error(of: fixture.send(.interrupt(session: session, talk: nil), on: browser)) == nil)
    fixture.advance(.milliseconds(1))
    let calls = fixture.offering.journal.count
    let interrupt = fixture.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(browser.error(of: interrupt) == .ledgerUnavailable)
    #expect(fixture.offering.journal.count == calls)
    // It goes on where it was once the ledger is back.
    fixture.withLedger { $0.fail(nil) }
    fixture.advance(.seconds(3))
    #expect(browser.error(of: fixture.send(.interrupt(session: session, talk: nil), on: browser)) == nil)
  }

  @Test("A client may end its session although nobody can say whose it is; the grace time may not")
  func closing() {
    var fixture = fixture()
    let (one, other) = (fixture.connect(), fixture.connect())
    let asked = fixture.live(on: one)
    let dropped = fixture.open(on: other)
    away(fixture)
    fixture.drop(other)
    fixture.advance(.seconds(31))
    #expect(fixture.openSessions == 1 && fixture.leaks == 1)
    #expect(!fixture.offering.journal.contains { $0.hasPrefix("close") })
    fixture.send(.close(session: asked), on: one)
    #expect(fixture.offering.journal.count { $0.hasPrefix("close") } == 1)
    fixture.withLedger { $0.fail(nil) }
    for _ in 0..<40 { fixture.advance(.seconds(2)) }
    // Nobody wrote down that the one that was asked for is over, so it is found again and ended again.
    #expect(fixture.offering.journal.count { $0.hasPrefix("close") } == 3)
    #expect(fixture.leaks == 0)
    #expect(fixture.record(dropped)?.ending == .closed && fixture.record(asked)?.ending == .closed)
  }

  @Test("An owner that lost its session tells its client and leaves the provider alone")
  func taken() {
    var fixture = fixture()
    let (browser, session) = fixture.live()
    fixture.otherRelayClaims(session)
    let calls = fixture.offering.journal.count
    fixture.advance(.seconds(3))
    #expect(browser.closings(of: session) == [.takenOver])
    #expect(fixture.offering.journal.count == calls && fixture.openSessions == 0 && fixture.leaks == 0)
    #expect(fixture.record(session)?.state == .open)
  }

  @Test("A talk of an owner that does not know yet that it lost the session is not sent")
  func takenBeforeATalk() {
    var fixture = fixture()
    let (browser, session) = fixture.live()
    fixture.otherRelayClaims(session)
    let speak = fixture.send(.speak(session: session, .text("twice"), options: [:]), on: browser)
    #expect(browser.error(of: speak) != nil && fixture.offering.count(.speak) == 0)
    #expect(browser.closings(of: session) == [.takenOver])
  }

  @Test("A session that went to another relay is not ended by what happens to its old connection")
  func takenBeforeAnEnd() {
    var fixture = fixture { $0.graceTime = .zero }
    let (one, other) = (fixture.connect(), fixture.connect())
    let (dropped, asked) = (fixture.live(on: one), fixture.live(on: other))
    fixture.otherRelayClaims(dropped)
    fixture.otherRelayClaims(asked)
    fixture.drop(one)
    fixture.send(.close(session: asked), on: other)
    // The other relay lives: its lease is good.
    for _ in 0..<4 { fixture.advance(.seconds(2)) }
    #expect(!fixture.offering.journal.contains { $0.hasPrefix("close") })
    #expect(fixture.openSessions == 0 && fixture.leaks == 0)
    #expect(fixture.record(dropped)?.state == .open && fixture.record(asked)?.state == .open)
  }

  @Test("A session that nobody can end since it is being closed elsewhere is forgotten here")
  func orphanTaken() {
    var fixture = fixture()
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    away(fixture)
    fixture.drop(browser)
    fixture.advance(.seconds(31))
    #expect(fixture.leaks == 1)
    fixture.withLedger { $0.fail(nil) }
    fixture.otherRelayClaims(session)
    fixture.advance(.seconds(90))
    #expect(fixture.leaks == 0 && !fixture.offering.journal.contains { $0.hasPrefix("close") })
  }

  @Test("What a dead relay left is found without a restart, and ended after the grace time")
  func orphans() {
    let fixture = fixture()
    _ = fixture.sessionElsewhere(of: "dead", ResumeSecret(value: "its secret"))
    fixture.advance(.seconds(10))
    fixture.advance(.seconds(10))
    #expect(fixture.openSessions == 1)
    for _ in 0..<15 { fixture.advance(.seconds(2)) }
    #expect(fixture.offering.journal == ["close up9"])
  }

  @Test("A client that comes to another relay brings its session along")
  func takenOver() {
    var fixture = fixture()
    let secret = ResumeSecret(value: "its secret")
    let session = SessionID(rawValue: "elsewhere")
    _ = fixture.sessionElsewhere(
      of: "owner", secret,
      .speakIntended(
        request: 7, ScriptFingerprint(of: Script(.text("hello")), session: session.rawValue, request: 7),
        at: WallTime(millisecondsSinceEpoch: RegistryFixture.epoch)))
    let browser = fixture.connect()
    let wrong = fixture.send(
      .resume(session: session, secret: ResumeSecret(value: "a guess"), lastSeq: 0), id: 20, on: browser)
    #expect(browser.error(of: wrong) == .sessionSecretInvalid && fixture.record(session)?.fence == 1)
    let resume = fixture.send(.resume(session: session, secret: secret, lastSeq: 3), id: 21, on: browser)
    #expect(browser.resumed(resume) != nil)
    #expect(fixture.record(session)?.owner == RegistryFixture.relay && fixture.record(session)?.fence == 2)
    #expect(fixture.record(session)?.secrets.count == 2)
    // What the old owner was about to send is not sent again.
    let again = fixture.send(.speak(session: session, .text("hello"), options: [:]), id: 7, on: browser)
    #expect(browser.error(of: again) == .talkUnknown && fixture.offering.count(.speak) == 0)
    let others = fixture.send(.speak(session: session, .text("other words"), options: [:]), id: 7, on: browser)
    guard case .error(_, let error) = browser.answers(to: others).last else {
      Issue.record("carried out")
      return
    }
    #expect(error.kind == .requestConflict)
    let next = fixture.send(.speak(session: session, .text("more"), options: [:]), id: 22, on: browser)
    #expect(browser.error(of: next) == nil && fixture.offering.count(.speak) == 1)
  }

  @Test("A client that has left again before its session was taken over finds it where it was")
  func leftBeforeTakingOver() {
    var fixture = fixture()
    let secret = ResumeSecret(value: "its secret")
    let session = fixture.sessionElsewhere(of: "owner", secret)
    let browser = fixture.connect()
    fixture.withLedger { $0.hold() }
    fixture.send(.resume(session: session, secret: secret, lastSeq: 0), on: browser)
    fixture.drop(browser)
    fixture.withLedger { $0.letGo() }
    #expect(fixture.record(session)?.owner == RelayID(rawValue: "owner") && fixture.record(session)?.fence == 1)
    let back = fixture.connect()
    let resume = fixture.send(.resume(session: session, secret: secret, lastSeq: 0), on: back)
    #expect(back.resumed(resume) != nil && fixture.record(session)?.fence == 2)
  }

  @Test("A client that brings its session along while a search for orphans has found it keeps it")
  func takenOverDuringASearch() {
    var fixture = fixture()
    let secret = ResumeSecret(value: "its secret")
    let session = fixture.sessionElsewhere(of: "dead", secret)
    fixture.withLedger { $0.hold(.ifOrphaned) }
    fixture.advance(.seconds(10))
    fixture.advance(.seconds(10))
    #expect(fixture.withLedger { $0.waitingCount } == 1)
    let browser = fixture.connect()
    let resume = fixture.send(.resume(session: session, secret: secret, lastSeq: 0), on: browser)
    #expect(browser.resumed(resume) != nil)
    fixture.withLedger { $0.letGo() }
    let speak = fixture.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    #expect(browser.error(of: speak) == nil && fixture.offering.count(.speak) == 1)
    for _ in 0..<20 { fixture.advance(.seconds(2)) }
    #expect(browser.closings(of: session).isEmpty && fixture.openSessions == 1 && fixture.leaks == 0)
    #expect(!fixture.offering.journal.contains { $0.hasPrefix("close") })
  }

  @Test("A relay that leaves, and finds that another one has a session, sends its client there")
  func leftToAnother() {
    var fixture = fixture()
    let (browser, session) = fixture.live()
    fixture.drop(browser)
    fixture.otherRelayClaims(session)
    _ = fixture.drain(within: .seconds(20))
    #expect(!fixture.offering.journal.contains { $0.hasPrefix("close") })
    let back = fixture.connect()
    let resume = fixture.send(
      .resume(session: session, secret: ResumeSecret(value: "of the other relay"), lastSeq: 0), on: back)
    #expect(fixture.record(session)?.state == .open)
    // Its ledger is asked; this relay, which leaves, takes it from nobody.
    #expect(back.error(of: resume) == .sessionSecretInvalid)
    let old = fixture.send(.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 0), on: back)
    #expect(back.error(of: old) == .draining && fixture.record(session)?.owner == RelayID(rawValue: "other"))
  }

  @Test("A session that the ledger says is this relay's, and that is not here, is found once its lease has run out")
  func claimedUnawares() {
    let fixture = fixture()
    _ = fixture.sessionElsewhere(of: RegistryFixture.relay.rawValue, ResumeSecret(value: "its secret"))
    fixture.advance(.seconds(10))
    fixture.advance(.seconds(10))
    #expect(fixture.openSessions == 1)
    for _ in 0..<15 { fixture.advance(.seconds(2)) }
    #expect(fixture.offering.journal == ["close up9"])
  }

  @Test("A session that the ledger forgot is ended: nobody else can")
  func forgotten() {
    var fixture = fixture()
    let (browser, session) = fixture.live()
    fixture.withLedger { $0.forget(session.rawValue) }
    fixture.advance(.seconds(3))
    #expect(browser.closings(of: session) == [.provider])
    #expect(fixture.offering.journal.last?.hasPrefix("close") ?? false)
  }
}

extension MadeUpConnection {
  /// Why it was told that a session is over.
  fileprivate nonisolated func closings(of session: SessionID) -> [CloseReason] {
    events(of: session).compactMap { if case .closed(let reason, _) = $0 { reason } else { nil } }
  }
}

extension RegistryFixture {
  /// A session that the ledger knows as another relay's, or as one of which this relay does not know that it is its own. Its
  /// provider calls it "up9".
  fileprivate func sessionElsewhere(of owner: String, _ secret: ResumeSecret, _ facts: LedgerFact...) -> SessionID {
    let now = WallTime(millisecondsSinceEpoch: Self.epoch)
    let intent = SessionIntent(
      session: "elsewhere", provider: "offering", relay: RelayID(rawValue: owner), at: now, idleLimitMs: 300_000)
    let secrets = [SecretHash(bytes: SecretDigest(of: secret).bytes)]
    earlierLife(
      intent, [.opened(SessionHandle(id: "up9"), .sample, secrets: secrets, at: now), .described(at: now)] + facts)
    return SessionID(rawValue: intent.session)
  }
}
