// Says what an adapter needs of the network: a request goes out, and a response or a failure comes back.

/// Sends requests to a provider.
public protocol ProviderHTTPClient: Sendable {
  /// Sends one request and returns the complete response, whatever its status.
  ///
  /// Cancelling the calling task ends the transfer and throws `.cancelled`.
  func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse
}

/// A request to a provider's HTTP API.
///
/// Its description names method and path only: headers hold the provider key, bodies hold SDP and users' text.
public struct ProviderRequest: Sendable, CustomStringConvertible, CustomReflectable {
  /// What may be done when nobody knows whether the provider saw the request.
  public enum Repeatability: Sendable, Hashable {
    /// Sending it again has no other effect than sending it once (sdp, end of candidates, delete, list, keep-alive).
    case repeatable
    /// It must have its effect at most once (create, speak, task): it is sent again only when the provider provably did
    /// not process it.
    case once
  }

  /// Which calls go before others where there is no room for all.
  public enum Priority: Sendable, Hashable {
    case ordinary
    /// It ends something that is billed, so it goes before all ordinary calls and has room that they cannot take.
    case closing
  }

  public var method: String
  /// Absolute URL, `http` or `https`.
  public var url: String
  /// Header fields in order. A `Host` and a `Content-Length` are added by the client.
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]
  public var repeatability: Repeatability
  public var priority: Priority
  /// How long the whole call may take, connecting included.
  public var timeout: Duration
  /// The largest response body that is accepted, in bytes.
  public var maximumResponseBytes: Int

  public init(
    method: String, url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    repeatability: Repeatability, priority: Priority = .ordinary, timeout: Duration = .seconds(30),
    maximumResponseBytes: Int = 1 << 20
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.repeatability = repeatability
    self.priority = priority
    self.timeout = timeout
    self.maximumResponseBytes = maximumResponseBytes
  }

  public var description: String {
    let withoutQuery = url.prefix { $0 != "?" }
    return "\(method) \(withoutQuery)"
  }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A complete HTTP response. Redirects are not followed, so a 3xx arrives here as it is.
public struct ProviderResponse: Sendable, CustomStringConvertible, CustomReflectable {
  public var status: Int
  /// Header fields in the order of arrival, names in lower case.
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]

  public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The value of the first header field of that name (lower case).
  public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  public var description: String { "HTTP \(status), \(body.count) bytes" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A call that brought no complete HTTP response.
public struct ProviderHTTPFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// The host name did not resolve.
    case unresolvedHost
    /// No connection was made (refused, unreachable, connect timeout).
    case unreachable
    /// The TLS handshake failed: certificate, host name or protocol.
    case tls
    /// The whole-call timeout passed.
    case timeout
    /// The connection ended before the response was complete.
    case connectionLost
    /// The response is larger than the request allows, or is not HTTP.
    case unacceptableResponse
    /// The caller's task was cancelled, or the client was shut down.
    case cancelled
    /// The URL or the request is not one that can be sent.
    case invalidRequest
    /// The bounded queue of waiting requests is full.
    case overloaded
  }

  public let code: Code
  /// True when it is certain that no byte of the request reached the provider, so that it may be sent again.
  public let neverSent: Bool
  /// The library's own words about the cause; holds no header and no body.
  public let detail: String

  public init(_ code: Code, neverSent: Bool, detail: String = "") {
    self.code = code
    self.neverSent = neverSent
    self.detail = detail
  }

  public var description: String { detail.isEmpty ? code.rawValue : "\(code.rawValue): \(detail)" }
}
