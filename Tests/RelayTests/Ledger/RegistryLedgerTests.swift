// Checks that what costs money waits for the ledger, and that what saves money does not.
import AvatarProvider
import Basics
import Ledger
import LedgerTestSupport
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryLedgerTests {
  private static let full = LedgerFailure(.full, "no room")

  @Test("Nothing is created before its intent is durable, and nobody is told before its name is")
  func openingWaits() {
    var fixture = RegistryFixture(keepsLedger: true)
    let browser = fixture.connect()
    fixture.withLedger { $0.hold() }
    let open = fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(fixture.offering.journal.isEmpty)
    fixture.offering.hold(.open)
    fixture.withLedger { $0.letGo() }
    #expect(fixture.offering.journal == ["open"])
    fixture.withLedger { $0.hold() }
    fixture.offering.release(.open)
    #expect(browser.messages.isEmpty)
    fixture.withLedger { $0.letGo() }
    #expect(browser.answers(to: open).count == 1)
    fixture.offering.letGo(.open)
  }

  @Test("Nothing is said before its intent is durable")
  func speakingWaits() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.withLedger { $0.hold() }
    let speak = fixture.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    #expect(fixture.offering.count(.speak) == 0)
    fixture.withLedger { $0.letGo() }
    #expect(fixture.offering.count(.speak) == 1)
    #expect(browser.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: nil))])
  }

  @Test("What became of a talk is written with the next intent, or by itself when none comes")
  func oneWriteATalk() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    let before = fixture.writes
    let talks = (0..<3).map { fixture.send(.speak(session: session, .text("\($0)"), options: [:]), on: browser) }
    #expect(fixture.writes - before == 3)
    #expect(fixture.record(session)?.speak(talks[1].value)?.outcome == .spoken(talk: "t2", durationMs: nil))
    #expect(fixture.record(session)?.speak(talks[2].value)?.outcome == nil)
    fixture.advance(RelayLimits().outcomePatience)
    #expect(fixture.writes - before == 4)
    #expect(fixture.record(session)?.speak(talks[2].value)?.outcome == .spoken(talk: "t3", durationMs: nil))
    fixture.advance(RelayLimits().outcomePatience)
    #expect(fixture.writes - before == 4)
  }

  @Test("Outcomes do not pile up: with as many as may be they are written at once")
  func boundOfOutcomes() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.outcomesHeld = 1 }
    let (browser, session) = fixture.live()
    let before = fixture.writes
    let talk = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(fixture.writes - before == 2)
    #expect(fixture.record(session)?.speak(talk.value)?.outcome == .spoken(talk: "t1", durationMs: nil))
  }

  @Test("Where another relay may take the session, what became of a talk is written at once")
  func sharedLedger() {
    var fixture = RegistryFixture(keepsLedger: true, leaseTime: .seconds(10))
    let (browser, session) = fixture.live()
    let talk = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(fixture.record(session)?.speak(talk.value)?.outcome == .spoken(talk: "t1", durationMs: nil))
  }

  @Test("A relay that leaves writes down what became of the last talk")
  func outcomesAtTheEnd() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.offering.hold(.close)
    let talk = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    let hasLeft = fixture.drain(within: .zero)
    #expect(hasLeft.isRaised)
    #expect(fixture.record(session)?.speak(talk.value)?.outcome == .spoken(talk: "t1", durationMs: nil))
    fixture.offering.letGo(.close)
  }

  @Test("A whole session as it is written down, without a word that was said")
  func journal() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.advance(.seconds(5))
    let speak = fixture.send(.speak(session: session, .text("private words"), options: [:]), on: browser)
    fixture.offering.fail(.speak, ProviderFailure(.fateUnknown, "lost"))
    let lost = fixture.send(.speak(session: session, .text("more"), options: [:]), on: browser)
    fixture.offering.fail(.speak, ProviderFailure(.moderation, "rude"))
    let rude = fixture.send(.speak(session: session, .text("rude"), options: [:]), on: browser)
    fixture.send(.extend(session: session), on: browser)
    let live = fixture.record(session)
    #expect(live?.state == .open && live?.owner == RegistryFixture.relay && live?.fence == 1)
    #expect(live?.handle == SessionHandle(id: "up1", routing: "cookie"))
    #expect(live?.describedAt != nil && live?.connectedAt != nil)
    #expect(live?.lastActiveAt == WallTime(millisecondsSinceEpoch: RegistryFixture.epoch + 5000))
    #expect(live?.secrets == ResumeSecrets.settled(SecretDigest(of: ResumeSecret(value: "secret1"))).hashes)
    #expect(live?.speak(speak.value)?.outcome == .spoken(talk: "t1", durationMs: nil))
    #expect(live?.speak(lost.value)?.outcome == .unknown)
    #expect(live?.speak(rude.value)?.outcome == .refused(kind: "provider.moderation"))
    fixture.send(.close(session: session), on: browser)
    let over = fixture.record(session)
    #expect(over?.ending == .closed && over?.reason == "client")
    var everything = ""
    dump(over, to: &everything)
    dump(fixture.withLedger { $0.journal.map { "\($0)" } }, to: &everything)
    for word in ["private", "words", "secret1", "cookie", "v=0"] { #expect(!everything.contains(word)) }
  }

  @Test("Without a ledger that can be written no session is opened; with one again it is")
  func noIntentNoSession() {
    var fixture = RegistryFixture(keepsLedger: true)
    let browser = fixture.connect()
    fixture.withLedger { $0.fail(Self.full) }
    let refused = fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: refused) == .ledgerUnavailable)
    #expect(fixture.offering.journal.isEmpty && fixture.openSessions == 0 && fixture.leaks == 0)
    #expect(fixture.log.lines.contains { $0.hasPrefix("error the ledger failed") && $0.contains("failure=full") })
    fixture.withLedger { $0.fail(nil) }
    _ = fixture.live(on: browser)
    #expect(fixture.openSessions == 1)
  }

  @Test("A session whose name cannot be written down is closed before anybody has it")
  func noNameNoSession() {
    var fixture = RegistryFixture(keepsLedger: true)
    let browser = fixture.connect()
    fixture.withLedger { $0.fail(Self.full) { if case .opened = $0 { true } else { false } } }
    let refused = fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: refused) == .ledgerUnavailable)
    #expect(fixture.offering.journal == ["open", "close up1"])
    #expect(fixture.openSessions == 0 && fixture.leaks == 0)
    #expect(fixture.withLedger { $0.all.map(\.ending) } == [.closed])
  }

  @Test("A talk whose intent cannot be written down is not spoken; the session goes on")
  func noIntentNoTalk() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.withLedger { $0.fail(Self.full) }
    let refused = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(browser.error(of: refused) == .ledgerUnavailable)
    #expect(fixture.offering.count(.speak) == 0)
    // Everything that costs nothing goes on.
    let extend = fixture.send(.extend(session: session), on: browser)
    #expect(browser.error(of: extend) == nil)
    fixture.withLedger { $0.fail(nil) }
    let spoken = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(browser.error(of: spoken) == nil && fixture.offering.count(.speak) == 1)
  }

  @Test("Ends go to the provider whether they can be written down or not")
  func endsGoOn() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.withLedger { $0.fail(Self.full) }
    let close = fixture.send(.close(session: session), on: browser)
    #expect(browser.answers(to: close) == [.result(close, .empty)])
    #expect(fixture.offering.journal.last == "close up1")
    #expect(fixture.record(session)?.state == .open)
  }

  @Test("Ends do not wait for a ledger that does not answer")
  func endsDoNotWait() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.withLedger { $0.hold() }
    let close = fixture.send(.close(session: session), on: browser)
    #expect(browser.answers(to: close) == [.result(close, .empty)])
    #expect(fixture.offering.journal.last == "close up1")
    fixture.withLedger { $0.letGo() }
    #expect(fixture.record(session)?.ending == .closed)
  }

  @Test("Nothing is created for a client that left while the intent was written")
  func clientLeft() {
    var fixture = RegistryFixture(keepsLedger: true)
    let browser = fixture.connect()
    fixture.withLedger { $0.hold() }
    fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    fixture.drop(browser)
    fixture.withLedger { $0.letGo() }
    #expect(fixture.offering.journal.isEmpty)
    #expect(fixture.withLedger { $0.all.map(\.ending) } == [.notOpened])
  }

  @Test("Nothing is said in a session that ended while the intent was written")
  func sessionEnded() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.withLedger { $0.hold() }
    let speak = fixture.send(.speak(session: session, .text("late"), options: [:]), on: browser)
    fixture.send(.close(session: session), on: browser)
    fixture.withLedger { $0.letGo() }
    #expect(browser.error(of: speak) == .sessionClosed)
    #expect(fixture.offering.count(.speak) == 0)
    #expect(fixture.record(session)?.speak(speak.value)?.outcome == .refused(kind: "session.closed"))
  }

  @Test("A new secret is durable before the client has it; without a ledger the client gets its session all the same")
  func secrets() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    fixture.drop(first)
    let second = fixture.connect()
    fixture.withLedger { $0.hold() }
    let resume = fixture.send(
      .resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 0), on: second)
    #expect(second.messages.isEmpty)
    fixture.withLedger { $0.letGo() }
    let fresh = second.resumed(resume)?.secret
    let hashes = [fresh, ResumeSecret(value: "secret1")].compactMap(\.self).map {
      SecretHash(bytes: SecretDigest(of: $0).bytes)
    }
    #expect(hashes.count == 2 && fixture.record(session)?.secrets == hashes)
    fixture.send(.extend(session: session), on: second)
    #expect(fixture.record(session)?.secrets == Array(hashes.prefix(1)))

    fixture.withLedger { $0.fail(Self.full) }
    fixture.drop(second)
    let third = fixture.connect()
    let again = fixture.send(
      .resume(session: session, secret: fresh ?? ResumeSecret(value: ""), lastSeq: 0), on: third)
    #expect(third.resumed(again) != nil)
  }

  @Test("What the old connection still asks while a resume is written does not undo the new secret")
  func secretsOfTwoConnections() throws {
    var fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    let (first, second, third) = (fixture.connect(), fixture.connect(), fixture.connect())
    let session = fixture.live(on: first)
    let resume = fixture.send(.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 0), on: second)
    let newer = try #require(second.resumed(resume)?.secret)
    fixture.withLedger { $0.hold() }
    let again = fixture.send(.resume(session: session, secret: newer, lastSeq: 0), on: third)
    fixture.send(.extend(session: session), on: second)
    fixture.withLedger { $0.letGo() }
    let newest = try #require(third.resumed(again)?.secret)
    let written = try #require(ResumeSecrets(fixture.record(session)?.secrets ?? []))
    #expect(written.accepts(SecretDigest(of: newest)) && written.accepts(SecretDigest(of: newer)))
  }

  @Test("A resume that was being written when its connection dropped leaves the session to the next one")
  func resumeDropped() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    fixture.drop(first)
    let second = fixture.connect()
    fixture.withLedger { $0.hold() }
    fixture.send(.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 0), on: second)
    fixture.drop(second)
    fixture.withLedger { $0.letGo() }
    let third = fixture.connect()
    let resume = fixture.send(.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 0), on: third)
    #expect(third.resumed(resume) != nil)
    fixture.advance(.seconds(31))
    #expect(fixture.openSessions == 1)
  }

  @Test("A session that another relay has claimed is let go, and not closed")
  func fenced() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    Task(executorPreference: fixture.executor) { [ledger = fixture.ledger] in
      _ = try await ledger.claim(session.rawValue, by: RelayID(rawValue: "other"), .byClient(request: 1))
    }
    fixture.executor.run()
    let speak = fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(browser.error(of: speak) == .sessionClosed && browser.signalingError(of: speak)?.end == .takenOver)
    #expect(fixture.offering.count(.speak) == 0 && fixture.offering.count(.close) == 0)
    #expect(browser.events(of: session).last == .closed(.takenOver, action: CloseReason.takenOver.action))
    #expect(fixture.openSessions == 0)
    #expect(fixture.record(session)?.state == .open)
  }
}
