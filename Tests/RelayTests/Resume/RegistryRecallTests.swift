// Checks what a client is told of a session that ended in an earlier life, or elsewhere.
import AvatarProvider
import Basics
import Ledger
import LedgerTestSupport
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryRecallTests {
  private let session = SessionID(rawValue: "old1")
  private let secret = ResumeSecret(value: "old secret")

  private func ago(_ seconds: Int64) -> WallTime {
    WallTime(millisecondsSinceEpoch: RegistryFixture.epoch - seconds * 1000)
  }

  private func speak(_ text: String, _ request: Int64) -> LedgerFact {
    let fingerprint = ScriptFingerprint(of: Script(.text(text)), session: session.rawValue, request: request)
    return .speakIntended(request: request, fingerprint, at: ago(800))
  }

  /// Writes down a session that talked, and what became of it in the end.
  private func write(_ ends: LedgerFact..., to fixture: RegistryFixture) {
    let intent = SessionIntent(
      session: session.rawValue, provider: "offering", relay: RelayID(rawValue: "last life"), at: ago(900),
      subject: "alice", idleLimitMs: 300_000)
    let opened = LedgerFact.opened(
      SessionHandle(id: "up9", routing: "cookie"), .sample,
      secrets: [SecretHash(bytes: SecretDigest(of: secret).bytes)], at: ago(899))
    let talks = [
      speak("a", 4), .speakEnded(request: 4, .spoken(talk: "t1", durationMs: 1500)), speak("b", 5),
      .speakEnded(request: 5, .refused(kind: "session.closed")), speak("c", 6), speak("d", 7),
      .speakEnded(request: 7, .refused(kind: "provider.moderation")),
    ]
    Task(executorPreference: fixture.executor) { [ledger = fixture.ledger, session] in
      let lease = try await ledger.begin(intent)
      try await ledger.record([opened] + talks + ends, of: session.rawValue, under: lease)
    }
    fixture.executor.run()
  }

  private func resume(_ fixture: inout RegistryFixture, _ secret: String, on browser: MadeUpConnection) -> SignalingError? {
    let request = fixture.send(
      .resume(session: session, secret: ResumeSecret(value: secret), lastSeq: 12), on: browser)
    return browser.signalingError(of: request)
  }

  @Test(
    "It says why it ended and what became of its talks, whoever keeps the ledger", arguments: [nil, Duration.seconds(10)])
  func recalled(leaseTime: Duration?) {
    var fixture = RegistryFixture(keepsLedger: true, leaseTime: leaseTime)
    write(.closing(reason: "idle"), .closed(at: ago(500)), to: fixture)
    #expect(fixture.recover() == nil && fixture.openSessions == 0)
    let browser = fixture.connect()
    fixture.send(.ping, id: 20, on: browser)
    let error = resume(&fixture, "old secret", on: browser)
    #expect(error?.kind == .sessionClosed && error?.end == .idle)
    // Nothing is known of 3, which is lower than a talk; 8 is new.
    for (id, text) in [(3, "?"), (4, "a"), (5, "b"), (6, "c"), (7, "d"), (8, "e"), (6, "x")] {
      fixture.send(.speak(session: session, .text(text), options: [:]), id: Int64(id), on: browser)
    }
    #expect(browser.answers(to: RequestID(4)) == [.result(RequestID(4), .talk(id: "t1", durationMs: 1500))])
    let ended = SignalingError(.sessionClosed, "the talk was not accepted", end: .idle)
    #expect(browser.answers(to: RequestID(5)) == [.error(RequestID(5), ended)])
    #expect(browser.error(of: RequestID(3)) == .talkUnknown && browser.error(of: RequestID(6)) == .talkUnknown)
    #expect(browser.kind(of: browser.answers(to: RequestID(6)).last) == .requestConflict)
    #expect(browser.error(of: RequestID(7)) == .providerModeration)
    #expect(browser.signalingError(of: RequestID(8)) == SignalingError(.sessionClosed, "the session is over", end: .idle))
    let close = fixture.send(.close(session: session), on: browser)
    #expect(browser.answers(to: close) == [.result(close, .empty)])
    #expect(fixture.offering.journal.isEmpty)
  }

  @Test("For ten minutes, as one that ended in this life", arguments: [nil, Duration.seconds(10)])
  func tenMinutes(leaseTime: Duration?) {
    var fixture = RegistryFixture(keepsLedger: true, leaseTime: leaseTime)
    write(.closing(reason: "client"), .closed(at: ago(599)), to: fixture)
    let browser = fixture.connect()
    #expect(resume(&fixture, "old secret", on: browser)?.end == .client)
    fixture.advance(.seconds(1))
    #expect(resume(&fixture, "old secret", on: browser)?.end == .client)
    fixture.advance(.milliseconds(1))
    #expect(resume(&fixture, "old secret", on: browser)?.kind == .sessionNotFound)
  }

  @Test("Before another life has ended it at its provider it is over, too", arguments: [nil, Duration.seconds(10)])
  func stillBeingClosed(leaseTime: Duration?) {
    var fixture = RegistryFixture(keepsLedger: true, leaseTime: leaseTime)
    fixture.offering.fail(.close, .unavailable)
    write(.closing(reason: "lifetime"), .closeFailed, to: fixture)
    // Another relay still has it, where there are several.
    let leaks = leaseTime == nil ? 1 : 0
    #expect(fixture.recover() == nil && fixture.leaks == leaks)
    let browser = fixture.connect()
    #expect(resume(&fixture, "old secret", on: browser)?.end == .lifetime)
    #expect(fixture.leaks == leaks)
  }

  @Test("Only its client is told, and guessing has an end")
  func wrongSecrets() {
    var fixture = RegistryFixture(keepsLedger: true)
    write(.closed(at: ago(1)), to: fixture)
    let browser = fixture.connect()
    for _ in 1...5 { #expect(resume(&fixture, "another", on: browser)?.kind == .sessionSecretInvalid) }
    #expect(browser.closeCodes == [.secretsRefused])
    // Nothing says why it ended but that its provider did it.
    #expect(resume(&fixture, "old secret", on: fixture.connect())?.end == .provider)
  }

  @Test("A session that nobody could have is none")
  func neverOpened() {
    var fixture = RegistryFixture(keepsLedger: true)
    fixture.earlierLife(
      SessionIntent(session: "old1", provider: "offering", relay: RelayID(rawValue: "last life"), at: ago(9)), .notOpened)
    let browser = fixture.connect()
    #expect(resume(&fixture, "old secret", on: browser)?.kind == .sessionNotFound)
  }

  @Test("A ledger that cannot be read is no proof that there is no such session")
  func unreadable() {
    var fixture = RegistryFixture(keepsLedger: true)
    fixture.withLedger { $0.fail(LedgerFailure(.unavailable, "gone")) }
    let browser = fixture.connect()
    #expect(resume(&fixture, "old secret", on: browser)?.kind == .ledgerUnavailable)
  }

  @Test("What the browser reported last is told after a restart as before")
  func reports() throws {
    var fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    let (browser, session) = fixture.live()
    let before = fixture.writes
    for _ in 1...3 {
      fixture.send(.report(session: session, .iceConnectionState(.completed)), on: browser)
      fixture.send(.report(session: session, .dataChannelState(.open)), on: browser)
    }
    #expect(fixture.writes - before == 2, "only news is written down")
    let snapshot = try #require(fixture.snapshot(of: session))
    var later = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    #expect(later.registry.assumeIsolated { $0.restore(snapshot) })
    let client = later.connect()
    let request = later.send(
      .resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 4), on: client)
    guard case .resync(let state) = client.resumed(request)?.continuation else {
      Issue.record("no resync")
      return
    }
    #expect(state.iceState == .completed && state.dataChannel == .open)
  }
}
