// Trying again: what is repeated, how often, after which pauses, and what is never repeated.
import AvatarProvider
import Basics
import MockClock
import ProviderHTTP
import ProviderTestSupport
import Testing

@testable import ProviderCalls

@Suite(.timeLimit(.minutes(1))) struct CallRunnerTests {
  private let clock = SteppableClock()

  private func runner(
    _ client: RecordingClient, _ policy: RetryPolicy = RetryPolicy(), jitter: Jitter = .fixed(1)
  ) -> CallRunner {
    CallRunner(provider: "Vendor", client: client, clock: clock, policy: policy, jitter: jitter)
  }

  private func request(_ repeatability: ProviderRequest.Repeatability) -> ProviderRequest {
    ProviderRequest(
      method: "POST", url: "https://vendor.test/call", headers: [(name: "Authorization", value: "Basic user:key-1234")],
      repeatability: repeatability)
  }

  /// Lets each pause pass as soon as the call sleeps: it is sent again when the pause is over, and no earlier.
  private func passPauses(_ pauses: [Duration], of client: RecordingClient) async throws {
    for pause in pauses {
      try await untilCallSleeps()
      let sent = await client.requests.count
      clock.advance(by: pause - .milliseconds(1))
      #expect(clock.sleeperCount == 1)
      clock.advance(by: .milliseconds(1))
      try await until { await client.requests.count > sent }
    }
  }

  private func untilCallSleeps() async throws {
    try await until { clock.sleeperCount > 0 }
  }

  private func until(_ isSo: () async -> Bool) async throws {
    while await !isSo() {
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  @Test(arguments: [429, 500, 502, 503, 504, 599])
  func repeatableCallIsSentAgainAfterPausesThatDouble(status: Int) async throws {
    let client = RecordingClient([.json(status, [:]), .json(status, [:]), .json(status, [:]), .json(200, [:])])
    let runner = runner(client)
    let call = Task { try await runner.run(request(.repeatable)) }
    try await passPauses([.milliseconds(250), .milliseconds(500), .milliseconds(1000)], of: client)
    #expect(try await call.value.status == 200)
    #expect(await client.requests.count == 4)
    #expect(clock.now.sinceStart == .milliseconds(1750))
  }

  @Test func attemptsAreBounded() async throws {
    let client = RecordingClient(Array(repeating: .json(503, [:]), count: 10))
    let response = try await runner(client, jitter: .fixed(0)).run(request(.repeatable))
    #expect(response.status == 503)
    #expect(await client.requests.count == RetryPolicy().maximumAttempts)
  }

  @Test(arguments: [200, 201, 302, 400, 401, 404, 451])
  func otherAnswersAreFinal(status: Int) async throws {
    let client = RecordingClient([.json(status, [:]), .json(200, [:])])
    #expect(try await runner(client).run(request(.repeatable)).status == status)
    #expect(await client.requests.count == 1)
  }

  @Test(arguments: [429, 500, 503])
  func callThatMustReachTheProviderOnceIsNeverSentAgain(status: Int) async throws {
    let client = RecordingClient([.json(status, [:], headers: [(name: "retry-after", value: "0")]), .json(200, [:])])
    #expect(try await runner(client).run(request(.once)).status == status)
    #expect(await client.requests.count == 1)
  }

  @Test(arguments: [
    ProviderHTTPFailure.Code.unresolvedHost, .unreachable, .tls, .timeout, .connectionLost, .unacceptableResponse,
    .cancelled, .invalidRequest, .overloaded,
  ])
  func onceIsOnceWhateverFails(code: ProviderHTTPFailure.Code) async {
    for neverSent in [true, false] {
      let client = RecordingClient([.failed(code, neverSent: neverSent), .json(200, [:])])
      let failure = await failure { () throws(ProviderFailure) in try await runner(client).run(request(.once)) }
      let expected: ProviderFailure.Code =
        switch (code, neverSent) {
        case (.invalidRequest, _): .rejected
        case (.cancelled, true): .cancelled
        case (_, true): .unreachable
        case (_, false): .fateUnknown
        }
      #expect(failure?.code == expected)
      #expect(await client.requests.count == 1)
    }
  }

  @Test func repeatableCallSurvivesALostConnection() async throws {
    let client = RecordingClient([.failed(.connectionLost), .failed(.unreachable, neverSent: true), .json(200, [:])])
    #expect(try await runner(client, jitter: .fixed(0)).run(request(.repeatable)).status == 200)
    #expect(await client.requests.count == 3)
  }

  @Test func repeatableCallsEndInWhatIsKnownOfThem() async {
    let policy = RetryPolicy(maximumAttempts: 1)
    let cases: [(ProviderHTTPFailure.Code, Bool, ProviderFailure.Code)] = [
      (.timeout, false, .fateUnknown), (.connectionLost, false, .fateUnknown), (.connectionLost, true, .unreachable),
      (.unreachable, true, .unreachable), (.tls, true, .unreachable), (.unacceptableResponse, false, .malformedReply),
      (.cancelled, false, .cancelled), (.overloaded, true, .unreachable), (.invalidRequest, true, .rejected),
    ]
    for (code, neverSent, expected) in cases {
      let client = RecordingClient([.failed(code, neverSent: neverSent)])
      let failure = await failure { () throws(ProviderFailure) in
        try await runner(client, policy).run(request(.repeatable))
      }
      #expect(failure?.code == expected, "\(code) \(neverSent)")
    }
  }

  @Test func retryAfterIsKeptTo() async throws {
    let busy = RecordingClient.Outcome.json(429, [:], headers: [(name: "retry-after", value: "3")])
    let client = RecordingClient([busy, .json(200, [:])])
    let runner = runner(client, jitter: .fixed(0))
    let call = Task { try await runner.run(request(.repeatable)) }
    try await untilCallSleeps()
    clock.advance(by: .milliseconds(2999))
    #expect(clock.sleeperCount == 1)
    clock.advance(by: .milliseconds(1))
    #expect(try await call.value.status == 200)
  }

  @Test func retryAfterBeyondTheBudgetEndsTheCallAtOnce() async throws {
    let busy = RecordingClient.Outcome.json(429, [:], headers: [(name: "retry-after", value: "60")])
    let client = RecordingClient([busy, .json(200, [:])])
    let response = try await runner(client).run(request(.repeatable))
    #expect(response.retryAfter == .seconds(60))
    #expect(await client.requests.count == 1)
    #expect(clock.sleeperCount == 0)
  }

  @Test func noAttemptBeginsAfterTheBudget() async throws {
    let policy = RetryPolicy(
      maximumAttempts: 100, firstPause: .seconds(1), maximumPause: .seconds(4), budget: .seconds(10))
    let client = RecordingClient(Array(repeating: .json(500, [:]), count: 100))
    let runner = runner(client, policy)
    let call = Task { try await runner.run(request(.repeatable)) }
    // 1 + 2 + 4 = 7 s; another 4 s would end beyond the tenth.
    try await passPauses([.seconds(1), .seconds(2), .seconds(4)], of: client)
    #expect(try await call.value.status == 500)
    #expect(await client.requests.count == 4)
  }

  @Test func cancellingDuringAPauseGivesUp() async throws {
    let client = RecordingClient([.json(500, [:]), .json(200, [:])])
    let runner = runner(client)
    let call = Task { await failure { () throws(ProviderFailure) in try await runner.run(request(.repeatable)) } }
    try await untilCallSleeps()
    call.cancel()
    #expect(await call.value?.code == .cancelled)
    #expect(await client.requests.count == 1)
  }

  @Test func clientsAreToldNoHostOfTheOperatorsNetwork() async {
    for (code, neverSent) in [
      (ProviderHTTPFailure.Code.unreachable, true), (.invalidRequest, true), (.cancelled, true), (.connectionLost, false),
      (.unacceptableResponse, false), (.tls, true),
    ] {
      let words = "Failed to connect to proxy.internal port 3128"
      let client = RecordingClient([.failure(ProviderHTTPFailure(code, neverSent: neverSent, detail: words))])
      let failure = await failure { () throws(ProviderFailure) in try await runner(client).run(request(.once)) }
      #expect(failure?.message.contains("internal") == false && failure?.message.contains("3128") == false)
      #expect(failure?.detail == "\(code.rawValue): \(words)")
      #expect(failure?.leaving(.nothing).detail == failure?.detail)
    }
  }

  @Test func noFailureShowsTheKey() async {
    let leaky = ProviderHTTPFailure(.unreachable, neverSent: true, detail: "refused 'Basic user:key-1234'")
    let client = RecordingClient([.failure(leaky)])
    let failure = await failure { () throws(ProviderFailure) in try await runner(client).run(request(.once)) }
    #expect(failure?.detail?.contains("(secret)") == true)
    #expect(!printed(failure).contains("key-1234"))
  }
}
