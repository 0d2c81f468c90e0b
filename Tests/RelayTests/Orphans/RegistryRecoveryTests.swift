// Checks that what an earlier life left is handed back or ended.
import AvatarProvider
import Basics
import Ledger
import LedgerTestSupport
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryRecoveryTests {
  private let session = SessionID(rawValue: "old1")
  private let secret = ResumeSecret(value: "old secret")

  private func intent(_ session: String = "old1", secondsAgo: Int64 = 10, provider: String = "offering")
    -> SessionIntent
  {
    SessionIntent(
      session: session, provider: provider, relay: RelayID(rawValue: "last life"),
      at: WallTime(millisecondsSinceEpoch: RegistryFixture.epoch - secondsAgo * 1000), idleLimitMs: 300_000)
  }

  private func opened(secondsAgo: Int64 = 9, negotiation: Negotiation? = .providerOffers) -> LedgerFact {
    var terms = SessionTerms.sample
    terms.negotiation = negotiation
    return .opened(
      SessionHandle(id: "up9", routing: "cookie"), terms, secrets: [SecretHash(bytes: SecretDigest(of: secret).bytes)],
      at: WallTime(millisecondsSinceEpoch: RegistryFixture.epoch - secondsAgo * 1000))
  }

  private func ago(_ seconds: Int64) -> WallTime {
    WallTime(millisecondsSinceEpoch: RegistryFixture.epoch - seconds * 1000)
  }

  private func fingerprint(_ text: String, _ request: Int64) -> ScriptFingerprint {
    ScriptFingerprint(of: Script(.text(text)), session: session.rawValue, request: request)
  }

  @Test("An open session waits for its client, who gets it with every answer that is known")
  func handedBack() throws {
    var fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    fixture.earlierLife(
      intent(), opened(), .described(at: ago(8)), .connected(at: ago(7)),
      .speakIntended(request: 4, fingerprint("a", 4), at: ago(6)),
      .speakEnded(request: 4, .spoken(talk: "t1", durationMs: 1500)),
      .speakIntended(request: 5, fingerprint("b", 5), at: ago(5)),
      .speakEnded(request: 5, .refused(kind: "provider.moderation")),
      .speakIntended(request: 6, fingerprint("c", 6), at: ago(4)))
    #expect(fixture.recover() == nil)
    #expect(
      fixture.openSessions == 1 && fixture.record(session)?.owner == RegistryFixture.relay
        && fixture.record(session)?.fence == 2)
    let browser = fixture.connect()
    let resume = fixture.send(.resume(session: session, secret: secret, lastSeq: 12), id: 20, on: browser)
    guard case .resync(let snapshot) = browser.resumed(resume)?.continuation else {
      Issue.record("no resync")
      return
    }
    // Four seconds since it was last active, but for the talk, which may have been asked for then.
    #expect(snapshot.seq == 12 && snapshot.state == .live && snapshot.expiresInMs == 297_500)
    for (id, text) in [(4, "a"), (5, "b"), (6, "c")] {
      fixture.send(.speak(session: session, .text(text), options: [:]), id: Int64(id), on: browser)
    }
    #expect(browser.answers(to: RequestID(4)) == [.result(RequestID(4), .talk(id: "t1", durationMs: 1500))])
    #expect(browser.error(of: RequestID(5)) == .providerModeration)
    #expect(browser.error(of: RequestID(6)) == .talkUnknown)
    #expect(fixture.offering.count(.speak) == 0)
    let fresh = fixture.send(.speak(session: session, .text("d"), options: [:]), id: 21, on: browser)
    #expect(browser.answers(to: fresh).count == 1 && fixture.offering.count(.speak) == 1)
    fixture.send(.close(session: session), on: browser)
    #expect(fixture.offering.journal.last == "close up9")
    #expect(fixture.record(session)?.ending == .closed)
  }

  @Test("An open session whose client does not come is ended after the grace time")
  func graceEnds() {
    let fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    fixture.earlierLife(intent(), opened())
    #expect(fixture.recover() == nil)
    fixture.advance(.seconds(29))
    #expect(fixture.offering.journal.isEmpty)
    fixture.advance(.seconds(1))
    #expect(fixture.offering.journal == ["close up9"])
    #expect(fixture.record(session)?.ending == .closed && fixture.record(session)?.reason == "connectionLost")
  }

  @Test("A session that was being closed is closed at once, and again until it is")
  func closing() {
    let fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    fixture.earlierLife(intent(), opened(), .closing(reason: "client"), .closeFailed)
    fixture.offering.fail(.close, .unavailable)
    #expect(fixture.recover() == nil)
    #expect(fixture.offering.journal == ["close up9"] && fixture.leaks == 1)
    fixture.offering.fail(.close, nil)
    fixture.advance(.seconds(1))
    #expect(fixture.record(session)?.ending == .closed && fixture.leaks == 0)
  }

  @Test("One whose idle limit passed long ago, by a clock that may be wrong, is closed as any other")
  func longAgo() {
    let fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    fixture.earlierLife(intent(secondsAgo: 9000), opened(secondsAgo: 8999), .closing(reason: "idle"))
    fixture.offering.fail(.close, .unavailable)
    #expect(fixture.recover() == nil)
    #expect(fixture.offering.journal == ["close up9"])
    #expect(fixture.record(session)?.state == .closing)
    fixture.advance(.seconds(1))
    #expect(fixture.offering.journal == ["close up9", "close up9"])
    fixture.offering.fail(.close, nil)
    fixture.advance(.seconds(2))
    #expect(fixture.record(session)?.ending == .closed && fixture.leaks == 0)
  }

  @Test("A creation without a reply holds a place until its provider must have ended it")
  func unseen() {
    let fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    fixture.earlierLife(intent(secondsAgo: 100))
    #expect(fixture.recover() == nil)
    #expect(fixture.record(session)?.state == .unseen && fixture.leaks == 1)
    // It may have been opened a minute after it was asked for: 60 + 300 - 100.
    fixture.advance(.seconds(259))
    #expect(fixture.leaks == 1)
    fixture.advance(.seconds(1))
    #expect(fixture.leaks == 0 && fixture.record(session)?.ending == .abandoned)
    #expect(fixture.offering.journal.isEmpty)
  }

  @Test("A creation without a reply is not given up at once, by a clock that may be wrong")
  func unseenLongAgo() {
    let fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    fixture.earlierLife(intent(secondsAgo: 9000))
    #expect(fixture.recover() == nil)
    fixture.advance(.seconds(59))
    #expect(fixture.record(session)?.state == .unseen && fixture.leaks == 1)
    fixture.advance(.seconds(1))
    #expect(fixture.record(session)?.ending == .abandoned && fixture.leaks == 0)
  }

  @Test("What cannot be gone on with is closed at once")
  func unknownTerms() {
    let fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    fixture.earlierLife(intent(), opened(negotiation: nil))
    #expect(fixture.recover() == nil)
    #expect(fixture.offering.journal == ["close up9"] && fixture.openSessions == 0)
  }

  @Test("A session of a provider without a key stays in the ledger")
  func providerIsGone() {
    let fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    fixture.earlierLife(intent(provider: "no more"), opened())
    #expect(fixture.recover() == nil)
    #expect(fixture.record(session)?.state == .open)
    #expect(fixture.log.lines.contains { $0.contains("its provider has no key any more") })
  }

  @Test("A ledger that cannot be read is no reason to serve")
  func unreadable() {
    let fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    fixture.withLedger { $0.fail(LedgerFailure(.corrupt, "damaged")) }
    #expect(fixture.recover()?.code == .corrupt)
  }

  @Test("Nobody else gets a session back")
  func wrongSecret() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    fixture.earlierLife(intent(), opened())
    #expect(fixture.recover() == nil)
    let browser = fixture.connect()
    let resume = fixture.send(
      .resume(session: session, secret: ResumeSecret(value: "guess"), lastSeq: 0), on: browser)
    #expect(browser.error(of: resume) == .sessionSecretInvalid)
  }
}
