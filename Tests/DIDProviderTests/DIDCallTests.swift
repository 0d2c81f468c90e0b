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
