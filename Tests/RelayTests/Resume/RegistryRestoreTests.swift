// Checks that a session that was written down goes on in another life of the relay.
import AvatarProvider
import Basics
import Ledger
import SessionValues
import Signaling
import StrictJSON
import Testing

@testable import Relay

@Suite struct RegistryRestoreTests {
  private let session = SessionID(rawValue: "s1")

  /// A live session with one talk that was spoken and one that still runs, as it was written down.
  private func snapshot(_ change: (inout SessionSnapshot) -> Void = { _ in }) throws -> SessionSnapshot {
    var fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    let (browser, session) = fixture.live()
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    fixture.offering.hold(.speak)
    fixture.send(.speak(session: session, .text("b"), options: [:]), on: browser)
    fixture.advance(.seconds(100))
    var snapshot = try #require(fixture.snapshot(of: session))
    change(&snapshot)
    return snapshot
  }

  private func fingerprint(_ text: String, _ request: Int64) -> ScriptFingerprint {
    ScriptFingerprint(of: Script(.text(text)), session: session.rawValue, request: request)
  }

  private func restored(_ snapshot: SessionSnapshot, on fixture: RegistryFixture) -> Bool {
    fixture.registry.assumeIsolated { $0.restore(snapshot) }
  }

  @Test("What is written down is what another life needs, and no secret")
  func content() throws {
    let snapshot = try snapshot()
    #expect(snapshot.session == session)
    #expect(snapshot.provider == "offering")
    #expect(snapshot.secrets == .settled(SecretDigest(of: ResumeSecret(value: "secret1"))))
    #expect(snapshot.handle.id == "up1")
    #expect(snapshot.negotiation == .providerOffers)
    #expect(snapshot.phase == .live)
    #expect(snapshot.lastSeq == 0, "its client may have been told more than is written down")
    #expect(snapshot.highestRequest == RequestID(5))
    #expect(
      snapshot.speaks == [
        .init(request: RequestID(4), fingerprint: fingerprint("a", 4), fate: .accepted(talk: "t1", durationMs: nil)),
        .init(request: RequestID(5), fingerprint: fingerprint("b", 5), fate: .unknown),
      ])
    #expect(snapshot.idleLimit == .seconds(300))
    #expect(snapshot.idleLeft == .seconds(200))
    #expect(snapshot.lifetimeLeft == nil)
    #expect(!String(reflecting: snapshot).contains("secret1"))
  }

  @Test("A talk that is under way still is")
  func talkUnderWay() throws {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let snapshot = try snapshot { snapshot in
      snapshot.speaks[0].fate = .accepted(talk: "t1", durationMs: 400_000)
    }
    // A hundred of its seconds have passed.
    #expect(restored(snapshot, on: fixture))
    let browser = fixture.connect()
    let resume = fixture.send(
      .resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 8), id: 30, on: browser)
    guard case .resync(let state) = browser.resumed(resume)?.continuation else {
      Issue.record("no resync")
      return
    }
    #expect(state.expiresInMs == 300_000)
    fixture.advance(.milliseconds(599_999))
    #expect(fixture.openSessions == 1)
    fixture.advance(.milliseconds(1))
    #expect(fixture.openSessions == 0)
  }

  @Test("Its client is told how it stands, and each request is answered, carried out, or of unknown fate")
  func resumed() throws {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    #expect(restored(try snapshot(), on: fixture))
    #expect(!restored(try snapshot(), on: fixture), "it is there already")
    #expect(fixture.openSessions == 1)
    let browser = fixture.connect()
    // The client has seen more than was written down.
    let resume = fixture.send(
      .resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 8), id: 30, on: browser)
    guard case .resync(let snapshot) = browser.resumed(resume)?.continuation else {
      Issue.record("no resync")
      return
    }
    #expect(
      snapshot
        == ResyncState(
          seq: 8, state: .live, talks: [.init(talk: "t1", phase: .unknown, durationMs: nil)], iceState: .connected,
          expiresInMs: 200_000, dataChannel: nil))
    for (id, text) in [(4, "a"), (5, "b"), (2, "older than what is remembered")] {
      fixture.send(.speak(session: session, .text(text), options: [:]), id: Int64(id), on: browser)
    }
    #expect(browser.answers(to: RequestID(4)) == [.result(RequestID(4), .talk(id: "t1", durationMs: nil))])
    #expect(browser.error(of: RequestID(5)) == .talkUnknown)
    #expect(browser.error(of: RequestID(2)) == .talkUnknown)
    #expect(fixture.offering.count(.speak) == 0)
    fixture.send(.candidate(session: session, nil), id: 3, on: browser)
    #expect(browser.answers(to: RequestID(3)) == [.result(RequestID(3), .empty)])
    let fresh = fixture.send(.speak(session: session, .text("c"), options: [:]), id: 31, on: browser)
    guard case .result(_, .talk(let talk, _), _) = browser.answers(to: fresh).first else {
      Issue.record("not spoken")
      return
    }
    #expect(browser.seqs(of: session) == [9])
    #expect(browser.events(of: session) == [.talk(id: talk, .accepted(durationMs: nil))])
    fixture.send(.report(session: session, .dataChannelMessage("stop t1")), on: browser)
    #expect(browser.events(of: session).last == .talk(id: "t1", .ended(estimated: false)))
  }

  @Test("An id that was used for other words, or for another call, is a conflict in another life too")
  func otherWords() throws {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    #expect(restored(try snapshot(), on: fixture))
    let browser = fixture.connect()
    fixture.send(.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 8), id: 30, on: browser)
    for call in [
      Call.speak(session: session, .text("c"), options: [:]), .speak(session: session, .ssml("a"), options: [:]),
      .speak(session: session, .text("a"), options: ["voice": "b"]), .interrupt(session: session, talk: nil),
      .close(session: session),
    ] {
      for id in [4, 5] as [Int64] {
        fixture.send(call, id: id, on: browser)
        guard case .error(_, let error) = browser.answers(to: RequestID(id)).last else {
          Issue.record("\(call) was carried out")
          continue
        }
        #expect(error.kind == .requestConflict)
      }
    }
    #expect(fixture.offering.count(.speak) == 0 && fixture.openSessions == 1)
    fixture.send(.speak(session: session, .text("a"), options: [:]), id: 4, on: browser)
    #expect(browser.answers(to: RequestID(4)).last == .result(RequestID(4), .talk(id: "t1", durationMs: nil)))
  }

  @Test("The order of options does not make other words, their content does")
  func orderOfOptions() {
    func mark(_ options: JSONObject) -> ScriptFingerprint {
      ScriptFingerprint(of: Script(.text("a"), options: options), session: session.rawValue, request: 1)
    }
    let voice: JSONObject = ["voice": ["id": "v", "style": "s"], "speed": 1]
    #expect(mark(voice) == mark(["speed": 1, "voice": ["style": "s", "id": "v"]]))
    #expect(mark(voice) != mark(["speed": 2, "voice": ["style": "s", "id": "v"]]))
    #expect(mark(["list": [1, 2]]) != mark(["list": [2, 1]]))
  }

  @Test("A resync comes even where the numbers seem to fit: they are two lives' numbers")
  func numbersOfTwoLives() throws {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    #expect(restored(try snapshot(), on: fixture))
    fixture.offering.hold(.close)
    fixture.advance(.seconds(30))
    let browser = fixture.connect()
    let resume = fixture.resume(session, "secret1", lastSeq: 6, on: browser)
    guard case .resync(let snapshot) = browser.resumed(resume)?.continuation else {
      Issue.record("no resync")
      return
    }
    #expect(snapshot.state == .closing)
    #expect(snapshot.seq == 6)
    fixture.offering.release(.close)
    #expect(browser.events(of: session).last == .closed(.connectionLost, action: .reconnect))
  }

  @Test("Nobody comes: it is closed at its provider when the grace is over, and says why to who comes later")
  func nobodyComes() throws {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    #expect(restored(try snapshot(), on: fixture))
    fixture.advance(.milliseconds(29_999))
    #expect(fixture.offering.count(.close) == 0)
    fixture.advance(.milliseconds(1))
    #expect(fixture.offering.journal == ["close up1"])
    let browser = fixture.connect()
    #expect(browser.error(of: fixture.resume(session, "secret1", lastSeq: 0, on: browser)) == .sessionClosed)
    #expect(fixture.clock.sleeperCount == 0)
  }

  @Test("Limits go on where they were")
  func limits() throws {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    let snapshot = try snapshot {
      $0.idleLeft = .seconds(40)
      $0.lifetimeLeft = .seconds(50)
    }
    #expect(restored(snapshot, on: fixture))
    let browser = fixture.connect()
    fixture.resume(session, "secret1", lastSeq: 5, on: browser)
    fixture.advance(.seconds(10))
    #expect(browser.events(of: session).first == .expiring(cause: .idle, inMs: 30_000, extendable: true))
    fixture.send(.extend(session: session), on: browser)
    fixture.advance(.seconds(40))
    #expect(browser.events(of: session).last == .closed(.lifetime, action: .reconnect))
  }

  @Test("A session of a provider that is not there, or in a relay that leaves, is not taken up")
  func refused() throws {
    let fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    #expect(!restored(try snapshot { $0.provider = "other" }, on: fixture))
    _ = fixture.drain(within: .seconds(1))
    #expect(!restored(try snapshot(), on: fixture))
    #expect(fixture.openSessions == 0)
  }

  @Test("Only an open session is written down, an answer on its way as one that may be sent again")
  func states() {
    var fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    let browser = fixture.connect()
    func snapshot() -> SessionSnapshot? { fixture.snapshot(of: session) }
    #expect(snapshot() == nil)
    fixture.offering.hold(.open, .describe, .close)
    fixture.send(.open(provider: "offering", avatar: nil, options: [:]), on: browser)
    #expect(snapshot() == nil)
    fixture.offering.release(.open)
    #expect(snapshot()?.phase == .offered)
    fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(snapshot()?.phase == .offered)
    fixture.offering.release(.describe)
    #expect(snapshot()?.phase == .connecting)
    fixture.send(.close(session: session), on: browser)
    #expect(snapshot() == nil)
  }

  @Test("An answer that may have been lost is sent again")
  func resentAnswer() throws {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    #expect(restored(try snapshot { $0.phase = .offered }, on: fixture))
    let browser = fixture.connect()
    fixture.send(.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 5), id: 30, on: browser)
    fixture.send(.answer(session: session, .sampleAnswer), id: 2, on: browser)
    #expect(browser.answers(to: RequestID(2)) == [.result(RequestID(2), .empty)])
    #expect(fixture.offering.journal == ["describe answer"])
  }
}
