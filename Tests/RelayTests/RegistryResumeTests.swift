// A session that goes on with another connection.
import AvatarProvider
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct RegistryResumeTests {
  @Test("What was missed is told again in order, and the session goes on")
  func replay() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    #expect(first.seqs(of: session) == [1, 2, 3, 4])
    stage.drop(first)
    stage.advance(.milliseconds(29_999))
    let second = stage.connect()
    let resume = stage.resume(session, "secret1", lastSeq: 2, on: second)
    #expect(
      second.resumed(resume)
        == ResumedSession(secret: ResumeSecret(value: "secret2"), lastID: 3, continuation: .replay(count: 2)))
    #expect(second.messages.count == 3, "the result comes first")
    #expect(second.events(of: session) == [.state(.connecting), .state(.live)])
    #expect(second.seqs(of: session) == [3, 4])
    stage.advance(.seconds(60))
    #expect(stage.openSessions == 1, "the grace time is over with the resume")
    stage.send(.close(session: session), on: second)
    #expect(second.seqs(of: session) == [3, 4, 5, 6, 7])
    #expect(stage.offering.count(.close) == 1)
  }

  @Test("What happens while nobody is there is kept: talks are estimated, the idle limit counts, calls run on")
  func meanwhile() {
    var stage = Stage { $0.graceTime = .seconds(300) }
    stage.offering.talksLast(.seconds(3))
    let first = stage.connect()
    let session = stage.live(on: first)
    stage.offering.hold(.speak)
    let speak = stage.send(.speak(session: session, .text("a"), options: [:]), on: first)
    let next = stage.send(.speak(session: session, .text("b"), options: [:]), on: first)
    let candidate = stage.send(.candidate(session: session, .sample("c")), on: first)
    stage.drop(first)
    stage.offering.release(.speak)
    stage.offering.release(.speak)
    #expect(stage.offering.journal.suffix(3) == ["speak a", "add c", "speak b"])
    stage.advance(.seconds(10))
    stage.advance(.seconds(265))
    let second = stage.connect()
    stage.resume(session, "secret1", lastSeq: 4, on: second)
    let told = second.events(of: session)
    #expect(told.contains(.talk(id: "t1", .ended(estimated: true))))
    #expect(told.contains(.talk(id: "t2", .ended(estimated: true))))
    #expect(told.last == .expiring(cause: .idle, inMs: 25_000, extendable: true))
    #expect(second.seqs(of: session) == Array(5..<Int64(5 + told.count)))
    // The answers are there for whoever asks again.
    #expect(second.answers(to: speak).isEmpty)
    for id in [speak, next] {
      stage.send(.speak(session: session, .text(id == speak ? "a" : "b"), options: [:]), id: id.value, on: second)
    }
    stage.send(.candidate(session: session, .sample("c")), id: candidate.value, on: second)
    #expect(second.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: 3000))])
    #expect(second.answers(to: next) == [.result(next, .talk(id: "t2", durationMs: 3000))])
    #expect(second.answers(to: candidate) == [.result(candidate, .empty)])
    #expect(stage.offering.count(.speak) == 2)
    #expect(stage.offering.count(.add) == 1)
    stage.drop(second)
    stage.advance(.seconds(25))
    #expect(stage.openSessions == 0, "the idle limit struck before the grace was over")
  }

  @Test("A client that says that it is done leaves nothing to come back to, not even what is being opened")
  func done() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    stage.offering.hold(.open)
    stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: first)
    stage.registry.assumeIsolated { $0.closed(first.id, .done) }
    stage.executor.run()
    #expect(stage.offering.count(.close) == 1)
    stage.offering.release(.open)
    #expect(stage.offering.count(.close) == 2)
    #expect(stage.openSessions == 0)
    let second = stage.connect()
    guard case .error(_, let error) = second.answers(to: stage.resume(session, "secret1", lastSeq: 4, on: second)).first
    else {
      Issue.record("resumed")
      return
    }
    #expect(error.end == .client)
  }

  @Test("A request that still runs is answered once, where the session is by then, however often it is sent")
  func running() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    stage.offering.hold(.speak)
    let speak = stage.send(.speak(session: session, .text("a"), options: [:]), on: first)
    stage.drop(first)
    let second = stage.connect()
    stage.resume(session, "secret1", lastSeq: 4, on: second)
    for _ in 0..<3 { stage.send(.speak(session: session, .text("a"), options: [:]), id: speak.value, on: second) }
    stage.send(.speak(session: session, .text("other"), options: [:]), id: speak.value, on: second)
    #expect(second.answers(to: speak).compactMap { second.kind(of: $0) } == [.requestConflict])
    stage.offering.release(.speak)
    #expect(second.answers(to: speak).last == .result(speak, .talk(id: "t1", durationMs: nil)))
    #expect(second.answers(to: speak).count == 2)
    #expect(stage.offering.count(.speak) == 1)
  }

  @Test("A request that never arrived is carried out, though later ids were used on the new connection")
  func neverArrived() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    stage.drop(first)
    let second = stage.connect()
    stage.send(.ping, id: 20, on: second)
    stage.resume(session, "secret1", lastSeq: 4, on: second)
    let speak = stage.send(.speak(session: session, .text("a"), options: [:]), id: 19, on: second)
    #expect(second.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: nil))])
    let older = stage.send(.speak(session: session, .text("b"), options: [:]), id: 18, on: second)
    #expect(second.error(of: older) == .requestStale)
    #expect(stage.offering.count(.speak) == 1)
  }

  @Test("An id is one request's, in whatever session")
  func idsAreUnique() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    let other = stage.live(on: first)
    stage.drop(first)
    let second = stage.connect()
    // A second tab with an older counter: it comes back, and is told from where to count.
    let early = stage.send(
      .resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 4), id: 2, on: second)
    #expect(second.resumed(early)?.lastID == 3)
    let extend = stage.send(.extend(session: session), id: 3, on: second)
    #expect(second.error(of: extend) == .requestConflict)
    stage.resume(session, "secret1", lastSeq: 4, on: second)
    let third = stage.connect()
    stage.resume(other, "secret2", lastSeq: 4, on: third)
    let ping = stage.send(.ping, on: second)
    stage.send(.extend(session: session), id: ping.value, on: second)
    #expect(second.answers(to: ping).compactMap { second.kind(of: $0) } == [.requestConflict])
    #expect(stage.offering.count(.extend) == 0)
  }

  @Test("A lost result of a resume does not lose the session: the old secret is good until the client is heard")
  func lostResult() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let session = stage.live(on: stage.connect())
    let second = stage.connect()
    stage.resume(session, "secret1", lastSeq: 4, on: second)
    stage.drop(second)
    let third = stage.connect()
    let again = stage.resume(session, "secret1", lastSeq: 4, on: third)
    #expect(third.resumed(again)?.secret == ResumeSecret(value: "secret3"))
    // What the second connection was given is void: it never arrived.
    let fourth = stage.connect()
    #expect(fourth.error(of: stage.resume(session, "secret2", lastSeq: 4, on: fourth)) == .sessionSecretInvalid)
    stage.send(.ping, on: third)
    let newest = stage.resume(session, "secret3", lastSeq: 4, on: fourth)
    #expect(fourth.resumed(newest)?.secret == ResumeSecret(value: "secret4"))
    let fifth = stage.connect()
    #expect(fifth.error(of: stage.resume(session, "secret1", lastSeq: 4, on: fifth)) == .sessionSecretInvalid)
    // A request about the session shows that secret4 arrived.
    stage.send(.extend(session: session), on: fourth)
    #expect(fifth.error(of: stage.resume(session, "secret3", lastSeq: 4, on: fifth)) == .sessionSecretInvalid)
    #expect(fifth.resumed(stage.resume(session, "secret4", lastSeq: 4, on: fifth)) != nil)
  }

}

extension Stage {
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
