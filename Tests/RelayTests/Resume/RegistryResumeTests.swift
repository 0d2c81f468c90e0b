// Checks how a session goes on with another connection.
import AvatarProvider
import Basics
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryResumeTests {
  @Test("What was missed is told again in order, and the session goes on")
  func replay() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    #expect(first.seqs(of: session) == [1, 2, 3, 4])
    fixture.drop(first)
    fixture.advance(.milliseconds(29_999))
    let second = fixture.connect()
    let resume = fixture.resume(session, "secret1", lastSeq: 2, on: second)
    #expect(
      second.resumed(resume)
        == ResumedSession(secret: ResumeSecret(value: "secret2"), lastID: 3, continuation: .replay(count: 2)))
    #expect(second.messages.count == 3, "the result comes first")
    #expect(second.events(of: session) == [.state(.connecting), .state(.live)])
    #expect(second.seqs(of: session) == [3, 4])
    fixture.advance(.seconds(60))
    #expect(fixture.openSessions == 1, "the grace time is over with the resume")
    fixture.send(.close(session: session), on: second)
    #expect(second.seqs(of: session) == [3, 4, 5, 6, 7])
    #expect(fixture.offering.count(.close) == 1)
  }

  @Test("What happens while nobody is there is kept: talks are estimated, the idle limit counts, calls run on")
  func meanwhile() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(300) }
    fixture.offering.talksLast(.seconds(3))
    let first = fixture.connect()
    let session = fixture.live(on: first)
    fixture.offering.hold(.speak)
    let speak = fixture.send(.speak(session: session, .text("a"), options: [:]), on: first)
    let next = fixture.send(.speak(session: session, .text("b"), options: [:]), on: first)
    let candidate = fixture.send(.candidate(session: session, .sample("c")), on: first)
    fixture.drop(first)
    fixture.offering.release(.speak)
    fixture.offering.release(.speak)
    #expect(fixture.offering.journal.suffix(3) == ["speak a", "add c", "speak b"])
    // Nobody is silent before the second talk is over, after six seconds.
    fixture.advance(.seconds(10))
    fixture.advance(.seconds(271))
    let second = fixture.connect()
    fixture.resume(session, "secret1", lastSeq: 4, on: second)
    let told = second.events(of: session)
    #expect(told.contains(.talk(id: "t1", .ended(estimated: true))))
    #expect(told.contains(.talk(id: "t2", .ended(estimated: true))))
    #expect(told.last == .expiring(cause: .idle, inMs: 25_000, extendable: true))
    #expect(second.seqs(of: session) == Array(5..<Int64(5 + told.count)))
    // The answers are there for whoever asks again.
    #expect(second.answers(to: speak).isEmpty)
    for id in [speak, next] {
      fixture.send(.speak(session: session, .text(id == speak ? "a" : "b"), options: [:]), id: id.value, on: second)
    }
    fixture.send(.candidate(session: session, .sample("c")), id: candidate.value, on: second)
    #expect(second.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: 3000))])
    #expect(second.answers(to: next) == [.result(next, .talk(id: "t2", durationMs: 3000))])
    #expect(second.answers(to: candidate) == [.result(candidate, .empty)])
    #expect(fixture.offering.count(.speak) == 2)
    #expect(fixture.offering.count(.add) == 1)
    fixture.drop(second)
    fixture.advance(.seconds(25))
    #expect(fixture.openSessions == 0, "the idle limit struck before the grace was over")
  }

  @Test("A client that says that it is done leaves nothing to come back to, not even what is being opened")
  func done() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    fixture.offering.hold(.open)
    fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: first)
    fixture.registry.assumeIsolated { $0.closed(first.id, .done) }
    fixture.executor.run()
    #expect(fixture.offering.count(.close) == 1)
    fixture.offering.release(.open)
    #expect(fixture.offering.count(.close) == 2)
    #expect(fixture.openSessions == 0)
    let second = fixture.connect()
    guard
      case .error(_, let error) = second.answers(to: fixture.resume(session, "secret1", lastSeq: 4, on: second)).first
    else {
      Issue.record("resumed")
      return
    }
    #expect(error.end == .client)
  }

  @Test("A connection that may not come back takes its sessions with it, at once")
  func refused() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let (one, first) = fixture.live()
    fixture.registry.assumeIsolated { $0.closed(one.id, .vanished) }
    fixture.executor.run()
    #expect(fixture.openSessions == 0 && fixture.offering.count(.close) == 1)
    let (two, second) = fixture.live()
    for _ in 1...5 { fixture.resume(second, "wrong", lastSeq: 0, on: two) }
    #expect(two.closeCodes == [.secretsRefused])
    #expect(fixture.openSessions == 0 && fixture.offering.count(.close) == 2)
    let late = fixture.connect()
    for session in [first, second] {
      let secret = session == first ? "secret1" : "secret2"
      let resume = fixture.resume(session, secret, lastSeq: 4, on: late)
      #expect(late.signalingError(of: resume)?.end == .connectionLost)
    }
  }

  @Test("One wrong secret is forgiven each minute")
  func forgiven() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let (_, session) = fixture.live()
    let browser = fixture.connect()
    for _ in 1...10 {
      fixture.resume(session, "wrong", lastSeq: 0, on: browser)
      fixture.advance(.seconds(60))
    }
    #expect(browser.closeCodes.isEmpty)
    for _ in 1...5 { fixture.resume(session, "wrong", lastSeq: 0, on: browser) }
    #expect(browser.closeCodes == [.secretsRefused])
  }

  @Test("Who claims to have been told what was never sent gets nothing, and loses nothing", arguments: [true, false])
  func fromTheFuture(keepsLedger: Bool) {
    var fixture = RegistryFixture(keepsLedger: keepsLedger) { $0.graceTime = .seconds(30) }
    let (first, session) = fixture.live()
    let second = fixture.connect()
    for lastSeq in [5, 4_294_967_295] as [Int64] {
      let resume = fixture.resume(session, "secret1", lastSeq: lastSeq, on: second)
      #expect(second.error(of: resume) == .invalidParams)
    }
    #expect(first.closeCodes.isEmpty)
    let extend = fixture.send(.extend(session: session), on: first)
    #expect(first.error(of: extend) == nil)
    let resume = fixture.resume(session, "secret1", lastSeq: 4, on: second)
    #expect(second.resumed(resume)?.continuation == .replay(count: 0))
  }

  @Test("A request that still runs is answered once, where the session is by then, however often it is sent")
  func running() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    fixture.offering.hold(.speak)
    let speak = fixture.send(.speak(session: session, .text("a"), options: [:]), on: first)
    fixture.drop(first)
    let second = fixture.connect()
    fixture.resume(session, "secret1", lastSeq: 4, on: second)
    for _ in 0..<3 { fixture.send(.speak(session: session, .text("a"), options: [:]), id: speak.value, on: second) }
    fixture.send(.speak(session: session, .text("other"), options: [:]), id: speak.value, on: second)
    #expect(second.answers(to: speak).compactMap { second.kind(of: $0) } == [.requestConflict])
    fixture.offering.release(.speak)
    #expect(second.answers(to: speak).last == .result(speak, .talk(id: "t1", durationMs: nil)))
    #expect(second.answers(to: speak).count == 2)
    #expect(fixture.offering.count(.speak) == 1)
  }

  @Test("A request that never arrived is carried out, though later ids were used on the new connection")
  func neverArrived() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    fixture.drop(first)
    let second = fixture.connect()
    fixture.send(.ping, id: 20, on: second)
    fixture.resume(session, "secret1", lastSeq: 4, on: second)
    let speak = fixture.send(.speak(session: session, .text("a"), options: [:]), id: 19, on: second)
    #expect(second.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: nil))])
    let older = fixture.send(.speak(session: session, .text("b"), options: [:]), id: 18, on: second)
    #expect(second.error(of: older) == .requestStale)
    #expect(fixture.offering.count(.speak) == 1)
  }

  @Test("An id is one request's, in whatever session")
  func idsAreUnique() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    let other = fixture.live(on: first)
    fixture.drop(first)
    let second = fixture.connect()
    // A second tab with an older counter: it comes back, and is told from where to count.
    let early = fixture.send(
      .resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 4), id: 2, on: second)
    #expect(second.resumed(early)?.lastID == 3)
    let extend = fixture.send(.extend(session: session), id: 3, on: second)
    #expect(second.error(of: extend) == .requestConflict)
    fixture.resume(session, "secret1", lastSeq: 4, on: second)
    let third = fixture.connect()
    fixture.resume(other, "secret2", lastSeq: 4, on: third)
    let ping = fixture.send(.ping, on: second)
    fixture.send(.extend(session: session), id: ping.value, on: second)
    #expect(second.answers(to: ping).compactMap { second.kind(of: $0) } == [.requestConflict])
    #expect(fixture.offering.count(.extend) == 0)
  }

  @Test("A lost result of a resume does not lose the session: the old secret is good until the client is heard")
  func lostResult() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let session = fixture.live(on: fixture.connect())
    let second = fixture.connect()
    fixture.resume(session, "secret1", lastSeq: 4, on: second)
    fixture.drop(second)
    let third = fixture.connect()
    let again = fixture.resume(session, "secret1", lastSeq: 4, on: third)
    #expect(third.resumed(again)?.secret == ResumeSecret(value: "secret3"))
    // What the second connection was given is void: it never arrived.
    let fourth = fixture.connect()
    #expect(fourth.error(of: fixture.resume(session, "secret2", lastSeq: 4, on: fourth)) == .sessionSecretInvalid)
    fixture.send(.ping, on: third)
    let newest = fixture.resume(session, "secret3", lastSeq: 4, on: fourth)
    #expect(fourth.resumed(newest)?.secret == ResumeSecret(value: "secret4"))
    let fifth = fixture.connect()
    #expect(fifth.error(of: fixture.resume(session, "secret1", lastSeq: 4, on: fifth)) == .sessionSecretInvalid)
    // A request about the session shows that secret4 arrived.
    fixture.send(.extend(session: session), on: fourth)
    #expect(fifth.error(of: fixture.resume(session, "secret3", lastSeq: 4, on: fifth)) == .sessionSecretInvalid)
    #expect(fifth.resumed(fixture.resume(session, "secret4", lastSeq: 4, on: fifth)) != nil)
  }

}

extension RegistryFixture {
  /// Resumes with a secret and says under which id.
  @discardableResult
  mutating func resume(
    _ session: SessionID, _ secret: String, lastSeq: Int64, on connection: MadeUpConnection
  ) -> RequestID {
    send(.resume(session: session, secret: ResumeSecret(value: secret), lastSeq: lastSeq), on: connection)
  }
}

extension MadeUpConnection {
  /// The result of a resume; nil where it failed.
  nonisolated func resumed(_ id: RequestID) -> ResumedSession? {
    if case .result(_, .resumed(let session), _) = answers(to: id).first { session } else { nil }
  }
}
