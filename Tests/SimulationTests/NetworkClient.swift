// How an adapter of the simulated relay reaches the simulated network.
import ProviderHTTP

/// Sends in the name of one life of the relay.
struct NetworkClient: ProviderHTTPClient {
  let network: ProviderNetwork
  let life: Int

  func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
    try await network.send(request, of: life).get()
  }
}
