// Resumes that no well-behaved client makes: at once, with old secrets, at the edge of a bound, after a leap of the clock.
import AvatarProvider
import Ledger
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct ResumeAdversaryTests {
  private static let grace = Duration.seconds(30)

  /// A stage and on it a session that is live with its client gone: its secret is `secret1`.
  private func stage(keepsLedger: Bool = false) -> Stage {
    var stage = Stage(keepsLedger: keepsLedger) { $0.graceTime = Self.grace }
    let first = stage.connect()
    let session = stage.live(on: first)
    #expect(session == self.session)
    stage.drop(first)
    return stage
  }

  private let session = SessionID(rawValue: "s1")

  private func hashes(_ secrets: String...) -> [SecretHash] {
    secrets.map { SecretHash(bytes: SecretDigest(of: ResumeSecret(value: $0)).bytes) }
  }

  @Test("Two tabs show the same secret while neither is answered: the later has it, here and in the ledger")
  func twoTabsAtOnce() {
    var stage = stage(keepsLedger: true)
    let (one, two) = (stage.connect(), stage.connect())
    stage.withLedger { $0.hold() }
    let first = stage.resume(session, "secret1", lastSeq: 4, on: one)
    let second = stage.resume(session, "secret1", lastSeq: 4, on: two)
    #expect(one.messages.isEmpty && two.messages.isEmpty)
    stage.withLedger { $0.letGo() }
    #expect(one.resumed(first)?.secret == ResumeSecret(value: "secret2"))
    #expect(one.closeCodes == [.takenOver])
    #expect(two.resumed(second)?.secret == ResumeSecret(value: "secret3"))
    #expect(two.closeCodes.isEmpty)
    #expect(stage.record(session)?.secrets == hashes("secret3", "secret1"))
    // The loser cannot come back with what it was given; it did not disturb the winner.
    let third = stage.connect()
    #expect(third.error(of: stage.resume(session, "secret2", lastSeq: 4, on: third)) == .sessionSecretInvalid)
    let speak = stage.send(.speak(session: session, .text("once"), options: [:]), on: two)
    #expect(two.error(of: speak) == nil && stage.offering.count(.speak) == 1)
    #expect(stage.record(session)?.secrets == hashes("secret3"))
  }

  @Test("A second resume whose secret is replaced while it is being written is refused, and replaces nothing")
  func settledMeanwhile() {
    var stage = stage(keepsLedger: true)
    let (one, two) = (stage.connect(), stage.connect())
    let first = stage.resume(session, "secret1", lastSeq: 4, on: one)
    #expect(one.resumed(first) != nil)
    stage.withLedger { $0.hold() }
    let second = stage.resume(session, "secret1", lastSeq: 4, on: two)
    // The first tab speaks, and so shows that it has its new secret.
    let extend = stage.send(.extend(session: session), on: one)
    stage.withLedger { $0.letGo() }
    #expect(one.error(of: extend) == nil && one.closeCodes.isEmpty)
    #expect(two.error(of: second) == .sessionSecretInvalid)
    // In the next life the first tab's secret is still the one that is good.
    #expect(stage.record(session)?.secrets == hashes("secret2"))
  }

  @Test("One connection that resumes twice without waiting is answered twice, and has the session once")
  func twiceOnOneConnection() {
    var stage = stage(keepsLedger: true)
    let browser = stage.connect()
    stage.withLedger { $0.hold() }
    let first = stage.resume(session, "secret1", lastSeq: 2, on: browser)
    let second = stage.resume(session, "secret1", lastSeq: 2, on: browser)
    stage.withLedger { $0.letGo() }
    #expect(browser.resumed(first) != nil && browser.resumed(second) != nil)
    #expect(browser.closeCodes.isEmpty && browser.seqs(of: session) == [3, 4, 3, 4])
    stage.drop(browser)
    let next = stage.connect()
    let last = browser.resumed(second)?.secret.value ?? ""
    #expect(next.resumed(stage.resume(session, last, lastSeq: 4, on: next)) != nil)
    #expect(stage.openSessions == 1)
  }

  @Test("A secret that was replaced stays bad through every later rotation")
  func reuseAfterRotation() {
    var stage = stage()
    var shown = "secret1"
    var used: [String] = []
    for _ in 0..<4 {
      let browser = stage.connect()
      let resume = stage.resume(session, shown, lastSeq: 4, on: browser)
      stage.send(.extend(session: session), on: browser)
      used.append(shown)
      shown = browser.resumed(resume)?.secret.value ?? ""
      stage.drop(browser)
      for old in used {
        let thief = stage.connect()
        #expect(thief.error(of: stage.resume(session, old, lastSeq: 4, on: thief)) == .sessionSecretInvalid)
      }
    }
    #expect(Set(used).count == 4 && !used.contains(shown))
  }

  @Test("256 missed notifications are told again, 257 are not")
  func exactlyFull() {
    let limits = RelayLimits()
    #expect(limits.eventsReplayed == 256 && limits.eventBytesReplayed == 256 * 1024)
    for (missed, isReplayed) in [(255, true), (256, true), (257, false)] {
      var stage = Stage { $0.graceTime = Self.grace }
      let first = stage.connect()
      let session = stage.live(on: first)
      for number in 1...300 { stage.send(.speak(session: session, .text("w\(number)"), options: [:]), on: first) }
      let latest = first.seqs(of: session).last ?? 0
      #expect(latest >= 300)
      stage.drop(first)
      let second = stage.connect()
      let resumed = second.resumed(stage.resume(session, "secret1", lastSeq: latest - Int64(missed), on: second))
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

  @Test("A number that was never given is answered with a resync, and the session goes on")
  func fromTheFuture() {
    var stage = stage()
    let browser = stage.connect()
    let claimed = RequestID.accepted.upperBound
    let resume = stage.resume(session, "secret1", lastSeq: claimed, on: browser)
    guard case .resync(let snapshot) = browser.resumed(resume)?.continuation else {
      Issue.record("no resync")
      return
    }
    #expect(snapshot.seq >= 4)
    stage.send(.close(session: session), on: browser)
    #expect(browser.events(of: session).last == .closed(.client, action: .stop))
    #expect(stage.offering.count(.close) == 1)
  }

  @Test("The grace time ends while a resume is being written: closed once, and its client is told so")
  func graceEndsMeanwhile() {
    var stage = stage(keepsLedger: true)
    stage.advance(Self.grace - .milliseconds(1))
    let browser = stage.connect()
    stage.withLedger { $0.hold() }
    let resume = stage.resume(session, "secret1", lastSeq: 4, on: browser)
    stage.advance(.seconds(2))
    stage.withLedger { $0.letGo() }
    #expect(browser.error(of: resume) == .sessionClosed)
    #expect(stage.offering.count(.close) == 1 && stage.openSessions == 0)
  }

  @Test("The clock leaps by a day, with and without a client: one end, one close", arguments: [true, false])
  func leap(isConnected: Bool) {
    var stage = Stage(keepsLedger: true) {
      $0.graceTime = Self.grace
      $0.lifetime = .seconds(3600)
    }
    let browser = stage.connect()
    let session = stage.live(on: browser)
    if !isConnected { stage.drop(browser) }
    stage.advance(.seconds(86_400))
    #expect(stage.offering.count(.close) == 1)
    #expect(stage.openSessions == 0)
    let ends = browser.events(of: session).filter { if case .closed = $0 { true } else { false } }
    #expect(ends.count == (isConnected ? 1 : 0))
    #expect(stage.record(session)?.state == .ended)
    let late = stage.connect()
    #expect(late.error(of: stage.resume(session, "secret1", lastSeq: 4, on: late)) != nil)
    stage.drop(late)
    stage.drop(browser)
    stage.advance(.seconds(3600))
    #expect(stage.clock.sleeperCount == 0 && stage.offering.count(.close) == 1)
  }
}
