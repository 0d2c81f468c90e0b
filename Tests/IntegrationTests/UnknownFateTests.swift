// An answer that does not say what became of a call is never taken for "nothing happened".
import Foundation
import MockProvider
import StrictJSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct UnknownFateTests {
  private static let anna = "https://avatar.example/anna.png"

  /// What comes back from a call that was carried out.
  enum Reply: Sendable, CaseIterable, CustomStringConvertible {
    case requestTimeout, serverError, badGateway, unavailable, gatewayTimeout, unreadable, lost

    var effect: Fault.Effect {
      switch self {
      case .requestTimeout: .answer(status: 408, body: nil)
      case .serverError: .answer(status: 500, body: ["message": "Internal server error"])
      case .badGateway: .answer(status: 502, body: nil)
      case .unavailable: .answer(status: 503, body: nil)
      case .gatewayTimeout: .answer(status: 504, body: nil)
      case .unreadable: .answer(status: 200, body: "what?")
      case .lost: .drop
      }
    }

    func fault(_ call: CallName) -> Fault {
      var fault = Fault(.call(call), effect)
      fault.takesEffect = true
      return fault
    }

    var description: String { "\(effect)" }
  }

  /// Who is asked to open a session, and by what.
  struct Opening: Sendable, CustomStringConvertible {
    let provider: String
    let call: CallName
    let avatar: String?
    let idleLimit: Duration
    var description: String { call.rawValue }
    static let all = [
      Opening(provider: "did", call: .didCreate, avatar: anna, idleLimit: .seconds(300)),
      Opening(provider: "heygen", call: .heyGenNew, avatar: nil, idleLimit: .seconds(180)),
    ]
  }

  @Test(arguments: Opening.all, Reply.allCases)
  func aCreationOfUnknownFateHoldsItsPlace(_ opening: Opening, _ reply: Reply) async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("fate-\(UUID().uuidString).db")
    defer {
      for end in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: file.path + end) }
    }
    for ledger in ["none", file.path] {
      try await Stage.run(flags: [.ledgerStore: .string(ledger), .limitSessions: .int(1)], hasAdmin: true) { stage in
        let client = try await stage.client()
        try await stage.mock.fault(reply.fault(opening.call))
        let error = try await refusal(client, opening)
        #expect(error["data"]?["kind"]?.string == (reply == .unreadable ? "provider.malformedReply" : "provider.fateUnknown"))
        #expect(error["data"]?["retryable"] == false)
        #expect(await stage.openAtProvider == 1, "it was opened")
        #expect(await stage.calls == [opening.call])
        #expect(try await stage.metrics().contains("avatar_relay_sessions_possibly_leaked 1"))
        #expect(try await refusal(client, opening)["data"]?["kind"] == "session.limit", "its place is taken")
        // A ledger's patience is on the relay's clock, too: moved while it writes, it would seem to hang.
        guard ledger == "none" else { return }
        stage.relayClock.advance(by: opening.idleLimit - .seconds(5))
        #expect(try await stage.metrics().contains("avatar_relay_sessions_possibly_leaked 1"))
        stage.relayClock.advance(by: .seconds(5))
        try await stage.until {
          (try? await stage.metrics().contains("avatar_relay_sessions_possibly_leaked 0")) == true
        }
        _ = try await SessionScript.open(client, opening.provider, avatar: opening.avatar)
      }
    }
  }

  @Test(arguments: Opening.all, [400, 401, 403, 404, 429])
  func aRefusedCreationHoldsNothing(_ opening: Opening, status: Int) async throws {
    try await Stage.run(flags: [.limitSessions: .int(1)], hasAdmin: true) { stage in
      let client = try await stage.client()
      try await stage.mock.fault(Fault(.call(opening.call), .answer(status: status, body: nil)))
      _ = try await refusal(client, opening)
      #expect(try await stage.metrics().contains("avatar_relay_sessions_possibly_leaked 0"))
      _ = try await SessionScript.open(client, opening.provider, avatar: opening.avatar)
    }
  }

  @Test func withoutATokenNoSessionWasAskedFor() async throws {
    try await Stage.run(flags: [.heygenSessionTokens: .bool(true), .limitSessions: .int(1)], hasAdmin: true) { stage in
      let client = try await stage.client()
      try await stage.mock.fault(Fault(.call(.heyGenCreateToken), .answer(status: 503, body: nil), times: 4))
      let open = await client.post("session.open", ["provider": "heygen"])
      // The pauses between the attempts are on the relay's clock.
      try await stage.until {
        stage.relayClock.advance(by: .seconds(1))
        return await stage.calls.count == 4
      }
      let error = try await client.answer(to: open)["error"]
      #expect(error?["data"]?["kind"] == "provider.unavailable" && error?["data"]?["retryable"] == true)
      #expect(try await stage.metrics().contains("avatar_relay_sessions_possibly_leaked 0"))
      _ = try await SessionScript.open(client, "heygen")
      #expect(await stage.calls.count { $0 == .heyGenNew } == 1)
    }
  }

  @Test(arguments: [("did", CallName.didSpeak), ("heygen", .heyGenTask)], Reply.allCases)
  func aTalkOfUnknownFateIsCalledThat(_ vendor: (provider: String, call: CallName), _ reply: Reply) async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let avatar = vendor.provider == "did" ? Self.anna : nil
      let (session, _) = try await SessionScript.open(client, vendor.provider, avatar: avatar)
      try await session.negotiate(mid: vendor.provider == "did" ? "a" : "0")
      try await stage.mock.fault(reply.fault(vendor.call))
      #expect(try await session.failure("session.speak", ["text": "Once"]) == "talk.unknown")
      #expect(await stage.calls.count { $0 == vendor.call } == 1)
      #expect(await stage.mock.sessions.first?.talks.count == 1, "it is being spoken")
    }
  }

  @Test func aTalkThatDIDRefusesWithItsOwnWordsIsRefused() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "did", avatar: Self.anna)
      try await session.negotiate(mid: "a")
      try await stage.mock.fault(Fault(.call(.didSpeak), .error("streamError")))
      #expect(try await session.failure("session.speak", ["text": "Early"]) == "provider.notReady")
    }
  }

  @Test func aTalkThatHeyGenAcceptsInOtherWordsIsAccepted() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "heygen")
      try await session.negotiate(mid: "0")
      let body: JSONValue = ["code": "SUCCESS", "message": "success", "data": ["task_id": "t1", "duration_ms": 1000]]
      var fault = Fault(.call(.heyGenTask), .answer(status: 200, body: body))
      fault.takesEffect = true
      try await stage.mock.fault(fault)
      let talk = try await session.call("session.speak", ["text": "Once"])
      #expect(talk["talk"] == "t1" && talk["durationMs"] == 1000)
      #expect(await stage.calls.count { $0 == .heyGenTask } == 1)
    }
  }

  private func refusal(_ client: SignalingTestClient, _ opening: Opening) async throws -> JSONValue {
    var params: JSONObject = ["provider": .string(opening.provider)]
    params["avatar"] = opening.avatar.map(JSONValue.string)
    let answer = try await client.call("session.open", .object(params))
    return try #require(answer["error"], "\(answer)")
  }
}
