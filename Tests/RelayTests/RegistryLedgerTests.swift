// What costs money waits for the ledger; what saves money does not.
import AvatarProvider
import Ledger
import LedgerTestSupport
import SessionValues
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct RegistryLedgerTests {
  private static let full = LedgerFailure(.full, "no room")

  @Test("Nothing is created before its intent is durable, and nobody is told before its name is")
  func openingWaits() {
    var stage = Stage(keepsLedger: true)
    let browser = stage.connect()
    stage.withLedger { $0.hold() }
    let open = stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(stage.offering.journal.isEmpty)
    stage.offering.hold(.open)
    stage.withLedger { $0.letGo() }
    #expect(stage.offering.journal == ["open"])
    stage.withLedger { $0.hold() }
    stage.offering.release(.open)
    #expect(browser.messages.isEmpty)
    stage.withLedger { $0.letGo() }
    #expect(browser.answers(to: open).count == 1)
    stage.offering.letGo(.open)
  }

  @Test("Nothing is said before its intent is durable")
  func speakingWaits() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.withLedger { $0.hold() }
    let speak = stage.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    #expect(stage.offering.count(.speak) == 0)
    stage.withLedger { $0.letGo() }
    #expect(stage.offering.count(.speak) == 1)
    #expect(browser.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: nil))])
  }

  @Test("What became of a talk is written with the next intent, or by itself when none comes")
  func oneWriteATalk() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    let before = stage.writes
    let talks = (0..<3).map { stage.send(.speak(session: session, .text("\($0)"), options: [:]), on: browser) }
    #expect(stage.writes - before == 3)
    #expect(stage.record(session)?.speak(talks[1].value)?.outcome == .spoken(talk: "t2", durationMs: nil))
    #expect(stage.record(session)?.speak(talks[2].value)?.outcome == nil)
    stage.advance(RelayLimits().outcomePatience)
    #expect(stage.writes - before == 4)
    #expect(stage.record(session)?.speak(talks[2].value)?.outcome == .spoken(talk: "t3", durationMs: nil))
    stage.advance(RelayLimits().outcomePatience)
    #expect(stage.writes - before == 4)
  }

  @Test("Outcomes do not pile up: with as many as may be they are written at once")
  func boundOfOutcomes() {
    var stage = Stage(keepsLedger: true) { $0.outcomesHeld = 1 }
    let (browser, session) = stage.live()
    let before = stage.writes
    let talk = stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(stage.writes - before == 2)
    #expect(stage.record(session)?.speak(talk.value)?.outcome == .spoken(talk: "t1", durationMs: nil))
  }

  @Test("Where another relay may take the session, what became of a talk is written at once")
  func sharedLedger() {
    var stage = Stage(keepsLedger: true, leaseTime: .seconds(10))
    let (browser, session) = stage.live()
    let talk = stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(stage.record(session)?.speak(talk.value)?.outcome == .spoken(talk: "t1", durationMs: nil))
  }

  @Test("A relay that leaves writes down what became of the last talk")
  func outcomesAtTheEnd() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.offering.hold(.close)
    let talk = stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    let hasLeft = stage.drain(within: .zero)
    #expect(hasLeft.isRaised)
    #expect(stage.record(session)?.speak(talk.value)?.outcome == .spoken(talk: "t1", durationMs: nil))
    stage.offering.letGo(.close)
  }

  @Test("A whole session as it is written down, without a word that was said")
  func journal() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.advance(.seconds(5))
    let speak = stage.send(.speak(session: session, .text("private words"), options: [:]), on: browser)
    stage.offering.fail(.speak, ProviderFailure(.fateUnknown, "lost"))
    let lost = stage.send(.speak(session: session, .text("more"), options: [:]), on: browser)
    stage.offering.fail(.speak, ProviderFailure(.moderation, "rude"))
    let rude = stage.send(.speak(session: session, .text("rude"), options: [:]), on: browser)
    stage.send(.extend(session: session), on: browser)
    let live = stage.record(session)
    #expect(live?.state == .open && live?.owner == Stage.relay && live?.fence == 1)
    #expect(live?.handle == SessionHandle(id: "up1", routing: "cookie"))
    #expect(live?.describedAt != nil && live?.connectedAt != nil)
    #expect(live?.lastActiveAt == WallTime(millisecondsSinceEpoch: Stage.epoch + 5000))
    #expect(live?.secrets == ResumeSecrets.settled(SecretDigest(of: ResumeSecret(value: "secret1"))).hashes)
    #expect(live?.speak(speak.value)?.outcome == .spoken(talk: "t1", durationMs: nil))
    #expect(live?.speak(lost.value)?.outcome == .unknown)
    #expect(live?.speak(rude.value)?.outcome == .refused(kind: "provider.moderation"))
    stage.send(.close(session: session), on: browser)
    let over = stage.record(session)
    #expect(over?.ending == .closed && over?.reason == "client")
    var everything = ""
    dump(over, to: &everything)
    dump(stage.withLedger { $0.journal.map { "\($0)" } }, to: &everything)
    for word in ["private", "words", "secret1", "cookie", "v=0"] { #expect(!everything.contains(word)) }
  }

  @Test("Without a ledger that can be written no session is opened; with one again it is")
  func noIntentNoSession() {
    var stage = Stage(keepsLedger: true)
    let browser = stage.connect()
    stage.withLedger { $0.fail(Self.full) }
    let refused = stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: refused) == .ledgerUnavailable)
    #expect(stage.offering.journal.isEmpty && stage.openSessions == 0 && stage.leaks == 0)
    #expect(stage.log.lines.contains { $0.hasPrefix("error the ledger failed") && $0.contains("failure=full") })
    stage.withLedger { $0.fail(nil) }
    _ = stage.live(on: browser)
    #expect(stage.openSessions == 1)
  }

  @Test("A session whose name cannot be written down is closed before anybody has it")
  func noNameNoSession() {
    var stage = Stage(keepsLedger: true)
    let browser = stage.connect()
    stage.withLedger { $0.fail(Self.full) { if case .opened = $0 { true } else { false } } }
    let refused = stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(browser.error(of: refused) == .ledgerUnavailable)
    #expect(stage.offering.journal == ["open", "close up1"])
    #expect(stage.openSessions == 0 && stage.leaks == 0)
    #expect(stage.withLedger { $0.all.map(\.ending) } == [.closed])
  }

  @Test("A talk whose intent cannot be written down is not spoken; the session goes on")
  func noIntentNoTalk() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.withLedger { $0.fail(Self.full) }
    let refused = stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(browser.error(of: refused) == .ledgerUnavailable)
    #expect(stage.offering.count(.speak) == 0)
    // Everything that costs nothing goes on.
    let extend = stage.send(.extend(session: session), on: browser)
    #expect(browser.error(of: extend) == nil)
    stage.withLedger { $0.fail(nil) }
    let spoken = stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(browser.error(of: spoken) == nil && stage.offering.count(.speak) == 1)
  }

  @Test("Ends go to the provider whether they can be written down or not")
  func endsGoOn() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.withLedger { $0.fail(Self.full) }
    let close = stage.send(.close(session: session), on: browser)
    #expect(browser.answers(to: close) == [.result(close, .empty)])
    #expect(stage.offering.journal.last == "close up1")
    #expect(stage.record(session)?.state == .open)
  }

  @Test("Ends do not wait for a ledger that does not answer")
  func endsDoNotWait() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.withLedger { $0.hold() }
    let close = stage.send(.close(session: session), on: browser)
    #expect(browser.answers(to: close) == [.result(close, .empty)])
    #expect(stage.offering.journal.last == "close up1")
    stage.withLedger { $0.letGo() }
    #expect(stage.record(session)?.ending == .closed)
  }

  @Test("Nothing is created for a client that left while the intent was written")
  func clientLeft() {
    var stage = Stage(keepsLedger: true)
    let browser = stage.connect()
    stage.withLedger { $0.hold() }
    stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    stage.drop(browser)
    stage.withLedger { $0.letGo() }
    #expect(stage.offering.journal.isEmpty)
    #expect(stage.withLedger { $0.all.map(\.ending) } == [.notOpened])
  }

  @Test("Nothing is said in a session that ended while the intent was written")
  func sessionEnded() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.withLedger { $0.hold() }
    let speak = stage.send(.speak(session: session, .text("late"), options: [:]), on: browser)
    stage.send(.close(session: session), on: browser)
    stage.withLedger { $0.letGo() }
    #expect(browser.error(of: speak) == .sessionClosed)
    #expect(stage.offering.count(.speak) == 0)
    #expect(stage.record(session)?.speak(speak.value)?.outcome == .refused(kind: "session.closed"))
  }

  @Test("A new secret is durable before the client has it; without a ledger the client gets its session all the same")
  func secrets() {
    var stage = Stage(keepsLedger: true) { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    stage.drop(first)
    let second = stage.connect()
    stage.withLedger { $0.hold() }
    let resume = stage.send(
      .resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 0), on: second)
    #expect(second.messages.isEmpty)
    stage.withLedger { $0.letGo() }
    let fresh = second.resumed(resume)?.secret
    let hashes = [fresh, ResumeSecret(value: "secret1")].compactMap(\.self).map {
      SecretHash(bytes: SecretDigest(of: $0).bytes)
    }
    #expect(hashes.count == 2 && stage.record(session)?.secrets == hashes)
    stage.send(.extend(session: session), on: second)
    #expect(stage.record(session)?.secrets == Array(hashes.prefix(1)))

    stage.withLedger { $0.fail(Self.full) }
    stage.drop(second)
    let third = stage.connect()
    let again = stage.send(
      .resume(session: session, secret: fresh ?? ResumeSecret(value: ""), lastSeq: 0), on: third)
    #expect(third.resumed(again) != nil)
  }

  @Test("A resume that was being written when its connection dropped leaves the session to the next one")
  func resumeDropped() {
    var stage = Stage(keepsLedger: true) { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    stage.drop(first)
    let second = stage.connect()
    stage.withLedger { $0.hold() }
    stage.send(.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 0), on: second)
    stage.drop(second)
    stage.withLedger { $0.letGo() }
    let third = stage.connect()
    let resume = stage.send(.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 0), on: third)
    #expect(third.resumed(resume) != nil)
    stage.advance(.seconds(31))
    #expect(stage.openSessions == 1)
  }

  @Test("A session that another relay has claimed is let go, and not closed")
  func fenced() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    Task(executorPreference: stage.executor) { [ledger = stage.ledger] in
      _ = try await ledger.claim(session.rawValue, by: RelayID(rawValue: "other"), .fromAnyone)
    }
    stage.executor.run()
    let speak = stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(browser.error(of: speak) == .ledgerUnavailable)
    #expect(stage.offering.count(.speak) == 0 && stage.offering.count(.close) == 0)
    #expect(browser.events(of: session).last == .closed(.takenOver, action: CloseReason.takenOver.action))
    #expect(stage.openSessions == 0)
    #expect(stage.record(session)?.state == .open)
  }
}
