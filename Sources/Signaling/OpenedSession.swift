// The result of session.open.

/// All that a browser needs to take part in a session.
public struct OpenedSession: Sendable, Hashable {
  /// How media is reached.
  public enum Grant: Sendable, Hashable {
    /// Members `offer` and `iceServers`.
    case offer(SDPDescription, iceServers: [IceServerInit])
    /// Member `iceServers` only: the browser makes the offer.
    case awaitsOffer(iceServers: [IceServerInit])
    /// Member `room` = `{url, token}`.
    case room(url: String, token: String)
  }
  /// Who opens the data channel: `{openedBy, label?, frames}`.
  public struct DataChannel: Sendable, Hashable {
    public enum Opener: String, Sendable, Hashable { case client, provider }
    public enum Frames: String, Sendable, Hashable { case text, binary }
    public var openedBy: Opener
    public var label: String?
    public var frames: Frames
    public init(openedBy: Opener, label: String?, frames: Frames) {
      self.openedBy = openedBy
      self.label = label
      self.frames = frames
    }
  }
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
  public struct Capabilities: Sendable, Hashable {
    public enum Interrupt: String, Sendable, Hashable { case relay, dataChannel, none }
    public var interrupt: Interrupt
    public var extend: Bool
    public var ssml: Bool
    public var audio: Bool
    /// The provider wants candidates one by one.
    public var trickle: Bool
    public init(interrupt: Interrupt, extend: Bool, ssml: Bool, audio: Bool, trickle: Bool) {
      self.interrupt = interrupt
      self.extend = extend
      self.ssml = ssml
      self.audio = audio
      self.trickle = trickle
    }
  }

  public var session: SessionID
  public var secret: ResumeSecret
  public var provider: String
  public var grant: Grant
  public var dataChannel: DataChannel?
  public var limits: Limits
  public var capabilities: Capabilities

  public init(
    session: SessionID, secret: ResumeSecret, provider: String, grant: Grant, dataChannel: DataChannel?,
    limits: Limits, capabilities: Capabilities
  ) {
    self.session = session
    self.secret = secret
    self.provider = provider
    self.grant = grant
    self.dataChannel = dataChannel
    self.limits = limits
    self.capabilities = capabilities
  }
}
