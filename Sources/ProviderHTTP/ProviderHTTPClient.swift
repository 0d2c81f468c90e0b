// The one thing that an adapter needs of the network.

/// Sends requests to a provider.
public protocol ProviderHTTPClient: Sendable {
  /// Sends one request and returns the complete response, whatever its status.
  ///
  /// Cancelling the calling task ends the transfer and throws `.cancelled`.
  func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse
}
