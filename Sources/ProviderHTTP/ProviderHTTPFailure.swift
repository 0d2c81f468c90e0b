// Why no response came from a provider.

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
