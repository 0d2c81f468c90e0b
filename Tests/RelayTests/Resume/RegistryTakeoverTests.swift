// Checks who may take a session over, and what the others are told.
import AvatarProvider
import Basics
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryTakeoverTests {
  private let s1 = SessionID(rawValue: "s1")

  @Test("The connection that loses its only session is closed with takenOver, and loses nothing more by dropping")
  func takenOver() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    let second = fixture.connect()
    fixture.resume(session, "secret1", lastSeq: 4, on: second)
    #expect(first.closeCodes == [.takenOver])
    let late = fixture.send(.speak(session: session, .text("a"), options: [:]), on: first)
    #expect(first.error(of: late) == .sessionNotFound)
    fixture.drop(first)
    fixture.advance(.seconds(60))
    #expect(fixture.openSessions == 1)
    #expect(second.closeCodes.isEmpty)
  }

  @Test("A resume that a later one overtook moves nothing and changes no secret")
  func overtaken() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    fixture.drop(first)
    let (old, new) = (fixture.connect(), fixture.connect())
    let resume = Call.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 4)
    fixture.send(resume, id: 102, on: new)
    #expect(new.error(of: RequestID(102)) == nil)
    fixture.send(resume, id: 101, on: old)
    #expect(old.error(of: RequestID(101)) == .requestStale)
    #expect(new.closeCodes.isEmpty)
    let speak = fixture.send(.speak(session: session, .text("a"), options: [:]), id: 103, on: new)
    #expect(new.error(of: speak) == nil)
    fixture.send(.close(session: session), id: 104, on: new)
    let again = fixture.connect()
    let next = Call.resume(session: session, secret: ResumeSecret(value: "secret2"), lastSeq: 4)
    fixture.send(next, id: 106, on: again)
    #expect(again.error(of: RequestID(106)) == .sessionClosed)
    fixture.send(next, id: 105, on: old)
    #expect(old.error(of: RequestID(105)) == .requestStale)
  }

  @Test("A connection with other sessions is told of the one that it loses")
  func takenOverInPart() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let lost = fixture.live(on: first)
    let kept = fixture.live(on: first)
    let second = fixture.connect()
    fixture.resume(lost, "secret1", lastSeq: 4, on: second)
    #expect(first.closeCodes.isEmpty)
    #expect(first.events(of: lost).last == .closed(.takenOver, action: .stop))
    #expect(first.seqs(of: lost) == [1, 2, 3, 4, 5])
    fixture.send(.close(session: lost), on: second)
    #expect(second.seqs(of: lost) == [5, 6, 7])
    let extend = fixture.send(.extend(session: kept), on: first)
    #expect(first.error(of: extend) == nil)
    fixture.resume(kept, "secret2", lastSeq: 4, on: second)
    #expect(first.closeCodes == [.takenOver])
  }

  @Test("A connection may resume what it has; nothing is taken over")
  func sameConnection() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let (browser, session) = fixture.live()
    let resume = fixture.resume(session, "secret1", lastSeq: 3, on: browser)
    #expect(browser.resumed(resume)?.continuation == .replay(count: 1))
    #expect(browser.seqs(of: session) == [1, 2, 3, 4, 4])
    #expect(browser.closeCodes.isEmpty)
    // Sent again, it is answered from memory and does nothing.
    fixture.send(
      .resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 3), id: resume.value, on: browser)
    #expect(browser.answers(to: resume).count == 2)
    #expect(Set(browser.answers(to: resume)).count == 1)
    #expect(browser.seqs(of: session) == [1, 2, 3, 4, 4])
  }

  @Test("Wrong secrets are refused, and the fifth closes the connection")
  func wrongSecrets() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    let thief = fixture.connect()
    for count in 1...5 {
      #expect(thief.closeCodes.isEmpty)
      let resume = fixture.resume(session, "wrong\(count)", lastSeq: 0, on: thief)
      #expect(thief.error(of: resume) == .sessionSecretInvalid)
    }
    #expect(thief.closeCodes == [.secretsRefused])
    #expect(first.closeCodes.isEmpty)
    #expect(first.error(of: fixture.send(.extend(session: session), on: first)) == nil)
    #expect(!fixture.log.lines.contains { $0.contains("wrong1") || $0.contains("secret1") })
  }

  @Test("A session that is unknown, or still being opened, cannot be resumed")
  func unknown() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let second = fixture.connect()
    #expect(second.error(of: fixture.resume(s1, "secret1", lastSeq: 0, on: second)) == .sessionNotFound)
    fixture.offering.hold(.open)
    fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: first)
    #expect(second.error(of: fixture.resume(s1, "secret1", lastSeq: 0, on: second)) == .sessionNotFound)
    #expect(second.closeCodes.isEmpty)
    // Its connection drops: nobody has its secret, so it is closed as soon as it is there.
    fixture.drop(first)
    fixture.offering.release(.open)
    #expect(fixture.offering.count(.close) == 1)
    #expect(second.error(of: fixture.resume(s1, "secret1", lastSeq: 0, on: second)) == .sessionNotFound)
  }

  @Test("A session that is over says why, to whoever has its secret, and what became of its requests")
  func over() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    let speak = fixture.send(.speak(session: session, .text("a"), options: [:]), on: first)
    fixture.drop(first)
    fixture.advance(.seconds(30))
    #expect(fixture.openSessions == 0)
    let second = fixture.connect()
    let before = fixture.send(.speak(session: session, .text("a"), options: [:]), id: speak.value, on: second)
    #expect(second.error(of: before) == .sessionNotFound)
    #expect(second.error(of: fixture.resume(session, "wrong", lastSeq: 0, on: second)) == .sessionSecretInvalid)
    let third = fixture.connect()
    let resume = fixture.resume(session, "secret1", lastSeq: 0, on: third)
    guard case .error(_, let error) = third.answers(to: resume).first else {
      Issue.record("resumed")
      return
    }
    #expect(error.kind == .sessionClosed)
    #expect(error.end == .connectionLost)
    #expect(error.end?.action == .reconnect)
    fixture.send(.speak(session: session, .text("a"), options: [:]), id: speak.value, on: third)
    #expect(third.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: nil))])
    let late = fixture.send(.speak(session: session, .text("b"), options: [:]), on: third)
    #expect(third.error(of: late) == .sessionClosed)
    let close = fixture.send(.close(session: session), on: third)
    #expect(third.answers(to: close) == [.result(close, .empty)])
    fixture.advance(.seconds(601))
    let fourth = fixture.connect()
    #expect(fourth.error(of: fixture.resume(session, "secret1", lastSeq: 0, on: fourth)) == .sessionNotFound)
  }

  @Test("One that is being closed is resumed, and its end is told")
  func closing() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    fixture.offering.hold(.close)
    let close = fixture.send(.close(session: session), on: first)
    fixture.drop(first)
    let second = fixture.connect()
    fixture.resume(session, "secret1", lastSeq: 4, on: second)
    fixture.send(.close(session: session), id: close.value, on: second)
    fixture.offering.release(.close)
    #expect(second.answers(to: close) == [.result(close, .empty)])
    #expect(second.events(of: session) == [.state(.closing), .state(.closed), .closed(.client, action: .stop)])
    #expect(fixture.offering.count(.close) == 1)
  }

  @Test("The places of the new connection are counted")
  func places() {
    var fixture = RegistryFixture {
      $0.graceTime = .seconds(30)
      $0.maximumSessionsPerConnection = 1
    }
    let first = fixture.connect()
    let session = fixture.live(on: first)
    let second = fixture.connect()
    _ = fixture.live(on: second)
    #expect(second.error(of: fixture.resume(session, "secret1", lastSeq: 4, on: second)) == .sessionLimit)
    #expect(first.closeCodes.isEmpty)
    #expect(first.error(of: fixture.send(.extend(session: session), on: first)) == nil)
  }
}
