// Several relays on one ledger: nothing is done for a session that may be another's.
import AvatarProvider
import Ledger
import LedgerTestSupport
import SessionValues
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct RegistryLeaseTests {
  private static let unavailable = LedgerFailure(.unavailable, "away")

  private func stage(_ change: (inout RelayLimits) -> Void = { _ in }) -> Stage {
    Stage(keepsLedger: true, leaseTime: .seconds(10)) { limits in
      limits.graceTime = .seconds(30)
      change(&limits)
    }
  }

  private func away(_ stage: Stage) { stage.withLedger { $0.fail(Self.unavailable) } }

  @Test("Leases are renewed for as long as a session lives")
  func renewed() {
    var stage = stage()
    let (browser, session) = stage.live()
    for _ in 0..<20 { stage.advance(.seconds(2)) }
    #expect(stage.withLedger { $0.all.count } == 1)
    let speak = stage.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    #expect(browser.error(of: speak) == nil && stage.offering.count(.speak) == 1)
  }

  @Test("Without the ledger nothing is sent from a second before the lease's end on")
  func expires() {
    var stage = stage()
    let (browser, session) = stage.live()
    away(stage)
    stage.advance(.milliseconds(8999))
    #expect(browser.error(of: stage.send(.interrupt(session: session, talk: nil), on: browser)) == nil)
    stage.advance(.milliseconds(1))
    let calls = stage.offering.journal.count
    let interrupt = stage.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(browser.error(of: interrupt) == .ledgerUnavailable)
    #expect(stage.offering.journal.count == calls)
    // It goes on where it was once the ledger is back.
    stage.withLedger { $0.fail(nil) }
    stage.advance(.seconds(3))
    #expect(browser.error(of: stage.send(.interrupt(session: session, talk: nil), on: browser)) == nil)
  }

  @Test("A client may end its session although nobody can say whose it is; the grace time may not")
  func closing() {
    var stage = stage()
    let (one, other) = (stage.connect(), stage.connect())
    let asked = stage.live(on: one)
    let dropped = stage.open(on: other)
    away(stage)
    stage.drop(other)
    stage.advance(.seconds(31))
    #expect(stage.openSessions == 1 && stage.leaks == 1)
    #expect(!stage.offering.journal.contains { $0.hasPrefix("close") })
    stage.send(.close(session: asked), on: one)
    #expect(stage.offering.journal.count { $0.hasPrefix("close") } == 1)
    stage.withLedger { $0.fail(nil) }
    for _ in 0..<40 { stage.advance(.seconds(2)) }
    #expect(stage.offering.journal.count { $0.hasPrefix("close") } == 2)
    #expect(stage.leaks == 0 && stage.record(dropped)?.ending == .closed)
  }

  @Test("An owner that lost its session tells its client and leaves the provider alone")
  func taken() {
    var stage = stage()
    let (browser, session) = stage.live()
    stage.otherRelayClaims(session)
    let calls = stage.offering.journal.count
    stage.advance(.seconds(3))
    #expect(browser.closings(of: session) == [.takenOver])
    #expect(stage.offering.journal.count == calls && stage.openSessions == 0 && stage.leaks == 0)
    #expect(stage.record(session)?.state == .open)
  }

  @Test("A talk of an owner that does not know yet that it lost the session is not sent")
  func takenBeforeATalk() {
    var stage = stage()
    let (browser, session) = stage.live()
    stage.otherRelayClaims(session)
    let speak = stage.send(.speak(session: session, .text("twice"), options: [:]), on: browser)
    #expect(browser.error(of: speak) != nil && stage.offering.count(.speak) == 0)
    #expect(browser.closings(of: session) == [.takenOver])
  }

  @Test("A session that went to another relay is not ended by what happens to its old connection")
  func takenBeforeAnEnd() {
    var stage = stage { $0.graceTime = .zero }
    let (one, other) = (stage.connect(), stage.connect())
    let (dropped, asked) = (stage.live(on: one), stage.live(on: other))
    stage.otherRelayClaims(dropped)
    stage.otherRelayClaims(asked)
    stage.drop(one)
    stage.send(.close(session: asked), on: other)
    // The other relay lives: its lease is good.
    for _ in 0..<4 { stage.advance(.seconds(2)) }
    #expect(!stage.offering.journal.contains { $0.hasPrefix("close") })
    #expect(stage.openSessions == 0 && stage.leaks == 0)
    #expect(stage.record(dropped)?.state == .open && stage.record(asked)?.state == .open)
  }

  @Test("A session that nobody can end since it is being closed elsewhere is forgotten here")
  func orphanTaken() {
    var stage = stage()
    let browser = stage.connect()
    let session = stage.open(on: browser)
    away(stage)
    stage.drop(browser)
    stage.advance(.seconds(31))
    #expect(stage.leaks == 1)
    stage.withLedger { $0.fail(nil) }
    stage.otherRelayClaims(session)
    stage.advance(.seconds(90))
    #expect(stage.leaks == 0 && !stage.offering.journal.contains { $0.hasPrefix("close") })
  }

  @Test("What a dead relay left is found without a restart, and ended after the grace time")
  func orphans() {
    let stage = stage()
    let old = SessionIntent(
      session: "old1", provider: "offering", relay: RelayID(rawValue: "dead"),
      at: WallTime(millisecondsSinceEpoch: Stage.epoch), idleLimitMs: 300_000)
    stage.earlierLife(
      old,
      .opened(
        SessionHandle(id: "up9"), .sample, secrets: [.sample(1)], at: WallTime(millisecondsSinceEpoch: Stage.epoch)))
    stage.advance(.seconds(10))
    stage.advance(.seconds(10))
    #expect(stage.openSessions == 1)
    for _ in 0..<15 { stage.advance(.seconds(2)) }
    #expect(stage.offering.journal == ["close up9"])
  }

  @Test("A client that comes to another relay brings its session along")
  func takenOver() {
    var stage = stage()
    let secret = ResumeSecret(value: "its secret")
    let session = SessionID(rawValue: "elsewhere")
    let owner = SessionIntent(
      session: "elsewhere", provider: "offering", relay: RelayID(rawValue: "owner"),
      at: WallTime(millisecondsSinceEpoch: Stage.epoch), idleLimitMs: 300_000)
    stage.earlierLife(
      owner,
      .opened(
        SessionHandle(id: "up9"), .sample, secrets: [SecretHash(bytes: SecretDigest(of: secret).bytes)],
        at: WallTime(millisecondsSinceEpoch: Stage.epoch)),
      .described(at: WallTime(millisecondsSinceEpoch: Stage.epoch)),
      .speakIntended(
        request: 7, ScriptFingerprint(of: Script(.text("hello")), session: session.rawValue, request: 7),
        at: WallTime(millisecondsSinceEpoch: Stage.epoch)))
    let browser = stage.connect()
    let wrong = stage.send(
      .resume(session: session, secret: ResumeSecret(value: "a guess"), lastSeq: 0), id: 20, on: browser)
    #expect(browser.error(of: wrong) == .sessionSecretInvalid && stage.record(session)?.fence == 1)
    let resume = stage.send(.resume(session: session, secret: secret, lastSeq: 3), id: 21, on: browser)
    #expect(browser.resumed(resume) != nil)
    #expect(stage.record(session)?.owner == Stage.relay && stage.record(session)?.fence == 2)
    #expect(stage.record(session)?.secrets.count == 2)
    // What the old owner was about to send is not sent again.
    let again = stage.send(.speak(session: session, .text("hello"), options: [:]), id: 7, on: browser)
    #expect(browser.error(of: again) == .talkUnknown && stage.offering.count(.speak) == 0)
    let others = stage.send(.speak(session: session, .text("other words"), options: [:]), id: 7, on: browser)
    guard case .error(_, let error) = browser.answers(to: others).last else {
      Issue.record("carried out")
      return
    }
    #expect(error.kind == .requestConflict)
    let next = stage.send(.speak(session: session, .text("more"), options: [:]), id: 22, on: browser)
    #expect(browser.error(of: next) == nil && stage.offering.count(.speak) == 1)
  }

  @Test("A session that the ledger forgot is ended: nobody else can")
  func forgotten() {
    var stage = stage()
    let (browser, session) = stage.live()
    stage.withLedger { $0.forget(session.rawValue) }
    stage.advance(.seconds(3))
    #expect(browser.closings(of: session) == [.provider])
    #expect(stage.offering.journal.last?.hasPrefix("close") ?? false)
  }
}

extension MadeUpConnection {
  /// Why it was told that a session is over.
  fileprivate nonisolated func closings(of session: SessionID) -> [CloseReason] {
    events(of: session).compactMap { if case .closed(let reason, _) = $0 { reason } else { nil } }
  }
}
