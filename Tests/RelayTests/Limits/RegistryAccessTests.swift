// Checks what the registry does about permits; the gate is made up.
import Basics
import Signaling
import StrictJSON
import Testing

@testable import Relay

@Suite struct RegistryAccessTests {
  /// Believes every token: its text is the subject, good for 60 seconds, with a budget of 100; "bad" is refused. After an
  /// `@` stands when it was made.
  private struct Gate: AccessGate {
    func permit(
      for token: JoinToken, from origin: String?, at now: MonotonicInstant
    ) throws(SignalingError) -> Permit {
      guard token.value != "bad" else { throw SignalingError(.accessDenied, "made up") }
      let parts = token.value.split(separator: "@")
      return Permit(
        subject: String(parts[0]), expiry: now.advanced(by: .seconds(60)), issuedAt: parts.count == 2 ? Double(parts[1]) : nil,
        providers: ["offering", "awaiting"],
        avatars: ["anna", "b*"], budget: .seconds(100))
    }
  }

  private func kind(_ connection: MadeUpConnection, _ request: RequestID) -> ErrorKind? {
    guard case .error(_, let error) = connection.answers(to: request).first else { return nil }
    return error.kind
  }

  @Test func tokenComesFirst() {
    var fixture = RegistryFixture(gate: Gate())
    let connection = fixture.connect()
    let early = fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connection)
    #expect(kind(connection, early) == .accessRequired)
    let ping = fixture.send(.ping, on: connection)
    #expect(kind(connection, ping) == nil)
    let shown = fixture.send(.authorize(JoinToken(value: "a")), on: connection)
    #expect(kind(connection, shown) == nil)
    let opened = fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connection)
    #expect(kind(connection, opened) == nil)
    #expect(fixture.openSessions == 1)
  }

  @Test func avatarIsJudgedHoweverItIsNamed() {
    var fixture = RegistryFixture(gate: Gate())
    let connection = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: connection)
    for (provider, avatar, options, expected) in [
      ("roomy", "anna", [:], ErrorKind.accessForbidden), ("offering", nil, [:], .accessForbidden),
      ("offering", "eve", [:], .accessForbidden), ("offering", nil, ["face": "eve"], .accessForbidden),
      ("offering", nil, ["face": "bob"], nil), ("awaiting", "b", [:], nil),
    ] as [(String, String?, JSONObject, ErrorKind?)] {
      let request = fixture.send(.open(provider: provider, avatar: avatar, options: options), on: connection)
      #expect(kind(connection, request) == expected, "\(provider) \(avatar ?? "none")")
    }
  }

  @Test func sessionThatIsStillBeingOpenedEndsWithTheToken() {
    var fixture = RegistryFixture(gate: Gate())
    let connection = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: connection)
    fixture.offering.hold(.open)
    let request = fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connection)
    fixture.advance(.seconds(71))
    #expect(kind(connection, request) == .accessExpired)
    _ = fixture.offering.release(.open)
    fixture.executor.run()
    #expect(fixture.openSessions == 0)
  }

  @Test func budgetIsSharedByTheSubjectsConnections() {
    var fixture = RegistryFixture(gate: Gate())
    let connections = [fixture.connect(), fixture.connect()]
    for connection in connections {
      fixture.send(.authorize(JoinToken(value: "a")), on: connection)
      fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connection)
    }
    let other = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "b")), on: other)
    fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: other)
    fixture.advance(.seconds(49))
    #expect(fixture.openSessions == 3)
    fixture.advance(.seconds(1))
    #expect(fixture.openSessions == 1)
    let late = fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connections[0])
    #expect(kind(connections[0], late) == .accessBudget)
  }

  @Test func droppedConnectionsStopCounting() {
    var fixture = RegistryFixture(gate: Gate())
    let first = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: first)
    fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: first)
    fixture.advance(.seconds(30))
    fixture.drop(first)
    #expect(fixture.openSessions == 0)
    fixture.advance(.seconds(500))
    let second = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: second)
    let anew = fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: second)
    #expect(kind(second, anew) == nil)
  }

  @Test func anOlderTokenReplacesNoNewerOne() {
    var fixture = RegistryFixture(gate: Gate())
    let connection = fixture.connect()
    func show(_ token: String) -> String? {
      let request = fixture.send(.authorize(JoinToken(value: token)), on: connection)
      guard case .error(_, let error) = connection.answers(to: request).first else { return nil }
      return error.message
    }
    #expect(show("a@20") == nil)
    #expect(show("a@10") == "superseded" && show("a") == "superseded")
    #expect(show("a@21") == nil && show("a@21") == nil)
    #expect(connection.closeCodes.isEmpty)
    // Nor does one whose place is free again.
    fixture.advance(.seconds(75))
    #expect(show("a@20") == "superseded" && show("a@22") == nil)
  }

  @Test func wrongTokensCountOnAGrantedConnectionToo() {
    var fixture = RegistryFixture(gate: Gate())
    let connections = [fixture.connect(), fixture.connect()]
    func show(_ token: String, on connection: MadeUpConnection) {
      fixture.send(.authorize(JoinToken(value: token)), on: connection)
    }
    for connection in connections { show("a@1", on: connection) }
    for token in ["bad", "bad", "a@1", "a@2", "bad", "bad"] { show(token, on: connections[0]) }
    #expect(connections[0].closeCodes.isEmpty)
    show("bad", on: connections[0])
    #expect(connections[0].closeCodes == [.accessDenied])
    // The same good token in between makes no new beginning.
    for token in ["bad", "a@1", "bad", "a@1", "bad"] { show(token, on: connections[1]) }
    #expect(connections[1].closeCodes == [.accessDenied])
  }

  @Test func logShowsNoToken() {
    var fixture = RegistryFixture(gate: Gate())
    let connection = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "bad")), on: connection)
    fixture.send(.authorize(JoinToken(value: "canary-token")), on: connection)
    #expect(!"\(Call.authorize(JoinToken(value: "canary-token")))".contains("canary"))
    #expect(fixture.log.lines.contains { $0.contains("made up") })
    #expect(!fixture.log.lines.contains { $0.contains("canary") })
  }

  @Test("A session is resumed by its subject only, with a token that is good and allows its provider")
  func resume() {
    var fixture = RegistryFixture(gate: Gate()) { $0.graceTime = .seconds(30) }
    let first = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: first)
    let open = fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: first)
    #expect(kind(first, open) == nil)
    let session = SessionID(rawValue: "s1")
    let second = fixture.connect()
    #expect(kind(second, fixture.resume(session, "secret1", lastSeq: 1, on: second)) == .accessRequired)
    fixture.send(.authorize(JoinToken(value: "b")), on: second)
    #expect(kind(second, fixture.resume(session, "secret1", lastSeq: 1, on: second)) == .accessForbidden)
    #expect(first.closeCodes.isEmpty)
    fixture.drop(first)
    fixture.advance(.seconds(20))
    let third = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: third)
    #expect(third.resumed(fixture.resume(session, "secret1", lastSeq: 1, on: third)) != nil)
    // The new token counts: the first one's end, 70 s after the beginning, passes without notice; then its own strikes.
    fixture.advance(.seconds(69))
    #expect(fixture.openSessions == 1)
    fixture.advance(.seconds(1))
    #expect(fixture.openSessions == 0)
    #expect(third.events(of: session).last == .closed(.access, action: .reconnect))
    // Over, it is still nobody else's to ask about.
    let fourth = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "b")), on: fourth)
    #expect(kind(fourth, fixture.resume(session, "secret2", lastSeq: 1, on: fourth)) == .accessForbidden)
  }

  @Test("The budget goes on while nobody is there, and a restored session counts for its subject again")
  func budgetOfDetached() throws {
    var fixture = RegistryFixture(gate: Gate(), keepsLedger: true) { $0.graceTime = .seconds(300) }
    let first = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: first)
    fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: first)
    let session = SessionID(rawValue: "s1")
    let snapshot = try #require(fixture.snapshot(of: session))
    #expect(snapshot.subject == "a")
    // Two sessions use 100 seconds up in 50.
    fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: first)
    fixture.drop(first)
    fixture.advance(.milliseconds(49_999))
    #expect(fixture.openSessions == 2)
    fixture.advance(.milliseconds(1))
    #expect(fixture.openSessions == 0)

    var later = RegistryFixture(gate: Gate()) { $0.graceTime = .seconds(30) }
    #expect(later.registry.assumeIsolated { $0.restore(snapshot) })
    let second = later.connect()
    later.send(.authorize(JoinToken(value: "a")), on: second)
    #expect(second.resumed(later.resume(session, "secret1", lastSeq: 1, on: second)) != nil)
    later.advance(.seconds(50))
    later.send(.authorize(JoinToken(value: "a")), on: second)
    later.advance(.seconds(50))
    #expect(second.events(of: session).last == .closed(.budget, action: .stop))
  }

  @Test("Without a connection a session lives no longer than its token lets it")
  func tokenOfDetached() {
    var fixture = RegistryFixture(gate: Gate()) { $0.graceTime = .seconds(300) }
    let first = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: first)
    fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: first)
    fixture.advance(.seconds(20))
    fixture.drop(first)
    // 60 s and a grace of 10.
    fixture.advance(.milliseconds(49_999))
    #expect(fixture.openSessions == 1)
    fixture.advance(.milliseconds(1))
    #expect(fixture.openSessions == 0)
    let second = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: second)
    let resume = fixture.resume(SessionID(rawValue: "s1"), "secret1", lastSeq: 1, on: second)
    #expect(second.signalingError(of: resume)?.end == .access)
  }

  @Test("A connection that is closed for its tokens leaves no session that would have to be paid for")
  func refusedTokensEndSessions() {
    var fixture = RegistryFixture(gate: Gate()) { $0.graceTime = .seconds(300) }
    let connection = fixture.connect()
    fixture.send(.authorize(JoinToken(value: "a")), on: connection)
    fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connection)
    for _ in 1...3 { fixture.send(.authorize(JoinToken(value: "bad")), on: connection) }
    #expect(connection.closeCodes == [.accessDenied])
    #expect(fixture.openSessions == 0 && fixture.offering.count(.close) == 1)
  }

  @Test("Two subjects that only look the same are two")
  func subjectsByBytes() {
    var fixture = RegistryFixture(gate: Gate()) { limits in
      limits.graceTime = .seconds(30)
      limits.maximumSessionsPerSubject = 1
    }
    let connections = ["\u{e9}", "e\u{301}"].map { subject in
      let connection = fixture.connect()
      fixture.send(.authorize(JoinToken(value: subject)), on: connection)
      let open = fixture.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connection)
      #expect(connection.opened(open) != nil)
      return connection
    }
    #expect(fixture.openSessions == 2)
    let other = fixture.resume(SessionID(rawValue: "s1"), "secret1", lastSeq: 1, on: connections[1])
    #expect(connections[1].error(of: other) == .accessForbidden)
    let changed = fixture.send(.authorize(JoinToken(value: "e\u{301}")), on: connections[0])
    #expect(connections[0].signalingError(of: changed)?.message == "subjectChanged")
  }
}
