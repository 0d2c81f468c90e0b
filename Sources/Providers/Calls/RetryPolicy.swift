// How often and how long a call that may be repeated is tried.
import ProviderHTTP

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

  public init(
    maximumAttempts: Int = 4, firstPause: Duration = .milliseconds(250), maximumPause: Duration = .seconds(4),
    budget: Duration = .seconds(15)
  ) {
    self.maximumAttempts = maximumAttempts
    self.firstPause = firstPause
    self.maximumPause = maximumPause
    self.budget = budget
  }

  /// Every call is sent once.
  public static let never = RetryPolicy(maximumAttempts: 1)

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
