// Who waits is woken by what happens, or told when the time is over.
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct WaitTests {
  @Test func aCallThatComesEndsTheWait() async throws {
    try await MockFixture.run { mock in
      async let waiting = mock.admin("POST", "requests/wait", ["call": "did.create", "count": 2])
      await mock.patience.waitForSleepers(1)
      let first = try await DIDStream.create(mock)
      let second = try await DIDStream.create(mock)
      let reply = await waiting
      #expect(reply.status == 200)
      #expect(reply["requests"]?.array?.map { $0["session"]?.string } == [first.id, second.id])
    }
  }

  @Test func theTimeOfAWaitIsTheMachines() async throws {
    try await MockFixture.run { mock in
      async let waiting = mock.admin("POST", "requests/wait", ["call": "did.create", "timeoutMs": 50])
      await mock.patience.waitForSleepers(1)
      mock.clock.advance(by: .seconds(100))
      mock.patience.advance(by: .milliseconds(50))
      let reply = await waiting
      #expect(reply.status == 409)
      #expect(
        reply["error"]?["message"] == "one call of did.create: not within 0.05 s, seen 0; the mock was not called")
    }
  }

  @Test func aCallHasArrivedBeforeItIsAnswered() async throws {
    try await MockFixture.run { mock in
      _ = await mock.admin("POST", "faults", ["call": "did.create", "delayMs": 60_000])
      async let created = mock.post("/talks/streams", ["source_url": "https://example.com/a.jpg"])
      let arrived = await mock.admin("POST", "requests/wait", ["call": "did.create"])
      let call = try #require(arrived["requests"]?.array?.first)
      #expect(call["answeredMs"] == nil as JSONValue && call["status"] == 201)
      let early = await mock.admin("POST", "requests/verify", ["call": "did.create", "stage": "answered"])
      #expect(early["error"]?["message"]?.string?.hasSuffix(": not answered yet") == true)
      async let waiting = mock.admin("POST", "requests/wait", ["call": "did.create", "stage": "answered"])
      await mock.patience.waitForSleepers(1)
      await mock.clock.waitForSleepers(1)
      mock.clock.advance(by: .seconds(60))
      #expect(await waiting["requests"]?.array?.first?["answeredMs"] == 60_000)
      #expect(await created.status == 201)
    }
  }

  @Test func aDroppedCallIsOver() async throws {
    try await MockFixture.run { mock in
      _ = await mock.admin("POST", "faults", ["call": "did.create", "drop": true])
      #expect(await mock.post("/talks/streams", [:]).isDropped)
      let reply = await mock.admin("POST", "requests/wait", ["call": "did.create", "stage": "answered"])
      #expect(reply["requests"]?.array?.first?["status"] == 0)
    }
  }

  @Test func sessionsThatEndAreWaitedFor() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      _ = try await HeyGenSession.new(mock)
      async let closed = mock.admin("POST", "sessions/wait", ["vendor": "did"])
      await mock.patience.waitForSleepers(1)
      _ = await stream.delete()
      #expect(await closed.json == ["sessions": []])
      // An idle limit ends a session with nobody looking.
      async let ended = mock.admin("POST", "sessions/wait", [:])
      await mock.patience.waitForSleepers(1)
      await mock.clock.waitForSleepers(1)
      mock.clock.advance(by: .seconds(180))
      #expect(await ended.status == 200)
    }
  }

  @Test func aSessionThatStaysOpenIsNamed() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      let reply = await mock.admin("POST", "sessions/wait", ["timeoutMs": 0])
      #expect(reply.status == 409)
      #expect(reply["error"]?["message"] == .string("1 session(s) left open: did \(stream.id) (new)"))
      #expect(reply["sessions"]?.array?.count == 1)
      let two = await mock.admin("POST", "sessions/wait", ["timeoutMs": 0, "open": 2])
      #expect(two["error"]?["message"] == "2 open session(s): not within 0 s, 1 are")
      #expect(await mock.admin("POST", "sessions/wait", ["open": 1]).status == 200)
    }
  }

  @Test func waitsAreBounded() async throws {
    try await MockFixture.run { mock in
      try await withThrowingTaskGroup(of: MockReply.self) { group in
        for _ in 0..<MockState.waitLimit {
          group.addTask { await mock.admin("POST", "requests/wait", ["call": "did.create"]) }
        }
        await mock.patience.waitForSleepers(MockState.waitLimit)
        let refused = await mock.admin("POST", "requests/wait", ["call": "did.create"])
        #expect(refused.status == 503)
        #expect(refused["error"]?["code"] == "busy")
        _ = try await DIDStream.create(mock)
        for try await reply in group { #expect(reply.status == 200) }
      }
      #expect(await mock.admin("POST", "requests/wait", ["call": "did.create"]).status == 200)
    }
  }

  @Test func whoLeavesWaitsNoMore() async throws {
    try await MockFixture.run { mock in
      let handler = mock.handler
      let waiting = mock.loop.spawn {
        try? await handler.respond(
          to: .init(method: "POST", path: "/__admin/requests/wait", headers: ["Host": "127.0.0.1:1"])
        ).status
      }
      await mock.patience.waitForSleepers(1)
      waiting.cancel()
      #expect(await waiting.value == 409)
    }
  }

  @Test func aScenarioThatIsEndedIsNotOpenedByWhoWaits() async throws {
    try await MockFixture.run { mock in
      async let waiting = mock.admin("POST", "requests/wait?scenario=one", ["call": "did.create"])
      async let other = mock.admin("POST", "sessions/wait?scenario=one", ["open": 1])
      await mock.patience.waitForSleepers(2)
      #expect(await mock.admin("DELETE", "scenarios?scenario=one")["scenarios"]?.array?.count == 1)
      mock.patience.advance(by: .seconds(10))
      #expect(await waiting.status == 409)
      #expect(await other.status == 409)
      #expect(await mock.admin("GET", "scenarios")["scenarios"]?.array?.count == 1)
    }
  }

  @Test func aMockThatStopsLetsEverybodyGo() async throws {
    try await MockFixture.run { mock in
      async let waiting = mock.admin("POST", "requests/wait", ["call": "did.create"])
      await mock.patience.waitForSleepers(1)
      await mock.state.close()
      #expect(await waiting.status == 409)
    }
  }
}
