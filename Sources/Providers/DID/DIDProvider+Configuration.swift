// What an operator sets of the D-ID adapter.
import ProviderCalls
import ProviderHTTP

extension DIDProvider {
  /// The settings of the adapter.
  public struct Configuration: Sendable {
    public typealias Timeouts = CallTimeouts
    public typealias Retry = RetryPolicy

    /// Where the API is: D-ID, a mock, or a proxy.
    public var baseURL: String
    /// The key as the studio shows it (sent as `Basic`), or a whole header value that begins with `Basic `, `Bearer `
    /// or `Client-Key `.
    public var key: Secret
    /// The silence after which D-ID ends a stream that was opened without `session_timeout`: 5 minutes by the vendor's
    /// quick guide; users measured less, and plans differ.
    public var idleLimit: Duration
    /// How long a stream may live in all; D-ID states no limit.
    public var lifetime: Duration?
    /// The photo of talks for which the client names none.
    public var defaultSourceURL: String?
    public var timeouts: Timeouts
    public var retry: Retry

    public init(
      baseURL: String = "https://api.d-id.com", key: Secret, idleLimit: Duration = .seconds(300),
      lifetime: Duration? = nil, defaultSourceURL: String? = nil, timeouts: Timeouts = Timeouts(),
      retry: Retry = Retry()
    ) {
      self.baseURL = baseURL
      self.key = key
      self.idleLimit = idleLimit
      self.lifetime = lifetime
      self.defaultSourceURL = defaultSourceURL
      self.timeouts = timeouts
      self.retry = retry
    }
  }
}
