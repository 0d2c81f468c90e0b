// An HTTP client that nothing may use.
import ProviderHTTP
import Testing

/// Records an issue when it is asked for anything.
struct UnusedClient: ProviderHTTPClient {
  func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
    Issue.record("a request was sent")
    throw ProviderHTTPFailure(.cancelled, neverSent: true)
  }
}
