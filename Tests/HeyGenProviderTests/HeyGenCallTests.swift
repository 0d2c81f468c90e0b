// The calls of an open HeyGen session.
import AvatarProvider
import ProviderHTTP
import ProviderTestSupport
import SessionValues
import StrictJSON
import Testing

@testable import HeyGenProvider

@Suite(.timeLimit(.minutes(1))) struct HeyGenCallTests {
  private static let answer = SessionDescription(kind: .answer, sdp: "v=0\r\n")
  private static let candidate = IceCandidate(
    candidate: "candidate:1 1 udp 2122260223 198.51.100.7 50000 typ host generation 0 ufrag L6Ce", sdpMid: "0",
    sdpMLineIndex: 0, usernameFragment: "L6Ce")

  /// Runs a call against a sample and compares what was sent with the sample's request.
  private func expectExchange(
    _ sample: String, _ repeatability: ProviderRequest.Repeatability,
    _ call: (HeyGenProvider, SessionHandle) async throws -> Void
  ) async throws {
    let bench = try HeyGenBench(samples: [sample])
    try await call(bench.provider, HeyGenBench.handle())
    let request = try await bench.onlyRequest()
    let expected = try #require(try Sample(sample, of: HeyGenBench.contract).request)
    #expect(request.json == expected["body"])
    #expect(request.description == "POST http://heygen.test\(expected["path"]?.string ?? "")")
    #expect(request.repeatability == repeatability)
    #expect(request.header("x-api-key") == HeyGenBench.key)
  }

  @Test func exchangesAreThoseOfTheSamples() async throws {
    try await expectExchange("start-reply", .repeatable) {
      let reply = try await $0.describe(Self.answer, in: $1)
      #expect(reply == nil)
    }
    try await expectExchange("ice-reply", .repeatable) { try await $0.add(Self.candidate, in: $1) }
    try await expectExchange("task-reply", .once) {
      let talk = try await $0.speak(Script(.text("Hello world")), in: $1)
      #expect(talk == Talk(id: "task-51f0", duration: .microseconds(2_512_500)))
    }
    try await expectExchange("interrupt-reply", .once) {
      let interruption = try await $0.interrupt(talk: "x", in: $1)
      #expect(interruption == .done)
    }
    try await expectExchange("keep-alive-reply", .repeatable) { try await $0.extend($1) }
    try await expectExchange("stop-reply", .repeatable) { try await $0.close($1) }
  }

  @Test func documentedReplyWithoutACodeCounts() async throws {
    try await HeyGenBench(samples: ["ice-reply-documented"]).provider.add(Self.candidate, in: HeyGenBench.handle())
  }

  @Test func membersThatACandidateLacksAreLeftOut() async throws {
    let bench = try HeyGenBench(samples: ["ice-reply"])
    let bare = IceCandidate(candidate: "candidate:1", sdpMid: nil, sdpMLineIndex: 2)
    try await bench.provider.add(bare, in: HeyGenBench.handle())
    #expect(try await bench.onlyRequest().json?["candidate"] == ["candidate": "candidate:1", "sdpMLineIndex": 2])
  }

  @Test(arguments: [nil, IceCandidate(candidate: "", sdpMid: "0", sdpMLineIndex: 0)])
  func endOfCandidatesSendsNothing(candidate: IceCandidate?) async throws {
    let bench = HeyGenBench()
    try await bench.provider.add(candidate, in: HeyGenBench.handle())
    #expect(await bench.client.requests.isEmpty)
  }

  @Test func taskOptionsGoUp() async throws {
    let bench = try HeyGenBench(samples: ["task-reply"])
    let script = Script(.text("Hello"), options: ["task_type": "repeat", "task_mode": "async"])
    _ = try await bench.provider.speak(script, in: HeyGenBench.handle())
    let session = try HeyGenBench.handle().id
    #expect(
      try await bench.onlyRequest().json
        == ["task_type": "repeat", "task_mode": "async", "text": "Hello", "session_id": .string(session)])
  }

  @Test(arguments: [
    (Script(.ssml("<speak/>")), ProviderFailure.Code.notSupported),
    (Script(.audio(url: "https://x/a.wav")), .notSupported),
    (Script(.text("")), .rejected), (Script(.text(String(repeating: "x", count: 40_001))), .rejected),
    (Script(.text("x"), options: ["task_type": "sing"]), .rejected),
    (Script(.text("x"), options: ["task_mode": true]), .rejected),
    (Script(.text("x"), options: ["session_id": "other"]), .rejected),
    (Script(.text("x"), options: ["text": "y"]), .rejected),
  ])
  func scriptThatHeyGenDoesNotTake(script: Script, code: ProviderFailure.Code) async throws {
    let bench = try HeyGenBench(samples: ["task-reply"])
    let session = try HeyGenBench.handle()
    let failure = await failure { () throws(ProviderFailure) in try await bench.provider.speak(script, in: session) }
    #expect(failure?.code == code)
    #expect(await bench.client.requests.isEmpty)
  }

  @Test func offerOfTheBrowserIsRefused() async throws {
    let session = try HeyGenBench.handle()
    let offer = SessionDescription(kind: .offer, sdp: "v=0")
    let failure = await failure { () throws(ProviderFailure) in
      try await HeyGenBench().provider.describe(offer, in: session)
    }
    #expect(failure?.code == .rejected)
  }

  @Test func closingWhatIsGoneSucceeds() async throws {
    try await HeyGenBench(samples: ["error-closed"]).provider.close(HeyGenBench.handle())
    let unknown = RecordingClient.Outcome.json(400, ["code": 10006, "message": "session not found"])
    try await HeyGenBench([unknown]).provider.close(HeyGenBench.handle())
  }

  @Test(arguments: ["", "<html>", "{}", #"{"status":"ok"}"#])
  func stoppingNeedsNoReadableReply(body: String) async throws {
    try await HeyGenBench([.text(200, body)]).provider.close(HeyGenBench.handle())
  }

  @Test func closingThatFailsSaysSo() async throws {
    let session = try HeyGenBench.handle()
    let down = HeyGenBench(Array(repeating: .text(503, "busy"), count: 10))
    let unavailable = await failure { () throws(ProviderFailure) in try await down.provider.close(session) }
    #expect(unavailable?.code == .unavailable)
    #expect(await down.client.requests.count == 4)
    let denied = try HeyGenBench(samples: ["error-unauthorized"])
    let unauthorized = await failure { () throws(ProviderFailure) in try await denied.provider.close(session) }
    #expect(unauthorized?.code == .unauthorized)
  }

  @Test func repeatableCallsAreRepeated() async throws {
    let busy = RecordingClient.Outcome.json(429, ["code": 400_123, "message": "rate limit"])
    let good = RecordingClient.Outcome.json(200, ["code": 100, "message": "success"])
    let session = try HeyGenBench.handle()
    let repeating = HeyGenBench([
      busy, good, busy, .text(503, "busy"), .failed(.connectionLost), good, busy, good, .failed(.connectionLost), good,
    ])
    _ = try await repeating.provider.describe(Self.answer, in: session)
    try await repeating.provider.add(Self.candidate, in: session)
    try await repeating.provider.extend(session)
    try await repeating.provider.close(session)
    #expect(await repeating.client.remaining == 0)
  }

  /// The calls that must reach HeyGen at most once.
  enum Once: CaseIterable { case open, speak, interrupt }

  @Test(arguments: Once.allCases)
  func otherCallsAreNotRepeated(call: Once) async throws {
    let bench = HeyGenBench([.json(429, ["code": 400_123, "message": "rate limit"]), .json(200, ["code": 100])])
    let session = try HeyGenBench.handle()
    let failure = await failure { () throws(ProviderFailure) in
      switch call {
      case .open: _ = try await bench.provider.open(OpenRequest())
      case .speak: _ = try await bench.provider.speak(Script(.text("x")), in: session)
      case .interrupt: _ = try await bench.provider.interrupt(talk: nil, in: session)
      }
    }
    #expect(failure?.code == .rateLimited)
    #expect(await bench.client.requests.count == 1)
  }

  @Test(
    arguments: [
      (#"{"code":"SUCCESS","message":"success","data":{"task_id":"t1","duration_ms":1000}}"#, "t1", .seconds(1)),
      (#"{"code":"success","data":{"task_id":"t1","duration_ms":"1000.5"}}"#, "t1", .microseconds(1_000_500)),
      (#"{"code":"100","data":{"task_id":51,"duration_ms":0}}"#, "51", nil),
      (#"{"code":100.0,"data":{"task_id":"","duration_ms":null}}"#, nil, nil),
      (#"{"code":100,"data":{}}"#, nil, nil), (#"{"code":100,"data":null}"#, nil, nil), (#"{"code":100}"#, nil, nil),
      (#"{"status":"Success","data":{"task_id":"t1"}}"#, "t1", nil),
      (#"{"error":null,"data":{"task_id":"t1"}}"#, "t1", nil),
    ] as [(String, String?, Duration?)])
  func everySpellingOfSuccess(body: String, id: String?, duration: Duration?) async throws {
    let bench = HeyGenBench([.text(200, body)])
    let talk = try await bench.provider.speak(Script(.text("x")), in: HeyGenBench.handle())
    #expect(talk == Talk(id: id, duration: duration))
  }

  @Test(arguments: ["", "<html>", "[]", #"{"data":{"task_id":"t"}}"#, #"{"status":"accepted"}"#])
  func taskWhoseReplyCannotBeReadLeavesTheFateOpen(body: String) async throws {
    let bench = HeyGenBench([.text(200, body)])
    let session = try HeyGenBench.handle()
    let failure = await failure { () throws(ProviderFailure) in
      try await bench.provider.speak(Script(.text("x")), in: session)
    }
    #expect(failure?.code == .fateUnknown)
  }

  @Test func startWhoseReplyCannotBeReadIsMalformed() async throws {
    let bench = HeyGenBench([.text(200, "")])
    let session = try HeyGenBench.handle()
    let failure = await failure { () throws(ProviderFailure) in
      try await bench.provider.describe(Self.answer, in: session)
    }
    #expect(failure?.code == .malformedReply)
  }
}
