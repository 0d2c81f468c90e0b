// HeyGen's errors, and what never shows in them.
import AvatarProvider
import ProviderHTTP
import ProviderTestSupport
import SessionValues
import StrictJSON
import Testing

@testable import HeyGenProvider

@Suite(.timeLimit(.minutes(1))) struct HeyGenFailureTests {
  /// The call on which a sample's error came.
  enum Call { case open, start, task }

  private static let samples: [(name: String, call: Call, code: ProviderFailure.Code)] = [
    ("error-unauthorized", .open, .unauthorized), ("error-closed", .task, .sessionGone),
    ("error-concurrent-limit", .open, .sessionLimit), ("error-avatar-not-found", .open, .avatarNotFound),
    ("error-avatar-deprecated", .open, .avatarNotFound), ("error-avatar-deprecated-media", .open, .avatarNotFound),
    ("error-not-in-state", .task, .notReady), ("error-text-to-speech", .task, .rejected),
    ("error-peer-start", .start, .rejected), ("error-no-access", .open, .permission),
    ("error-missing-params", .open, .rejected), ("error-invalid-parameter", .open, .rejected),
    ("error-invalid-credentials", .open, .unauthorized), ("error-token-expired", .open, .unauthorized),
    ("error-token-invalid", .open, .unauthorized), ("error-forbidden", .open, .permission),
    ("error-permission-denied", .open, .permission),
  ]

  @Test(arguments: samples)
  func everyErrorThatHasASource(name: String, call: Call, code: ProviderFailure.Code) async throws {
    let sample = try Sample(name, of: HeyGenBench.contract)
    let failure = try await self.failure(of: call, sample.outcome)
    #expect(failure?.code == code)
    #expect(failure?.vendor?.status == sample.status)
    #expect(failure?.vendor?.code == (try sample.json["code"]?.integer.map(String.init)))
    let words = try #require(try sample.json["message"]?.string)
    #expect(failure?.vendor?.message?.hasPrefix(words) == true)

    // The same envelope with HTTP 200 is the same error.
    let polite = try await self.failure(of: call, .success(ProviderResponse(status: 200, body: sample.body)))
    #expect(polite?.code == code)
    #expect(polite?.vendor?.status == 200)
  }

  @Test func tableKnowsEverySample() throws {
    let errors = try Sample.names(of: HeyGenBench.contract).filter { $0.hasPrefix("error-") }
    #expect(Set(errors) == Set(Self.samples.map(\.name) + ["error-create-token-media-type"]))
  }

  @Test(arguments: [
    (400, #"{"code":10001,"message":"session state wrong: new"}"#, ProviderFailure.Code.notReady),
    (400, #"{"code":10003,"message":"session state wrong: connected"}"#, .notReady),
    (400, #"{"code":10005,"message":"session state wrong: closed"}"#, .sessionGone),
    (400, #"{"code":10004,"message":"session state wrong: closing"}"#, .sessionGone),
    (400, #"{"code":"10004","message":"Please make sure you have closed other sessions"}"#, .sessionLimit),
    (400, #"{"code":10006,"message":""}"#, .sessionGone), (400, #"{"code":99999,"message":"what?"}"#, .rejected),
    (401, "", .unauthorized), (404, "<html>", .notSupported), (429, "", .rateLimited), (500, "null", .fateUnknown),
    (503, #"{"code":10004,"message":"full"}"#, .sessionLimit), (503, #"{"code":99999,"message":"?"}"#, .fateUnknown),
    (408, "", .fateUnknown), (504, "", .fateUnknown), (301, "", .malformedReply),
    (200, #"{"code":10004}"#, .sessionLimit),
    (200, #"{"code":101,"message":"success"}"#, .fateUnknown),
  ])
  func otherWordsAndOtherServers(status: Int, body: String, code: ProviderFailure.Code) async throws {
    #expect(try await failure(of: .task, .text(status, body))?.code == code)
  }

  @Test func detailsAreKept() async throws {
    let sample = try Sample("error-avatar-deprecated", of: HeyGenBench.contract)
    let words = try await failure(of: .open, sample.outcome)?.vendor?.message
    #expect(words == "avatar version is deprecated, please update to v3+; invalid avatar")
  }

  @Test func retryAfterIsHandedOn() async throws {
    let busy = RecordingClient.Outcome.json(429, ["code": 400_123], headers: [(name: "retry-after", value: "9")])
    let failure = try await failure(of: .task, busy)
    #expect(failure?.code == .rateLimited && failure?.retryAfter == .seconds(9))
  }

  @Test(arguments: ["", "a\nb"])
  func keyThatCannotBeSentIsTheOperatorsToMend(key: String) async {
    let bench = HeyGenBench([.json(200, [:])], key: key)
    let failure = await ProviderTestSupport.failure { () throws(ProviderFailure) in
      try await bench.provider.open(OpenRequest())
    }
    #expect(failure?.code == .unauthorized)
    #expect(await bench.client.requests.isEmpty)
  }

  @Test func nothingShowsTheKeyOrTheText() async throws {
    let quoting = RecordingClient.Outcome.json(
      401, ["code": 400_112, "message": .string("bad key \(HeyGenBench.key)")])
    let bench = HeyGenBench([try Sample("new-reply-2025", of: HeyGenBench.contract).outcome, quoting])
    let session = try await bench.provider.open(OpenRequest())
    let script = Script(.text("my private words"))
    let failure = await ProviderTestSupport.failure { () throws(ProviderFailure) in
      try await bench.provider.speak(script, in: session.handle)
    }
    #expect(failure?.vendor?.message == "bad key (secret)")
    var shown =
      printed(failure) + printed(bench.provider) + printed(session) + printed(session.handle) + printed(script)
    for request in await bench.client.requests { shown += printed(request) }
    for secret in [HeyGenBench.key, "private words", "ice-pwd", "turn-credential"] {
      #expect(!shown.contains(secret), "\(secret)")
    }
  }

  @Test func roomTokenDoesNotShow() async throws {
    let bench = try HeyGenBench(samples: ["new-reply-v2", "start-reply"])
    let session = try await bench.provider.open(OpenRequest())
    #expect(!printed(session).contains("room-token"))
  }

  private func failure(of call: Call, _ outcome: RecordingClient.Outcome) async throws -> ProviderFailure? {
    let bench = HeyGenBench([outcome])
    let session = try HeyGenBench.handle()
    return await ProviderTestSupport.failure { () throws(ProviderFailure) in
      switch call {
      case .open: _ = try await bench.provider.open(OpenRequest())
      case .start:
        _ = try await bench.provider.describe(SessionDescription(kind: .answer, sdp: "v=0"), in: session)
      case .task: _ = try await bench.provider.speak(Script(.text("Hello")), in: session)
      }
    }
  }
}
