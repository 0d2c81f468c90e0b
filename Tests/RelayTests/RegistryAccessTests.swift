// What the registry does about permits; the gate is made up.
import Signaling
import StrictJSON
import Testing
import Timekeeping

@testable import Relay

@Suite struct RegistryAccessTests {
  /// Believes every token: its text is the subject, good for 60 seconds, with a budget of 100; "bad" is refused.
  private struct Gate: AccessGate {
    func permit(
      for token: JoinToken, from origin: String?, at now: MonotonicInstant
    ) throws(SignalingError) -> Permit {
      guard token.value != "bad" else { throw SignalingError(.accessDenied, "made up") }
      return Permit(
        subject: token.value, expiry: now.advanced(by: .seconds(60)), providers: ["offering", "awaiting"],
        avatars: ["anna", "b*"], budget: .seconds(100))
    }
  }

  private func kind(_ connection: MadeUpConnection, _ request: RequestID) -> ErrorKind? {
    guard case .error(_, let error) = connection.answers(to: request).first else { return nil }
    return error.kind
  }

  @Test func tokenComesFirst() {
    var stage = Stage(gate: Gate())
    let connection = stage.connect()
    let early = stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connection)
    #expect(kind(connection, early) == .accessRequired)
    let ping = stage.send(.ping, on: connection)
    #expect(kind(connection, ping) == nil)
    let shown = stage.send(.authorize(JoinToken(value: "a")), on: connection)
    #expect(kind(connection, shown) == nil)
    let opened = stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connection)
    #expect(kind(connection, opened) == nil)
    #expect(stage.openSessions == 1)
  }

  @Test func avatarIsJudgedHoweverItIsNamed() {
    var stage = Stage(gate: Gate())
    let connection = stage.connect()
    stage.send(.authorize(JoinToken(value: "a")), on: connection)
    for (provider, avatar, options, expected) in [
      ("roomy", "anna", [:], ErrorKind.accessForbidden), ("offering", nil, [:], .accessForbidden),
      ("offering", "eve", [:], .accessForbidden), ("offering", nil, ["face": "eve"], .accessForbidden),
      ("offering", nil, ["face": "bob"], nil), ("awaiting", "b", [:], nil),
    ] as [(String, String?, JSONObject, ErrorKind?)] {
      let request = stage.send(.open(provider: provider, avatar: avatar, options: options), on: connection)
      #expect(kind(connection, request) == expected, "\(provider) \(avatar ?? "none")")
    }
  }

  @Test func sessionThatIsStillBeingOpenedEndsWithTheToken() {
    var stage = Stage(gate: Gate())
    let connection = stage.connect()
    stage.send(.authorize(JoinToken(value: "a")), on: connection)
    stage.offering.hold(.open)
    let request = stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connection)
    stage.advance(.seconds(71))
    #expect(kind(connection, request) == .accessExpired)
    _ = stage.offering.release(.open)
    stage.executor.run()
    #expect(stage.openSessions == 0)
  }

  @Test func budgetIsSharedByTheSubjectsConnections() {
    var stage = Stage(gate: Gate())
    let connections = [stage.connect(), stage.connect()]
    for connection in connections {
      stage.send(.authorize(JoinToken(value: "a")), on: connection)
      stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connection)
    }
    let other = stage.connect()
    stage.send(.authorize(JoinToken(value: "b")), on: other)
    stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: other)
    stage.advance(.seconds(49))
    #expect(stage.openSessions == 3)
    stage.advance(.seconds(1))
    #expect(stage.openSessions == 1)
    let late = stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: connections[0])
    #expect(kind(connections[0], late) == .accessBudget)
  }

  @Test func droppedConnectionsStopCounting() {
    var stage = Stage(gate: Gate())
    let first = stage.connect()
    stage.send(.authorize(JoinToken(value: "a")), on: first)
    stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: first)
    stage.advance(.seconds(30))
    stage.drop(first)
    #expect(stage.openSessions == 0)
    stage.advance(.seconds(500))
    let second = stage.connect()
    stage.send(.authorize(JoinToken(value: "a")), on: second)
    let anew = stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: second)
    #expect(kind(second, anew) == nil)
  }

  @Test func logShowsNoToken() {
    var stage = Stage(gate: Gate())
    let connection = stage.connect()
    stage.send(.authorize(JoinToken(value: "bad")), on: connection)
    stage.send(.authorize(JoinToken(value: "canary-token")), on: connection)
    #expect(!"\(Call.authorize(JoinToken(value: "canary-token")))".contains("canary"))
    #expect(stage.log.lines.contains { $0.contains("made up") })
    #expect(!stage.log.lines.contains { $0.contains("canary") })
  }

  @Test("A session is resumed by its subject only, with a token that is good and allows its provider")
  func resume() {
    var stage = Stage(gate: Gate()) { $0.graceTime = .seconds(30) }
    let first = stage.connect()
    stage.send(.authorize(JoinToken(value: "a")), on: first)
    let open = stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: first)
    #expect(kind(first, open) == nil)
    let session = SessionID(rawValue: "s1")
    let second = stage.connect()
    #expect(kind(second, stage.resume(session, "secret1", lastSeq: 1, on: second)) == .accessRequired)
    stage.send(.authorize(JoinToken(value: "b")), on: second)
    #expect(kind(second, stage.resume(session, "secret1", lastSeq: 1, on: second)) == .accessForbidden)
    #expect(first.closeCodes.isEmpty)
    stage.drop(first)
    stage.advance(.seconds(20))
    let third = stage.connect()
    stage.send(.authorize(JoinToken(value: "a")), on: third)
    #expect(third.resumed(stage.resume(session, "secret1", lastSeq: 1, on: third)) != nil)
    // The new token counts: the first one's end, 70 s after the beginning, passes without notice; then its own strikes.
    stage.advance(.seconds(69))
    #expect(stage.openSessions == 1)
    stage.advance(.seconds(1))
    #expect(stage.openSessions == 0)
    #expect(third.events(of: session).last == .closed(.access, action: .reconnect))
    // Over, it is still nobody else's to ask about.
    let fourth = stage.connect()
    stage.send(.authorize(JoinToken(value: "b")), on: fourth)
    #expect(kind(fourth, stage.resume(session, "secret2", lastSeq: 1, on: fourth)) == .accessForbidden)
  }

  @Test("The budget goes on while nobody is there, and a restored session counts for its subject again")
  func budgetOfDetached() throws {
    var stage = Stage(gate: Gate()) { $0.graceTime = .seconds(300) }
    let first = stage.connect()
    stage.send(.authorize(JoinToken(value: "a")), on: first)
    stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: first)
    let session = SessionID(rawValue: "s1")
    let memento = try #require(stage.registry.assumeIsolated { $0.memento(of: session) })
    #expect(memento.subject == "a")
    // Two sessions use 100 seconds up in 50.
    stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: first)
    stage.drop(first)
    stage.advance(.milliseconds(49_999))
    #expect(stage.openSessions == 2)
    stage.advance(.milliseconds(1))
    #expect(stage.openSessions == 0)

    var later = Stage(gate: Gate()) { $0.graceTime = .seconds(30) }
    #expect(later.registry.assumeIsolated { $0.restore(memento) })
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
    var stage = Stage(gate: Gate()) { $0.graceTime = .seconds(300) }
    let first = stage.connect()
    stage.send(.authorize(JoinToken(value: "a")), on: first)
    stage.send(.open(provider: "offering", avatar: "anna", options: [:]), on: first)
    stage.advance(.seconds(20))
    stage.drop(first)
    // 60 s and a grace of 10.
    stage.advance(.milliseconds(49_999))
    #expect(stage.openSessions == 1)
    stage.advance(.milliseconds(1))
    #expect(stage.openSessions == 0)
  }
}
