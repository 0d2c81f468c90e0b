// The result of session.open.
import SessionValues

/// All that a browser needs to take part in a session.
public struct OpenedSession: Sendable, Hashable {
  /// Milliseconds, and bytes of UTF-8; an absent member means no limit.
  public struct Limits: Sendable, Hashable {
    public var idleMs: Int64?
    public var lifetimeMs: Int64?
    public var graceMs: Int64
    public var maxTextBytes: Int64
    public init(idleMs: Int64?, lifetimeMs: Int64?, graceMs: Int64, maxTextBytes: Int64) {
      self.idleMs = idleMs
      self.lifetimeMs = lifetimeMs
      self.graceMs = graceMs
      self.maxTextBytes = maxTextBytes
    }
  }
  public var session: SessionID
  public var secret: ResumeSecret
  public var provider: String
  /// How media is reached: the members `offer` and `iceServers`, `iceServers` only, or `room` = `{url, token}`.
  public var grant: MediaGrant
  public var dataChannel: DataChannel?
  public var limits: Limits
  public var capabilities: SessionCapabilities
  /// The provider wants candidates one by one; on the wire one of the capabilities.
  public var trickle: Bool

  public init(
    session: SessionID, secret: ResumeSecret, provider: String, grant: MediaGrant, dataChannel: DataChannel?,
    limits: Limits, capabilities: SessionCapabilities, trickle: Bool
  ) {
    self.session = session
    self.secret = secret
    self.provider = provider
    self.grant = grant
    self.dataChannel = dataChannel
    self.limits = limits
    self.capabilities = capabilities
    self.trickle = trickle
  }
}
