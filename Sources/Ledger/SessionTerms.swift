// What a relay has to know of a session that it did not open itself.

/// The properties of an open session that its provider set when it opened it, in words that every store can keep.
public struct SessionTerms: Sendable, Hashable, Codable {
  /// What the provider waits for: `answer`, `offer` or `nothing`.
  public var awaits: String
  /// Who can cut a talk off: `relay`, `dataChannel` or `none`.
  public var interrupt: String
  public var canExtend: Bool
  public var takesSSML: Bool
  public var takesAudio: Bool
  /// The provider tells of talks and of its candidates on a socket of its own, which ended with the relay that held it.
  public var hasOwnEvents: Bool
  /// After how much silence the session ends; nil for never.
  public var idleLimitMs: Int64?
  /// How long the session may live in all; nil for ever.
  public var lifetimeMs: Int64?

  public init(
    awaits: String, interrupt: String, canExtend: Bool, takesSSML: Bool, takesAudio: Bool, hasOwnEvents: Bool,
    idleLimitMs: Int64?, lifetimeMs: Int64?
  ) {
    self.awaits = awaits
    self.interrupt = interrupt
    self.canExtend = canExtend
    self.takesSSML = takesSSML
    self.takesAudio = takesAudio
    self.hasOwnEvents = hasOwnEvents
    self.idleLimitMs = idleLimitMs
    self.lifetimeMs = lifetimeMs
  }
}
