// Holds what a client asks for when it opens a session, and what that comes to at the provider.
import StrictJSON

/// A request for a new session.
public struct OpenRequest: Sendable, Hashable {
  /// Who speaks: the provider's own name or URL of an avatar; nil for the adapter's default.
  public var avatar: String?
  /// The provider's own options under the provider's own names; the adapter checks them and refuses unknown ones.
  public var options: JSONObject
  /// The options are a whole call in the provider's own words (``VerbatimCall``): whether it takes them is for the provider
  /// to say, and the adapter reads only what it has to know.
  public var isVerbatim: Bool

  /// Takes a request as it came.
  public init(avatar: String? = nil, options: JSONObject = [:], isVerbatim: Bool = false) {
    self.avatar = avatar
    self.options = options
    self.isVerbatim = isVerbatim
  }
}

/// A request for a session after all checks, in the provider's words. An adapter makes it of a request, and opens it.
public struct SessionPlan: Sendable, Hashable {
  /// Which avatar is shown, however the request named it; nil where the provider would choose. Whoever may use only
  /// some avatars is judged by it.
  public var avatar: String?
  /// After how much silence the provider ends such a session; nil where it never does. It is known before the session
  /// is opened, since the reply may never be seen.
  public var idleLimit: Duration?
  /// Which of the adapter's contracts it is opened under, as in ``SessionHandle/contract``; for the adapter only.
  public var contract: String
  /// What the provider is sent; for the adapter only.
  public var body: JSONObject

  /// Only adapters make plans.
  public init(avatar: String?, idleLimit: Duration?, contract: String = "", body: JSONObject) {
    self.avatar = avatar
    self.idleLimit = idleLimit
    self.contract = contract
    self.body = body
  }
}
