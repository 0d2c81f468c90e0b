// How a session stands, for a client that missed too much.

/// All of a session's state that notifications tell of. They go on with `seq` + 1.
public struct SessionSnapshot: Sendable, Hashable {
  /// One talk and how far it came.
  public struct Talk: Sendable, Hashable {
    /// As the phases of `session.talk`; `unknown` for a talk of which only the acceptance is known.
    public enum Phase: String, Sendable, Hashable, CaseIterable { case accepted, started, ended, failed, unknown }
    public var talk: String
    public var phase: Phase
    public var durationMs: Int64?
    public init(talk: String, phase: Phase, durationMs: Int64?) {
      self.talk = talk
      self.phase = phase
      self.durationMs = durationMs
    }
  }

  public var seq: Int64
  public var state: SessionState
  /// The talks that are remembered, first accepted first.
  public var talks: [Talk]
  /// What the client reported last.
  public var iceState: Report.IceState
  /// How long the session lives if nothing more happens; nil if for ever.
  public var expiresInMs: Int64?
  /// What the client reported last; nil if it never did.
  public var dataChannel: Report.ChannelState?

  public init(
    seq: Int64, state: SessionState, talks: [Talk], iceState: Report.IceState, expiresInMs: Int64?,
    dataChannel: Report.ChannelState?
  ) {
    self.seq = seq
    self.state = state
    self.talks = talks
    self.iceState = iceState
    self.expiresInMs = expiresInMs
    self.dataChannel = dataChannel
  }
}
