// The upstream side: provider APIs over HTTP/1.1 and HTTP/2 with libcurl.
import ProviderHTTP
import Timekeeping

/// Sends requests with libcurl's multi interface on the event loop.
///
/// Connections are kept and shared (HTTP/2 where the server offers it); redirects are not followed, no cookie is kept
/// and the environment is not asked for a proxy. Right before a request is written, its connection is looked at: one that
/// the other side has closed, or that was idle for longer than ``longestIdle``, is not used. What is sent again, within
/// the timeout:
/// - every request that the server provably did not process: a connection that failed or ended before the first byte was
///   written, a stream that it refused or that its GOAWAY left out (RFC 9113 section 8.7);
/// - `.repeatable`: also when its connection ends before the first byte of the response, at most ``maximumSends`` times in
///   all.
public final class HTTPClient: ProviderHTTPClient, @unchecked Sendable {
  /// How often a repeatable request is sent at most.
  public static let maximumSends = 3
  /// How long a connection may have been idle that is still used. Common servers close idle ones after 15 s and more (of
  /// nginx it is 75 s, of AWS load balancers 60 s), and a request that crosses the close is of unknown fate.
  public static let longestIdle = Duration.seconds(14)
  /// The longest timeout; a longer one is cut to it.
  public static let maximumTimeout = Duration.seconds(24 * 3600)

  private let loop: EventLoop
  /// Confined to the loop's thread.
  private let multi: CurlMulti

  private init(loop: EventLoop, multi: CurlMulti) {
    self.loop = loop
    self.multi = multi
  }

  /// Makes a client. It is shut down with the loop.
  /// - Throws: ``TransportError`` `.certificate` when the extra CA file cannot be read, `.invalidAddress` when the
  ///   proxy is not an `http://` URL, `.stopped`.
  public static func start(_ configuration: HTTPClientConfiguration, on loop: EventLoop) async throws(TransportError)
    -> HTTPClient
  {
    if let proxy = configuration.proxy, !proxy.hasPrefix("http://") || proxy.utf8.contains(0) {
      throw TransportError(.invalidAddress, "a proxy is given as http://host:port")
    }
    let multi = CurlMulti(configuration, trust: try CurlTrust(extraCAFile: configuration.extraCAFile), loop: loop)
    let hasStarted = await withCheckedContinuation { continuation in
      loop.execute { continuation.resume(returning: multi.start()) }
    }
    guard hasStarted else { throw TransportError(.stopped, "the event loop has been stopped") }
    return HTTPClient(loop: loop, multi: multi)
  }

  /// Sends one request; may be called from any task. Nothing is sent after the task's ``ActingDeadline``: the last look
  /// at it is libcurl's own call before it writes the request to a connection that is ready.
  public func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
    try request.checkForm(maximumBodyBytes: multi.configuration.maximumRequestBytes)
    let transfer = CurlTransfer(request, until: ActingDeadline.current)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        loop.execute { [multi] in multi.add(transfer, continuation) }
      }
    } onCancel: {
      loop.execute { [multi] in multi.cancel(transfer) }
    }
    return try result.get()
  }
}
