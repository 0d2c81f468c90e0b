// Sends a request to a provider, and again where that is allowed, until there is a response or a reason for none.
import AvatarProvider
import ProviderHTTP
import Timekeeping

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
    switch (failure.code, failure.neverSent) {
    case (.invalidRequest, _):
      return ProviderFailure(.rejected, "The request to \(provider) cannot be sent (\(detail)); check its base URL.")
    case (.cancelled, let neverSent) where neverSent || request.repeatability == .repeatable:
      return ProviderFailure(.cancelled, "The call to \(provider) was given up.")
    case (_, true):
      return ProviderFailure(.unreachable, "\(provider) could not be reached (\(detail)); nothing was sent.")
    case (.unacceptableResponse, false) where request.repeatability == .repeatable:
      return ProviderFailure(.malformedReply, "The answer of \(provider) could not be read (\(detail)).")
    case (_, false):
      return ProviderFailure(
        .fateUnknown, "No answer came from \(provider) (\(detail)); whether the call had its effect is not known.")
    }
  }
}
