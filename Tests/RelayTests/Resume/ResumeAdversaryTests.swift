// Plays resumes that no well-behaved client makes: at once, with old secrets, at the edge of a bound, after a leap of
// the clock.
import AvatarProvider
import Basics
import Ledger
import Signaling
import Testing

@testable import Relay

@Suite struct ResumeAdversaryTests {
  private static let grace = Duration.seconds(30)

  /// A fixture and on it a session that is live with its client gone: its secret is `secret1`.
  private func fixture(keepsLedger: Bool = false) -> RegistryFixture {
    var fixture = RegistryFixture(keepsLedger: keepsLedger) { $0.graceTime = Self.grace }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    #expect(session == self.session)
    fixture.drop(first)
    return fixture
  }

  private let session = SessionID(rawValue: "s1")

  private func hashes(_ secrets: String...) -> [SecretHash] {
    secrets.map { SecretHash(bytes: SecretDigest(of: ResumeSecret(value: $0)).bytes) }
  }

  @Test("Two tabs show the same secret while neither is answered: the later has it, here and in the ledger")
  func twoTabsAtOnce() {
    var fixture = fixture(keepsLedger: true)
    let (one, two) = (fixture.connect(), fixture.connect())
    fixture.withLedger { $0.hold() }
    let first = fixture.resume(session, "secret1", lastSeq: 4, on: one)
    let second = fixture.resume(session, "secret1", lastSeq: 4, on: two)
    #expect(one.messages.isEmpty && two.messages.isEmpty)
    fixture.withLedger { $0.letGo() }
    #expect(one.resumed(first)?.secret == ResumeSecret(value: "secret2"))
    #expect(one.closeCodes == [.takenOver])
    #expect(two.resumed(second)?.secret == ResumeSecret(value: "secret3"))
    #expect(two.closeCodes.isEmpty)
    #expect(fixture.record(session)?.secrets == hashes("secret3", "secret1"))
    // The loser cannot come back with what it was given; it did not disturb the winner.
    let third = fixture.connect()
    #expect(third.error(of: fixture.resume(session, "secret2", lastSeq: 4, on: third)) == .sessionSecretInvalid)
    let speak = fixture.send(.speak(session: session, .text("once"), options: [:]), on: two)
    #expect(two.error(of: speak) == nil && fixture.offering.count(.speak) == 1)
    #expect(fixture.record(session)?.secrets == hashes("secret3"))
  }

  @Test("A second resume whose secret is replaced while it is being written is refused, and replaces nothing")
  func settledMeanwhile() {
    var fixture = fixture(keepsLedger: true)
    let (one, two) = (fixture.connect(), fixture.connect())
    let first = fixture.resume(session, "secret1", lastSeq: 4, on: one)
    #expect(one.resumed(first) != nil)
    fixture.withLedger { $0.hold() }
    let second = fixture.resume(session, "secret1", lastSeq: 4, on: two)
    // The first tab speaks, and so shows that it has its new secret.
    let extend = fixture.send(.extend(session: session), on: one)
    fixture.withLedger { $0.letGo() }
    #expect(one.error(of: extend) == nil && one.closeCodes.isEmpty)
    #expect(two.error(of: second) == .sessionSecretInvalid)
    // In the next life the first tab's secret is still the one that is good.
    #expect(fixture.record(session)?.secrets == hashes("secret2"))
  }

  @Test("One connection that resumes twice without waiting is answered twice, and has the session once")
  func twiceOnOneConnection() {
    var fixture = fixture(keepsLedger: true)
    let browser = fixture.connect()
    fixture.withLedger { $0.hold() }
    let first = fixture.resume(session, "secret1", lastSeq: 2, on: browser)
    let second = fixture.resume(session, "secret1", lastSeq: 2, on: browser)
    fixture.withLedger { $0.letGo() }
    #expect(browser.resumed(first) != nil && browser.resumed(second) != nil)
    #expect(browser.closeCodes.isEmpty && browser.seqs(of: session) == [3, 4, 3, 4])
    fixture.drop(browser)
    let next = fixture.connect()
    let last = browser.resumed(second)?.secret.value ?? ""
    #expect(next.resumed(fixture.resume(session, last, lastSeq: 4, on: next)) != nil)
    #expect(fixture.openSessions == 1)
  }

