// Sends a request to a provider, and again where that is allowed, until there is a response or a reason for none.
import AvatarProvider
import Basics
import ProviderHTTP

/// Makes calls to one provider. Holds no state, so any number of calls may run at once.
public struct CallRunner: Sendable {
  private let provider: String
  private let client: any ProviderHTTPClient
  private let clock: any MonotonicClock
  private let policy: RetryPolicy
  private let jitter: Jitter

  /// Makes a runner.
  /// - Parameter provider: the vendor's name in error messages.
  public init(
    provider: String, client: any ProviderHTTPClient, clock: any MonotonicClock, policy: RetryPolicy, jitter: Jitter
  ) {
    self.provider = provider
    self.client = client
    self.clock = clock
    self.policy = policy
    self.jitter = jitter
  }

  /// Sends a request. A repeatable one is sent again after 429, 5xx and lost connections, within the policy; any other
  /// one is handed to the client exactly once.
  /// - Returns: the last response, whatever its status.
  /// - Throws: `.unreachable` when nothing was sent, `.fateUnknown` when nobody can know what became of the call,
  ///   `.cancelled`, `.rejected` for a request that cannot be sent and `.malformedReply` for what is not HTTP.
  public func run(_ request: ProviderRequest) async throws(ProviderFailure) -> ProviderResponse {
    let start = clock.now
    var attempts = 0
    while true {
      let outcome = await send(request)
      attempts += 1
      guard request.repeatability == .repeatable, policy.allowsRetry(outcome),
        let pause = policy.pause(
          after: attempts, elapsed: start.duration(to: clock.now), retryAfter: try? outcome.get().retryAfter,
          jitter: jitter)
      else { return try settle(outcome, of: request) }
      do {
        try await clock.sleep(for: pause)
      } catch {
        throw ProviderFailure(.cancelled, "The call to \(provider) was given up between two attempts.")
      }
    }
  }

  private func send(_ request: ProviderRequest) async -> Result<ProviderResponse, ProviderHTTPFailure> {
    do {
      return .success(try await client.send(request))
    } catch {
      return .failure(error)
    }
  }

  private func settle(
    _ outcome: Result<ProviderResponse, ProviderHTTPFailure>, of request: ProviderRequest
  ) throws(ProviderFailure) -> ProviderResponse {
    switch outcome {
    case .success(let response): return response
    case .failure(let failure): throw reason(for: failure, of: request)
    }
  }

  private func reason(for failure: ProviderHTTPFailure, of request: ProviderRequest) -> ProviderFailure {
    let detail = request.withoutCredentials(failure.description)
    // Clients are told the kind of it only: libcurl's words name hosts and ports of the operator's network.
    let cause = failure.code.rawValue
    switch (failure.code, failure.neverSent) {
    case (.invalidRequest, _):
      return ProviderFailure(
        .rejected, "The request to \(provider) cannot be sent (\(cause)); check its base URL.", detail: detail)
    case (.cancelled, let neverSent) where neverSent || request.repeatability == .repeatable:
      return ProviderFailure(.cancelled, "The call to \(provider) was given up.", detail: detail)
    case (_, true):
      return ProviderFailure(
        .unreachable, "\(provider) could not be reached (\(cause)); nothing was sent.", detail: detail)
    case (.unacceptableResponse, false) where request.repeatability == .repeatable:
      return ProviderFailure(
        .malformedReply, "The answer of \(provider) could not be read (\(cause)).", detail: detail)
    case (_, false):
      return ProviderFailure(
        .fateUnknown, "No answer came from \(provider) (\(cause)); whether the call had its effect is not known.",
        detail: detail)
    }
  }
}

