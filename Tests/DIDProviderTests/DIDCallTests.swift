// The calls of an open D-ID stream.
import AvatarProvider
import ProviderHTTP
import ProviderTestSupport
import SessionValues
import StrictJSON
import Testing

@testable import DIDProvider

@Suite(.timeLimit(.minutes(1))) struct DIDCallTests {
  private static let answer = SessionDescription(kind: .answer, sdp: "v=0\r\n")
  private static let candidate = IceCandidate(
    candidate: "candidate:1 1 udp 2122260223 198.51.100.7 50000 typ host", sdpMid: "a", sdpMLineIndex: 0,
    usernameFragment: "L6Ce")

  @Test(arguments: [("talks", "talks"), ("clips", "clips"), ("agents/agt_1;interruptible", "agents/agt_1")])
  func callsGoWhereTheStreamWasOpened(contract: String, path: String) async throws {
    let bench = DIDBench([.json(200, [:]), .json(200, [:]), .json(200, ["id": "t"]), .json(200, [:])])
    let session = try DIDBench.handle(contract: contract)
    _ = try await bench.provider.describe(Self.answer, in: session)
    try await bench.provider.add(Self.candidate, in: session)
    _ = try await bench.provider.speak(Script(.text("Hello")), in: session)
    try await bench.provider.close(session)
    let stream = "http://did.test/\(path)/streams/\(session.id)"
    #expect(
      await bench.client.requests.map(\.description) == [
        "POST \(stream)/sdp", "POST \(stream)/ice", "POST \(stream)", "DELETE \(stream)",
      ])
  }

  @Test(arguments: ["sdp-reply-documented", "sdp-reply-observed"])
  func answer(sample: String) async throws {
    let bench = try DIDBench(sample: sample)
    let session = try DIDBench.handle()
    #expect(try await bench.provider.describe(Self.answer, in: session) == nil)
    let request = try await bench.onlyRequest()
    #expect(request.json == (try Sample(sample, of: DIDBench.contract).request?["body"]))
    #expect(request.repeatability == .repeatable)
  }

  @Test func candidateIsReducedToWhatDIDTakes() async throws {
    let bench = try DIDBench(sample: "ice-reply")
    let session = try DIDBench.handle()
    try await bench.provider.add(Self.candidate, in: session)
    let request = try await bench.onlyRequest()
    #expect(
      request.json == [
        "candidate": .string(Self.candidate.candidate), "sdpMid": "a", "sdpMLineIndex": 0,
        "session_id": .string(session.routing),
      ])
    #expect(request.repeatability == .repeatable)
  }

  @Test func cookieGoesBackByteForByte() async throws {
    let bench = DIDBench([.json(200, [:])])
    let cookie = "AWSALB=a+b/c==; Expires=Thu, 14 Aug 2025 15:15:53 GMT; Path=/;  \"q\"\\; é"
    try await bench.provider.add(nil, in: .init(id: "strm_1", routing: cookie, contract: "talks"))
    #expect(try await bench.onlyRequest().json == ["session_id": .string(cookie)])
  }

  @Test(arguments: [nil, IceCandidate(candidate: "", sdpMid: "a", sdpMLineIndex: 0)])
  func endOfCandidatesIsABodyOfNothingButTheSession(candidate: IceCandidate?) async throws {
    let bench = try DIDBench(sample: "ice-end-reply")
    let session = try DIDBench.handle()
    try await bench.provider.add(candidate, in: session)
    let request = try await bench.onlyRequest()
    #expect(request.json == ["session_id": .string(session.routing)])
    #expect(request.repeatability == .repeatable)
  }

  @Test func candidateWithoutItsPlaceIsRefused() async throws {
    let bench = DIDBench()
    let session = try DIDBench.handle()
    for candidate in [
      IceCandidate(candidate: "candidate:1", sdpMid: nil, sdpMLineIndex: 0),
      IceCandidate(candidate: "candidate:1", sdpMid: "a", sdpMLineIndex: nil),
    ] {
      let failure = await failure { () throws(ProviderFailure) in try await bench.provider.add(candidate, in: session) }
      #expect(failure?.code == .rejected)
    }
    #expect(await bench.client.requests.isEmpty)
  }

  @Test func offerOfTheBrowserIsRefused() async throws {
    let session = try DIDBench.handle()
    let offer = SessionDescription(kind: .offer, sdp: "v=0")
    let failure = await failure { () throws(ProviderFailure) in
      try await DIDBench().provider.describe(offer, in: session)
    }
    #expect(failure?.code == .rejected)
  }

  @Test(arguments: ["delete-reply-documented", "delete-reply-empty-string", "delete-reply-empty"])
  func deleteReplyIsNotRead(sample: String) async throws {
    let bench = try DIDBench(sample: sample)
    let session = try DIDBench.handle()
    try await bench.provider.close(session)
    let request = try await bench.onlyRequest()
    #expect(request.method == "DELETE")
    #expect(request.json == ["session_id": .string(session.routing)])
    #expect(request.repeatability == .repeatable)
  }

  @Test(arguments: ["error-session", "error-not-found"])
  func closingWhatIsGoneSucceeds(sample: String) async throws {
    try await DIDBench(sample: sample).provider.close(try DIDBench.handle())
  }

  @Test func closingIsTriedAgainAndFoundDone() async throws {
    let bench = DIDBench([
      .failed(.connectionLost), .json(500, ["message": "Internal server error"]),
      try Sample("error-not-found", of: DIDBench.contract).outcome,
    ])
    try await bench.provider.close(try DIDBench.handle())
    #expect(await bench.client.remaining == 0)
  }

  @Test func closingThatFailsSaysSo() async throws {
    let bench = DIDBench(Array(repeating: .json(500, ["message": "Internal server error"]), count: 10))
    let session = try DIDBench.handle()
    let failure = await failure { () throws(ProviderFailure) in try await bench.provider.close(session) }
    #expect(failure?.code == .unavailable)
    #expect(await bench.client.requests.count == 4)
  }

  @Test func streamThatIsNotFluentCannotBeInterruptedAndNoneExtended() async throws {
    let bench = DIDBench()
    let plain = try DIDBench.handle()
    let interruption = await failure { () throws(ProviderFailure) in
      try await bench.provider.interrupt(talk: "t", in: plain)
    }
    #expect(interruption?.code == .notSupported)
    let unnamed = try DIDBench.handle(contract: "talks;interruptible")
    let nameless = await failure { () throws(ProviderFailure) in
      try await bench.provider.interrupt(talk: nil, in: unnamed)
    }
    #expect(nameless?.code == .rejected)
    let extended = await failure { () throws(ProviderFailure) in try await bench.provider.extend(plain) }
    #expect(extended?.code == .notSupported)
    #expect(await bench.client.requests.isEmpty)
  }

  @Test func timeoutsAreThoseOfTheConfiguration() async throws {
    let bench = DIDBench(Array(repeating: .json(200, [:]), count: 4)) {
      $0.timeouts.describe = .seconds(1)
      $0.timeouts.candidate = .seconds(2)
      $0.timeouts.speak = .seconds(3)
      $0.timeouts.close = .seconds(4)
    }
    let session = try DIDBench.handle()
    _ = try await bench.provider.describe(Self.answer, in: session)
    try await bench.provider.add(nil, in: session)
    _ = try await bench.provider.speak(Script(.text("Hello")), in: session)
    try await bench.provider.close(session)
    #expect(await bench.client.requests.map(\.timeout) == [.seconds(1), .seconds(2), .seconds(3), .seconds(4)])
  }
}

