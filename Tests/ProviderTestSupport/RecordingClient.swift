// A provider made of prepared answers, which remembers what it was asked.
import ProviderHTTP
import StrictJSON

/// Answers each request with the next prepared outcome. A request for which none is prepared fails as an invalid one.
public actor RecordingClient: ProviderHTTPClient {
  public typealias Outcome = Result<ProviderResponse, ProviderHTTPFailure>

  private var outcomes: [Outcome]
  /// The requests in the order of their arrival.
  public private(set) var requests: [ProviderRequest] = []

  public init(_ outcomes: [Outcome]) { self.outcomes = outcomes }

  public func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
    requests.append(request)
    guard !outcomes.isEmpty else {
      throw ProviderHTTPFailure(.invalidRequest, neverSent: true, detail: "no answer was prepared")
    }
    return try outcomes.removeFirst().get()
  }

  /// How many prepared outcomes nobody asked for.
  public var remaining: Int { outcomes.count }
}