/// The whole-call timeouts, connecting included. The defaults are this program's own; no vendor publishes any.
public struct CallTimeouts: Sendable, Hashable {
  /// A new session, which may have to wait for a free machine at the provider.
  public var open: Duration = .seconds(30)
  /// The browser's description.
  public var describe: Duration = .seconds(15)
  /// One candidate, or their end.
  public var candidate: Duration = .seconds(10)
  /// A talk: some providers answer only when the speech was synthesised.
  public var speak: Duration = .seconds(60)
  /// Cutting a talk off.
  public var interrupt: Duration = .seconds(10)
  /// Keeping a session alive.
  public var extend: Duration = .seconds(10)
  /// Ending a session.
  public var close: Duration = .seconds(10)
  /// What is asked outside a session: lists and tokens.
  public var inquiry: Duration = .seconds(10)

  /// The defaults.
  public init() {}
}

/// The bounds of trying again: full-jitter exponential back-off inside a budget of attempts and time.
///
/// It applies to requests marked ``ProviderRequest/Repeatability/repeatable`` and to nothing else.
public struct RetryPolicy: Sendable, Hashable {
  /// How many times a request is sent in all, the first time included.
  public var maximumAttempts: Int
  /// The upper bound of the first pause; each later one is twice the one before.
  public var firstPause: Duration
  /// The upper bound of every pause that the provider did not ask for.
  public var maximumPause: Duration
  /// No attempt begins later than this after the first one began. A call lasts at most this and one timeout.
  public var budget: Duration

  /// The defaults are this program's own; no vendor publishes any.
  public init(
    maximumAttempts: Int = 4, firstPause: Duration = .milliseconds(250), maximumPause: Duration = .seconds(4),
    budget: Duration = .seconds(15)
  ) {
    self.maximumAttempts = maximumAttempts
    self.firstPause = firstPause
    self.maximumPause = maximumPause
    self.budget = budget
  }

  /// How long to wait before the next attempt; nil when there is to be none.
  /// - Parameters:
  ///   - attempts: how many were made.
  ///   - elapsed: the time since the first one began.
  ///   - retryAfter: the pause that the provider asked for, which is kept to.
  ///   - jitter: scales the pause, so that many sessions do not come back at the same moment.
  func pause(after attempts: Int, elapsed: Duration, retryAfter: Duration?, jitter: Jitter) -> Duration? {
    guard attempts < maximumAttempts else { return nil }
    // Beyond 30 doublings every first pause is above every sensible maximum, and the shift would overflow.
    let bound = min(firstPause * (1 << min(attempts - 1, 30)), maximumPause)
    let pause = max(bound * jitter.fraction(), retryAfter ?? .zero)
    return elapsed + pause < budget ? pause : nil
  }

  /// True when an outcome is one that another attempt may change.
  func allowsRetry(_ outcome: Result<ProviderResponse, ProviderHTTPFailure>) -> Bool {
    switch outcome {
    case .success(let response): response.status == 429 || (500..<600).contains(response.status)
    case .failure(let failure):
      switch failure.code {
      case .unresolvedHost, .unreachable, .timeout, .connectionLost: true
      case .tls, .unacceptableResponse, .cancelled, .invalidRequest, .overloaded: false
      }
    }
  }
}

/// Draws fractions of a pause.
public struct Jitter: Sendable {
  private let draw: @Sendable () -> Double

  /// Makes a source from a function that returns numbers from 0 to 1; others are brought into that range.
  public init(_ draw: @escaping @Sendable () -> Double) { self.draw = draw }

  /// The system's random numbers.
  public static let random = Jitter { Double.random(in: 0...1) }

  /// A number from 0 to 1.
  func fraction() -> Double { min(max(draw(), 0), 1) }
}

extension ProviderResponse {
  /// The longest pause that is believed.
  private static let longestRetryAfter = 86_400

  /// `Retry-After` in its form of delta-seconds (RFC 9110 section 10.2.3). Its other form, a date, is not read: neither
  /// vendor is known to send it.
  public var retryAfter: Duration? {
    guard let text = header("retry-after"), !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    // What does not fit an integer is longer than the longest.
    return .seconds(min(Int(text) ?? Self.longestRetryAfter, Self.longestRetryAfter))
  }
}