/// The messages of D-ID's WebSocket, as its demo page writes them.
@Suite(.timeLimit(.minutes(1))) struct DIDMessageTests {
  private func bench(_ count: Int) -> DIDBench {
    DIDBench(Array(repeating: .json(200, ["video_id": "tlk_1"]), count: count)) {
      $0.transport = .webSocket("wss://ws.did.test")
    }
  }

  @Test func everyCallIsAMessage() async throws {
    let bench = bench(6)
    let session = try DIDBench.handle()
    let candidate = IceCandidate(candidate: "candidate:1", sdpMid: "a", sdpMLineIndex: 0)
    _ = try await bench.provider.describe(SessionDescription(kind: .answer, sdp: "v=0\r\n"), in: session)
    try await bench.provider.add(candidate, in: session)
    try await bench.provider.add(nil, in: session)
    let script = Script(.ssml("<speak>Hello</speak>"), options: ["provider": ["type": "microsoft", "voice_id": "v"]])
    #expect(try await bench.provider.speak(script, in: session).id == "tlk_1")
    try await bench.provider.close(session)
    let requests = await bench.client.requests
    #expect(requests.map(\.method) == ["sdp", "ice", "ice", "stream-text", "stream-text", "delete-stream"])
    #expect(requests.allSatisfy { $0.url == "wss://ws.did.test#\(session.id)" })
    #expect(requests.allSatisfy { $0.header("authorization") == "Basic \(DIDBench.key)" })
    let named = requests.map { $0.json?["stream_id"]?.string }
    #expect(named == [nil, nil] + Array(repeating: session.id, count: 4))
    #expect(requests.allSatisfy { $0.json?["session_id"]?.string == session.routing })
    #expect(requests.allSatisfy { $0.json?["presenter_type"] == "talk" })
    #expect(requests.map(\.repeatability) == [.repeatable, .repeatable, .repeatable, .once, .once, .repeatable])
    let scripts = requests[3...4].map { $0.json?["script"] }
    #expect(scripts.map { $0?["input"]?.string } == ["<speak>Hello</speak>", " "])
    #expect(scripts.allSatisfy { $0?["ssml"] == true && $0?["provider"]?["voice_id"] == "v" })
    #expect(requests[3...4].map { $0.json?["index"] } == [0, 1])
  }

  @Test func whatItDoesNotHaveIsNotSent() async throws {
    let bench = bench(0)
    #expect(!bench.provider.traits.capabilities.audio)
    let agent = OpenRequest(avatar: "agt_1", options: ["kind": "agent"])
    #expect { try bench.provider.plan(agent) } throws: { ($0 as? ProviderFailure)?.code == .notSupported }
    let recording = Script(.audio(url: "https://a.example/a.wav"))
    await #expect { try await bench.provider.speak(recording, in: DIDBench.handle()) } throws: {
      ($0 as? ProviderFailure)?.code == .notSupported
    }
    #expect(await bench.client.requests.isEmpty)
  }

  @Test func answersGetTheStatusThatHTTPWouldHave() {
    for (reply, kind, status) in [
      (["messageType": "init-stream", "id": "strm_1"], "init-stream", 201), (["messageType": "sdp"], "sdp", 200),
      (["kind": "SessionError", "description": "x"], "ice", 400), (["kind": "NotFound"], "ice", 404),
      (["kind": "Forbidden"], "init-stream", 403), (["kind": "InternalServerError"], "stream-text", 500),
      (["kind": "SomethingNew"], "sdp", 500), (["message": "Too Many Requests"], "ice", 429),
      (["message": "Internal server error"], "ice", 500), (["message": "Forbidden"], "ice", 403),
    ] as [(JSONValue, String, Int)] {
      #expect(DIDMessageStatus.of(reply, kind: kind) == status, "\(reply.text)")
    }
  }
}
