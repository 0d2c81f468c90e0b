// D-ID's errors, and what never shows in them.
import AvatarProvider
import ProviderHTTP
import ProviderTestSupport
import SessionValues
import StrictJSON
import Testing

@testable import DIDProvider

@Suite(.timeLimit(.minutes(1))) struct DIDFailureTests {
  /// The call on which a sample's error came.
  enum Call { case open, describe, speak, end }

  private static let samples: [(name: String, call: Call, code: ProviderFailure.Code, vendorCode: String?)] = [
    ("error-session", .end, .sessionGone, "SessionError"),
    ("error-bad-request", .open, .avatarNotFound, "BadRequestError"),
    ("error-validation", .speak, .rejected, "ValidationError"),
    ("error-authorization", .open, .unauthorized, "AuthorizationError"),
    ("error-gateway-unauthorized", .open, .unauthorized, nil), ("error-gateway-credential", .open, .unauthorized, nil),
    ("error-credits", .open, .insufficientCredits, "InsufficientCreditsError"),
    ("error-session-limit", .open, .sessionLimit, "Forbidden"),
    ("error-permission", .open, .permission, "PermissionError"),
    ("error-not-found", .speak, .sessionGone, "NotFound"),
    ("error-agent-not-found", .open, .avatarNotFound, "NotFoundError"),
    ("error-not-ready", .open, .notReady, "NotReadyError"), ("error-rate-limited", .describe, .rateLimited, nil),
    ("error-moderation-image", .open, .moderation, "ImageModerationError"),
    ("error-moderation-celebrity", .open, .moderation, "CelebrityRecognizedError"),
    ("error-moderation-text", .speak, .moderation, "TextModerationError"),
    ("error-moderation-audio", .speak, .moderation, "AudioModerationError"),
    ("error-stream", .speak, .notReady, "InternalServerError"),
    ("error-bad-answer", .describe, .unavailable, "UnknownError"),
  ]

  @Test(arguments: samples)
  func everyErrorThatHasASource(
    name: String, call: Call, code: ProviderFailure.Code, vendorCode: String?
  ) async throws {
    let sample = try Sample(name, of: DIDBench.contract)
    let failure = try await self.failure(of: call, Array(repeating: sample.outcome, count: 4))
    #expect(failure?.code == code)
    #expect(failure?.vendor?.status == sample.status)
    #expect(failure?.vendor?.code == vendorCode)
    let words = try #require(try sample.json["description"]?.string ?? sample.json["message"]?.string)
    #expect(failure?.vendor?.message?.hasPrefix(words) == true)
  }

  @Test func tableKnowsEverySample() throws {
    let errors = try Sample.names(of: DIDBench.contract).filter { $0.hasPrefix("error-") }
    #expect(Set(errors) == Set(Self.samples.map(\.name)))
  }

  @Test func detailsOfAValidationAreKept() async throws {
    let sample = try Sample("error-validation", of: DIDBench.contract)
    let words = try await failure(of: .speak, [sample.outcome])?.vendor?.message
    #expect(words == "validation failed; body.script: Could not match the union against any of the items")
  }

  @Test(arguments: [
    (500, "", ProviderFailure.Code.fateUnknown), (503, "<html>busy</html>", .fateUnknown), (408, "", .fateUnknown),
    (502, "{}", .fateUnknown), (404, "", .avatarNotFound),
    (403, "", .unauthorized), (403, #"{"kind":"Other"}"#, .permission), (400, "null", .rejected),
    (400, #"{"kind":7,"description":[]}"#, .rejected),
    (302, "", .malformedReply),
    (418, "[]", .rejected), (504, "", .fateUnknown),
  ])
  func bodiesOfOtherServers(status: Int, body: String, code: ProviderFailure.Code) async throws {
    let failure = try await failure(of: .open, [.text(status, body)])
    #expect(failure?.code == code)
    #expect(failure?.vendor?.message == nil)
    #expect((failure?.remains == .nothing) == (![.fateUnknown, .malformedReply].contains(code)))
  }

  @Test func onlyTheRefusalsThatDIDIsKnownForAreOnesWithAStatusOf500() async throws {
    let internalError: JSONValue = ["kind": "InternalServerError", "description": "Internal Server Error"]
    for call in [Call.open, .speak] {
      #expect(try await failure(of: call, [.json(500, internalError)])?.code == .fateUnknown)
    }
    let full = RecordingClient.Outcome.json(500, ["kind": "x", "description": "Max user sessions reached"])
    #expect(try await failure(of: .open, [full])?.code == .sessionLimit)
  }

  @Test func retryAfterIsHandedOn() async throws {
    let busy = RecordingClient.Outcome.json(429, [:], headers: [(name: "retry-after", value: "120")])
    let failure = try await failure(of: .open, [busy])
    #expect(failure?.code == .rateLimited)
    #expect(failure?.isRetryable == true)
    #expect(failure?.retryAfter == .seconds(120))
  }

  @Test(arguments: [
    ("plain:key", "Basic plain:key"), ("Basic abc", "Basic abc"), ("Bearer e.y.J", "Bearer e.y.J"),
    ("Client-Key ck.1_2", "Client-Key ck.1_2"), ("basic abc", "basic abc"), ("Basically:x", "Basic Basically:x"),
    ("key:from-file\n", "Basic key:from-file"),
  ])
  func keyIsUsedAsGiven(key: String, header: String) async throws {
    let bench = DIDBench([.json(200, [:])], key: key)
    try await bench.provider.close(DIDBench.handle())
    #expect(try await bench.onlyRequest().header("authorization") == header)
  }

  @Test(arguments: ["", "a\r\nb"])
  func keyThatCannotBeSentIsTheOperatorsToMend(key: String) async throws {
    let bench = DIDBench([.json(200, [:])], key: key)
    let session = try DIDBench.handle()
    let failure = await ProviderTestSupport.failure { () throws(ProviderFailure) in
      try await bench.provider.close(session)
    }
    #expect(failure?.code == .unauthorized)
    #expect(await bench.client.requests.isEmpty)
  }

  @Test func nothingShowsTheKeyTheCookieOrTheText() async throws {
    let words = "Invalid key=value pair (missing equal-sign) in Authorization header: 'Basic \(DIDBench.key)'."
    let quoting = RecordingClient.Outcome.json(403, ["message": .string(words)])
    let bench = DIDBench([try Sample("create-reply", of: DIDBench.contract).outcome, quoting])
    let session = try await bench.provider.open(OpenRequest(avatar: "a"))
    let script = Script(.text("my private words"))
    let failure = await ProviderTestSupport.failure { () throws(ProviderFailure) in
      try await bench.provider.speak(script, in: session.handle)
    }
    #expect(failure?.vendor?.message?.contains("(secret)") == true)
    var shown =
      printed(failure) + printed(bench.provider) + printed(session) + printed(session.handle) + printed(script)
    for request in await bench.client.requests { shown += printed(request) }
    for secret in [DIDBench.key, "Sup3rS3cretKey", "AWSALB", "private words", "ice-pwd", "ffffffff"] {
      #expect(!shown.contains(secret), "\(secret)")
    }
  }

  private func failure(of call: Call, _ outcomes: [RecordingClient.Outcome]) async throws -> ProviderFailure? {
    let bench = DIDBench(outcomes)
    let session = try DIDBench.handle()
    return await ProviderTestSupport.failure { () throws(ProviderFailure) in
      switch call {
      case .open: _ = try await bench.provider.open(OpenRequest(avatar: "a"))
      case .describe: _ = try await bench.provider.describe(SessionDescription(kind: .answer, sdp: "v=0"), in: session)
      case .speak: _ = try await bench.provider.speak(Script(.text("Hello")), in: session)
      case .end: try await bench.provider.add(nil, in: session)
      }
    }
  }
}
