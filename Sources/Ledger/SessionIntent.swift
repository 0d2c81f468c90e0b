// What is recorded before a session is created at a provider.

/// A session that is about to be created. From the moment at which it is sent the provider may bill for it.
public struct SessionIntent: Sendable, Hashable {
  /// The relay's own id of the session.
  public var session: String
  /// The provider's configured name.
  public var provider: String
  public var relay: RelayID
  public var at: WallTime
  /// Whom the session counts for; nil where nobody is asked for a token.
  public var subject: String?
  /// After how much silence the provider ends such a session in milliseconds; nil where it never does.
  public var idleLimitMs: Int64?

  public init(
    session: String, provider: String, relay: RelayID, at: WallTime, subject: String? = nil, idleLimitMs: Int64? = nil
  ) {
    self.session = session
    self.provider = provider
    self.relay = relay
    self.at = at
    self.subject = subject
    self.idleLimitMs = idleLimitMs
  }
}
