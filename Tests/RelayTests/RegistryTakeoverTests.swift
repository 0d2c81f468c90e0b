// Who may take a session over, and what the others are told.
import AvatarProvider
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct RegistryTakeoverTests {
  private let s1 = SessionID(rawValue: "s1")

  @Test("The connection that loses its only session is closed with takenOver, and loses nothing more by dropping")
  func takenOver() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    let second = stage.connect()
    stage.resume(session, "secret1", lastSeq: 4, on: second)
    #expect(first.closeCodes == [.takenOver])
    let late = stage.send(.speak(session: session, .text("a"), options: [:]), on: first)
    #expect(first.error(of: late) == .sessionNotFound)
    stage.drop(first)
    stage.advance(.seconds(60))
    #expect(stage.openSessions == 1)
    #expect(second.closeCodes.isEmpty)
  }

  @Test("A resume that a later one overtook moves nothing and changes no secret")
  func overtaken() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    stage.drop(first)
    let (old, new) = (stage.connect(), stage.connect())
    let resume = Call.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 4)
    stage.send(resume, id: 102, on: new)
    #expect(new.error(of: RequestID(102)) == nil)
    stage.send(resume, id: 101, on: old)
    #expect(old.error(of: RequestID(101)) == .requestStale)
    #expect(new.closeCodes.isEmpty)
    let speak = stage.send(.speak(session: session, .text("a"), options: [:]), id: 103, on: new)
    #expect(new.error(of: speak) == nil)
    stage.send(.close(session: session), id: 104, on: new)
    let again = stage.connect()
    let next = Call.resume(session: session, secret: ResumeSecret(value: "secret2"), lastSeq: 4)
    stage.send(next, id: 106, on: again)
    #expect(again.error(of: RequestID(106)) == .sessionClosed)
    stage.send(next, id: 105, on: old)
    #expect(old.error(of: RequestID(105)) == .requestStale)
  }

  @Test("A connection with other sessions is told of the one that it loses")
  func takenOverInPart() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let lost = stage.live(on: first)
    let kept = stage.live(on: first)
    let second = stage.connect()
    stage.resume(lost, "secret1", lastSeq: 4, on: second)
    #expect(first.closeCodes.isEmpty)
    #expect(first.events(of: lost).last == .closed(.takenOver, action: .stop))
    #expect(first.seqs(of: lost) == [1, 2, 3, 4, 5])
    stage.send(.close(session: lost), on: second)
    #expect(second.seqs(of: lost) == [5, 6, 7])
    let extend = stage.send(.extend(session: kept), on: first)
    #expect(first.error(of: extend) == nil)
    stage.resume(kept, "secret2", lastSeq: 4, on: second)
    #expect(first.closeCodes == [.takenOver])
  }

  @Test("A connection may resume what it has; nothing is taken over")
  func sameConnection() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let (browser, session) = stage.live()
    let resume = stage.resume(session, "secret1", lastSeq: 3, on: browser)
    #expect(browser.resumed(resume)?.continuation == .replay(count: 1))
    #expect(browser.seqs(of: session) == [1, 2, 3, 4, 4])
    #expect(browser.closeCodes.isEmpty)
    // Sent again, it is answered from memory and does nothing.
    stage.send(
      .resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 3), id: resume.value, on: browser)
    #expect(browser.answers(to: resume).count == 2)
    #expect(Set(browser.answers(to: resume)).count == 1)
    #expect(browser.seqs(of: session) == [1, 2, 3, 4, 4])
  }

  @Test("Wrong secrets are refused, and the fifth closes the connection")
  func wrongSecrets() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    let thief = stage.connect()
    for count in 1...5 {
      #expect(thief.closeCodes.isEmpty)
      let resume = stage.resume(session, "wrong\(count)", lastSeq: 0, on: thief)
      #expect(thief.error(of: resume) == .sessionSecretInvalid)
    }
    #expect(thief.closeCodes == [.secretsRefused])
    #expect(first.closeCodes.isEmpty)
    #expect(first.error(of: stage.send(.extend(session: session), on: first)) == nil)
    #expect(!stage.log.lines.contains { $0.contains("wrong1") || $0.contains("secret1") })
  }

  @Test("A session that is unknown, or still being opened, cannot be resumed")
  func unknown() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let second = stage.connect()
    #expect(second.error(of: stage.resume(s1, "secret1", lastSeq: 0, on: second)) == .sessionNotFound)
    stage.offering.hold(.open)
    stage.send(.open(provider: "offering", avatar: nil, options: [:]), on: first)
    #expect(second.error(of: stage.resume(s1, "secret1", lastSeq: 0, on: second)) == .sessionNotFound)
    #expect(second.closeCodes.isEmpty)
    // Its connection drops: nobody has its secret, so it is closed as soon as it is there.
    stage.drop(first)
    stage.offering.release(.open)
    #expect(stage.offering.count(.close) == 1)
    #expect(second.error(of: stage.resume(s1, "secret1", lastSeq: 0, on: second)) == .sessionNotFound)
  }

  @Test("A session that is over says why, to whoever has its secret, and what became of its requests")
  func over() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    let speak = stage.send(.speak(session: session, .text("a"), options: [:]), on: first)
    stage.drop(first)
    stage.advance(.seconds(30))
    #expect(stage.openSessions == 0)
    let second = stage.connect()
    let before = stage.send(.speak(session: session, .text("a"), options: [:]), id: speak.value, on: second)
    #expect(second.error(of: before) == .sessionNotFound)
    #expect(second.error(of: stage.resume(session, "wrong", lastSeq: 0, on: second)) == .sessionSecretInvalid)
    let third = stage.connect()
    let resume = stage.resume(session, "secret1", lastSeq: 0, on: third)
    guard case .error(_, let error) = third.answers(to: resume).first else {
      Issue.record("resumed")
      return
    }
    #expect(error.kind == .sessionClosed)
    #expect(error.end == .connectionLost)
    #expect(error.end?.action == .reconnect)
    stage.send(.speak(session: session, .text("a"), options: [:]), id: speak.value, on: third)
    #expect(third.answers(to: speak) == [.result(speak, .talk(id: "t1", durationMs: nil))])
    let late = stage.send(.speak(session: session, .text("b"), options: [:]), on: third)
    #expect(third.error(of: late) == .sessionClosed)
    let close = stage.send(.close(session: session), on: third)
    #expect(third.answers(to: close) == [.result(close, .empty)])
    stage.advance(.seconds(601))
    let fourth = stage.connect()
    #expect(fourth.error(of: stage.resume(session, "secret1", lastSeq: 0, on: fourth)) == .sessionNotFound)
  }

  @Test("One that is being closed is resumed, and its end is told")
  func closing() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    let session = stage.live(on: first)
    stage.offering.hold(.close)
    let close = stage.send(.close(session: session), on: first)
    stage.drop(first)
    let second = stage.connect()
    stage.resume(session, "secret1", lastSeq: 4, on: second)
    stage.send(.close(session: session), id: close.value, on: second)
    stage.offering.release(.close)
    #expect(second.answers(to: close) == [.result(close, .empty)])
    #expect(second.events(of: session) == [.state(.closing), .state(.closed), .closed(.client, action: .stop)])
    #expect(stage.offering.count(.close) == 1)
  }

  @Test("The places of the new connection are counted")
  func places() {
    var stage = Stage {
      $0.graceTime = .seconds(30)
      $0.maximumSessionsPerConnection = 1
    }
    let first = stage.connect()
    let session = stage.live(on: first)
    let second = stage.connect()
    _ = stage.live(on: second)
    #expect(second.error(of: stage.resume(session, "secret1", lastSeq: 4, on: second)) == .sessionLimit)
    #expect(first.closeCodes.isEmpty)
    #expect(first.error(of: stage.send(.extend(session: session), on: first)) == nil)
  }
}
