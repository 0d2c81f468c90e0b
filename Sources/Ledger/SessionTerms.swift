// What a relay has to know of a session that it did not open itself.

/// The properties of an open session that its provider set when it opened it, in words that every store can keep.
public struct SessionTerms: Sendable, Hashable, Codable {
  /// Who describes first: `providerOffers`, `clientOffers`, or `room` where nobody does.
  public var negotiation: String
  /// Who can cut a talk off: `relay`, `dataChannel` or `none`.
  public var interrupt: String
  public var canExtend: Bool
  public var takesSSML: Bool
  public var takesAudio: Bool
  /// After how much silence the session ends; nil for never.
  public var idleLimitMs: Int64?
  /// How long the session may live in all; nil for ever.
  public var lifetimeMs: Int64?

  public init(
    negotiation: String, interrupt: String, canExtend: Bool, takesSSML: Bool, takesAudio: Bool, idleLimitMs: Int64?,
    lifetimeMs: Int64?
  ) {
    self.negotiation = negotiation
    self.interrupt = interrupt
    self.canExtend = canExtend
    self.takesSSML = takesSSML
    self.takesAudio = takesAudio
    self.idleLimitMs = idleLimitMs
    self.lifetimeMs = lifetimeMs
  }
}
