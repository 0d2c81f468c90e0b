// One HTTP request that an adapter sends to its provider.

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
