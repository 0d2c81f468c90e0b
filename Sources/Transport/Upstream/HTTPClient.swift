// Sends requests to providers over HTTP/1.1 and HTTP/2 with libcurl.
import Basics
import ProviderHTTP

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
  public static let longestIdle = Duration.seconds(12)
  /// The longest timeout; a longer one is cut to it.
  public static let maximumTimeout = Duration.seconds(24 * 3600)

  private let loop: EventLoop
  /// Confined to the loop's thread.
  private let multi: CurlMulti

  var configuration: HTTPClientConfiguration { multi.configuration }

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
    let result = await run(CurlTransfer(request, until: ActingDeadline.current))
    return try result.get()
  }

  /// Makes connections to a URL's origin for calls that are to come, where those that are there were not used for some
  /// time: one that HTTP/2 shares, or as many as the configuration says. Nothing of HTTP is sent over them.
  /// - Throws: the first failure.
  public func prepareConnections(to url: String, unlessUsedWithin time: Duration) async throws(ProviderHTTPFailure) {
    let origin = ProviderRequest(method: "GET", url: url, repeatability: .repeatable).origin
    try ProviderRequest(method: "GET", url: origin, repeatability: .repeatable).checkForm(maximumBodyBytes: 0)
    let count = await withCheckedContinuation { continuation in
      loop.execute { [multi] in continuation.resume(returning: multi.missingConnections(origin, unusedFor: time)) }
    }
    let results = await withTaskGroup(of: CurlTransfer.Outcome.self) { group in
      for _ in 0..<max(0, count) { group.addTask { await self.makeConnection(to: origin) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    for result in results { _ = try result.get() }
  }

  private func makeConnection(to origin: String) async -> CurlTransfer.Outcome {
    await run(CurlTransfer(connectionTo: origin, configuration))
  }

  /// - Parameter isolation: where it is called, and where it waits: a change of executors would cost a turn of the loop each
  ///   way.
  private func run(
    _ transfer: CurlTransfer, isolation: isolated (any Actor)? = #isolation
  ) async -> CurlTransfer.Outcome {
    await withTaskCancellationHandler {
      // What uses it is isolated to it.
      _ = isolation
      return await withCheckedContinuation { continuation in
        loop.execute { [multi] in multi.add(transfer, continuation) }
      }
    } onCancel: {
      loop.execute { [multi] in multi.cancel(transfer) }
    }
  }

  /// Closes the connections that no call uses and none has used for some time.
  public func closeConnections(unusedFor time: Duration) {
    loop.execute { [multi] in multi.closeConnections(unusedFor: time) }
  }
}

/// Trust, proxy and bounds of an ``HTTPClient``.
public struct HTTPClientConfiguration: Sendable {
  /// A PEM file with further certificate authorities, beside the system's. Read once, when the client starts.
  public var extraCAFile: String?
  /// `http://host:port` of a proxy; nil for none. It is not asked for URLs of loopback hosts; nor is the environment for another.
  public var proxy: String?
  /// Path of a unix socket to which every request goes, whatever host its URL names; nil for none.
  public var unixSocket: String?
  /// How long name lookup, TCP and TLS handshake may take together.
  public var connectTimeout = Duration.seconds(10)
  /// Most connections kept open, idle ones included.
  public var maximumConnections = 64
  /// Most connections to one host.
  public var maximumConnectionsPerHost = 16
  /// How many of these are for requests of priority `.closing` only.
  public var reservedConnectionsPerHost = 2
  /// How many idle connections are kept ready to a host that does not speak HTTP/2, where one to it is asked for.
  public var readyConnectionsPerHost = 4
  /// Most requests of a priority under way or waiting; above it `.overloaded`.
  public var maximumRequests = 1024
  /// Largest request body in bytes; `.invalidRequest` above it.
  public var maximumRequestBytes = 4 * 1024 * 1024

  public init() {}
}
