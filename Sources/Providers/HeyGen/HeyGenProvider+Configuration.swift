// What an operator sets of the HeyGen adapter.
import ProviderCalls
import ProviderHTTP

extension HeyGenProvider {
  /// The settings of the adapter.
  public struct Configuration: Sendable {
    public typealias Timeouts = CallTimeouts
    public typealias Retry = RetryPolicy

    /// By what a session's calls are authenticated.
    public enum Authentication: String, Sendable, Hashable, CaseIterable {
      /// `X-Api-Key` in every call.
      case apiKey
      /// A token for each session, made with the key and used as `Authorization: Bearer` by all calls of that session
      /// (docs.heygen.com/reference/create-session-token: one token, one session).
      case sessionToken
    }

    /// The longest text of one talk in bytes. HeyGen states none; this is the relay's own.
    static let maximumTextBytes = 40_000

    /// Which `activity_idle_timeout` HeyGen takes (docs.heygen.com/reference/new-session).
    public static let idleLimits: ClosedRange<Duration> = .seconds(30)...(.seconds(3600))

    /// Where the API is: HeyGen, a mock, or a proxy.
    public var baseURL: String
    public var key: Secret
    public var authentication: Authentication
    /// The silence after which HeyGen is told to end a session; brought within ``idleLimits`` and sent with each new
    /// session, since the vendor's own default changed from 3 to 2 minutes over time.
    public var idleLimit: Duration
    /// How long a session may live, where HeyGen's reply does not say.
    public var lifetime: Duration?
    /// The avatar of sessions for which the client names none; nil for HeyGen's own default.
    public var defaultAvatar: String?
    public var timeouts: Timeouts
    public var retry: Retry

    public init(
      baseURL: String = "https://api.heygen.com", key: Secret, authentication: Authentication = .apiKey,
      idleLimit: Duration = .seconds(180), lifetime: Duration? = nil, defaultAvatar: String? = nil,
      timeouts: Timeouts = Timeouts(), retry: Retry = Retry()
    ) {
      self.baseURL = baseURL
      self.key = key
      self.authentication = authentication
      self.idleLimit = min(max(idleLimit, Self.idleLimits.lowerBound), Self.idleLimits.upperBound)
      self.lifetime = lifetime
      self.defaultAvatar = defaultAvatar
      self.timeouts = timeouts
      self.retry = retry
    }
  }
}
