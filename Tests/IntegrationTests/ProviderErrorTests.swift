// What goes wrong at a provider reaches the client as one typed error with the vendor's own words.
import MockProvider
import StrictJSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProviderErrorTests {
  private static let anna = "https://avatar.example/anna.png"

  @Test func sessionCapOfTheProvider() async throws {
    var configuration = MockConfiguration()
    configuration.maximumSessions = 1
    try await Stage.run(mock: configuration, flags: [.limitWaitingOpens: .int(0)]) { stage in
      let client = try await stage.client()
      for (provider, avatar, words) in [
        ("did", Self.anna, "Max user sessions reached"), ("heygen", nil, "Concurrent limit reached"),
      ] {
        _ = try await SessionScript.open(client, provider, avatar: avatar)
        do {
          _ = try await SessionScript.open(client, provider, avatar: avatar)
          Issue.record("the cap of \(provider) did not hold")
        } catch let failed as SessionScript.Failed {
          #expect(failed.kind == "provider.sessionLimit")
          let data = try #require(failed.answer["error"]?["data"])
          #expect(data["retryable"] == true)
          #expect(data["provider"]?["message"]?.string?.contains(words) == true)
        }
      }
    }
  }

  @Test func lostReplyToSpeakIsReportedAndNotSentAgain() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "did", avatar: Self.anna)
      try await session.negotiate(mid: "a")
      var fault = Fault(.call(.didSpeak), .drop)
      fault.takesEffect = true
      try await stage.mock.fault(fault)
      #expect(try await session.failure("session.speak", ["text": "Once"]) == "talk.unknown")
      #expect(await stage.calls.count { $0 == .didSpeak } == 1)
      #expect(await stage.mock.sessions.first?.talks.count == 1)
    }
  }

  @Test(arguments: [
    ("did", CallName.didCreate), ("heygen", .heyGenNew), ("heygen", .heyGenTask), ("heygen", .heyGenInterrupt),
  ])
  func lostReplyOfWhatMustHappenOnceIsNotSentAgain(provider: String, call: CallName) async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      var fault = Fault(.call(call), .drop)
      fault.takesEffect = true
      let avatar = provider == "did" ? Self.anna : nil
      let kind: String?
      if call == .didCreate || call == .heyGenNew {
        try await stage.mock.fault(fault)
        kind = await Self.failure { _ = try await SessionScript.open(client, provider, avatar: avatar) }
      } else {
        let (session, _) = try await SessionScript.open(client, provider, avatar: avatar)
        try await session.negotiate(mid: "0")
        try await stage.mock.fault(fault)
        let isTask = call == .heyGenTask
        kind = try await session.failure(
          isTask ? "session.speak" : "session.interrupt", isTask ? ["text": "Once"] : [:])
      }
      #expect(kind == (call == .heyGenTask ? "talk.unknown" : "provider.fateUnknown"))
      let lost = await stage.mock.journal.filter { $0.call == call }
      #expect(lost.count { $0.body == lost.first?.body } == 1)
      // What nobody can name the relay cannot close: it says so in its log.
      #expect(stage.log.text.contains("may be left open") == (call == .didCreate || call == .heyGenNew))
    }
  }

  private static func failure(_ body: () async throws -> Void) async -> String? {
    do {
      try await body()
      return nil
    } catch { return (error as? SessionScript.Failed)?.kind }
  }

  @Test func lostReplyToDeleteIsSentAgain() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let (session, _) = try await SessionScript.open(client, "did", avatar: Self.anna)
      try await stage.mock.fault(Fault(.call(.didDelete), .drop))
      let close = await client.post("session.close", ["session": .string(session.session)])
      try await stage.until { await stage.calls.contains(.didDelete) }
      // The pause before the second try is on the relay's clock.
      try await stage.until {
        stage.relayClock.advance(by: .seconds(1))
        return await stage.calls.count(where: { $0 == .didDelete }) >= 2
      }
      _ = try await client.answer(to: close)
      #expect(await stage.openAtProvider == 0)
    }
  }

  @Test func unknownOptionCostsNoCall() async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      let answer = try await client.call(
        "session.open", ["provider": "did", "avatar": .string(Self.anna), "options": ["stream_warm_up": true]])
      #expect(answer["error"]?["data"]?["kind"] == "provider.rejected")
      #expect(answer["error"]?["message"]?.string?.contains("stream_warm_up") == true)
      #expect(await stage.mock.journal.isEmpty)
    }
  }

  @Test func unreachableProvider() async throws {
    // Port 1 of loopback: nothing listens there.
    try await Stage.run(flags: [.didURL: .string("http://127.0.0.1:1")]) { stage in
      let client = try await stage.client()
      let answer = try await client.call("session.open", ["provider": "did", "avatar": .string(Self.anna)])
      #expect(answer["error"]?["data"]?["kind"] == "provider.unreachable")
    }
  }
}