  @Test("A secret that was replaced stays bad through every later rotation")
  func reuseAfterRotation() {
    var fixture = fixture()
    var shown = "secret1"
    var used: [String] = []
    for _ in 0..<4 {
      let browser = fixture.connect()
      let resume = fixture.resume(session, shown, lastSeq: 4, on: browser)
      fixture.send(.extend(session: session), on: browser)
      used.append(shown)
      shown = browser.resumed(resume)?.secret.value ?? ""
      fixture.drop(browser)
      for old in used {
        let thief = fixture.connect()
        #expect(thief.error(of: fixture.resume(session, old, lastSeq: 4, on: thief)) == .sessionSecretInvalid)
      }
    }
    #expect(Set(used).count == 4 && !used.contains(shown))
  }

  @Test("256 missed notifications are told again, 257 are not")
  func exactlyFull() {
    let limits = RelayLimits()
    #expect(limits.eventsReplayed == 256 && limits.eventBytesReplayed == 256 * 1024)
    for (missed, isReplayed) in [(255, true), (256, true), (257, false)] {
      var fixture = RegistryFixture { $0.graceTime = Self.grace }
      let first = fixture.connect()
      let session = fixture.live(on: first)
      for number in 1...300 { fixture.send(.speak(session: session, .text("w\(number)"), options: [:]), on: first) }
      let latest = first.seqs(of: session).last ?? 0
      #expect(latest >= 300)
      fixture.drop(first)
      let second = fixture.connect()
      let resumed = second.resumed(fixture.resume(session, "secret1", lastSeq: latest - Int64(missed), on: second))
      if isReplayed {
        #expect(resumed?.continuation == .replay(count: missed))
        #expect(second.seqs(of: session) == Array((latest - Int64(missed) + 1)...latest))
      } else {
        guard case .resync(let snapshot) = resumed?.continuation else {
          Issue.record("\(missed) missed: \(String(describing: resumed?.continuation))")
          continue
        }
        #expect(snapshot.seq == latest && second.seqs(of: session).isEmpty)
      }
    }
  }

  @Test("The buffer keeps what fits to the byte")
  func exactlyFullOfBytes() {
    let event = SessionEvent.candidate(.sample(String(repeating: "c", count: 100)))
    for (maximum, kept) in [(3 * event.estimatedBytes, 3), (3 * event.estimatedBytes - 1, 2)] {
      var buffer = EventBuffer(maximumCount: 100, maximumBytes: maximum)
      for _ in 1...5 { _ = buffer.append(event) }
      #expect(buffer.count == kept && buffer.bytes == kept * event.estimatedBytes)
    }
  }

  @Test("A number that was never given is refused, and the session goes on")
  func fromTheFuture() {
    var fixture = fixture()
    let browser = fixture.connect()
    let claimed = RequestID.accepted.upperBound
    let resume = fixture.resume(session, "secret1", lastSeq: claimed, on: browser)
    #expect(browser.error(of: resume) == .invalidParams)
    #expect(browser.resumed(fixture.resume(session, "secret1", lastSeq: 4, on: browser)) != nil)
    fixture.send(.close(session: session), on: browser)
    #expect(browser.events(of: session).last == .closed(.client, action: .stop))
    #expect(fixture.offering.count(.close) == 1)
  }

  @Test("The grace time ends while a resume is being written: closed once, and its client is told so")
  func graceEndsMeanwhile() {
    var fixture = fixture(keepsLedger: true)
    fixture.advance(Self.grace - .milliseconds(1))
    let browser = fixture.connect()
    fixture.withLedger { $0.hold() }
    let resume = fixture.resume(session, "secret1", lastSeq: 4, on: browser)
    fixture.advance(.seconds(2))
    fixture.withLedger { $0.letGo() }
    #expect(browser.error(of: resume) == .sessionClosed)
    #expect(fixture.offering.count(.close) == 1 && fixture.openSessions == 0)
  }

  @Test("The clock leaps by a day, with and without a client: one end, one close", arguments: [true, false])
  func leap(isConnected: Bool) {
    var fixture = RegistryFixture(keepsLedger: true) {
      $0.graceTime = Self.grace
      $0.lifetime = .seconds(3600)
    }
    let browser = fixture.connect()
    let session = fixture.live(on: browser)
    if !isConnected { fixture.drop(browser) }
    fixture.advance(.seconds(86_400))
    #expect(fixture.offering.count(.close) == 1)
    #expect(fixture.openSessions == 0)
    let ends = browser.events(of: session).filter { if case .closed = $0 { true } else { false } }
    #expect(ends.count == (isConnected ? 1 : 0))
    #expect(fixture.record(session)?.state == .ended)
    let late = fixture.connect()
    #expect(late.error(of: fixture.resume(session, "secret1", lastSeq: 4, on: late)) != nil)
    fixture.drop(late)
    fixture.drop(browser)
    fixture.advance(.seconds(3600))
    #expect(fixture.clock.sleeperCount == 0 && fixture.offering.count(.close) == 1)
  }
}
