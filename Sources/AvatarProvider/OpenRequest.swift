// What a client asks for when it opens a session.
import StrictJSON

/// A request for a new session.
public struct OpenRequest: Sendable, Hashable {
  /// Who speaks: the provider's own name or URL of an avatar; nil for the adapter's default.
  public var avatar: String?
  /// The provider's own options under the provider's own names; the adapter checks them and refuses unknown ones.
  public var options: JSONObject

  public init(avatar: String? = nil, options: JSONObject = [:]) {
    self.avatar = avatar
    self.options = options
  }
}
