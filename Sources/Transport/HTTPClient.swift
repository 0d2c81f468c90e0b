// The upstream side: provider APIs over HTTP/1.1 and HTTP/2 with libcurl.
import ProviderHTTP

/// Sends requests with libcurl's multi interface on the event loop.
public final class HTTPClient: ProviderHTTPClient, @unchecked Sendable {
  /// Makes a client. It is shut down with the loop.
  /// - Throws: ``TransportError`` `.certificate` when the extra CA file cannot be read, `.stopped`.
  public static func start(_ configuration: HTTPClientConfiguration, on loop: EventLoop) async throws(TransportError)
    -> HTTPClient
  {
    fatalError()
  }

  public func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse { fatalError() }
}
