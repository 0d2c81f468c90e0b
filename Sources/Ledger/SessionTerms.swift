// Holds what a relay has to know of a session that it did not open itself.
import SessionValues

/// The properties of an open session that its provider set when it opened it.
public struct SessionTerms: Sendable, Hashable {
  /// Who describes first; nil where the record has a word of a newer version.
  public var negotiation: Negotiation?
  /// What the session can do; nil where the record has a word of a newer version.
  public var capabilities: SessionCapabilities?
  /// After how much silence the session ends; nil for never.
  public var idleLimitMs: Int64?
  /// How long the session may live in all; nil for ever.
  public var lifetimeMs: Int64?

  public init(
    negotiation: Negotiation?, capabilities: SessionCapabilities?, idleLimitMs: Int64?, lifetimeMs: Int64?
  ) {
    self.negotiation = negotiation
    self.capabilities = capabilities
    self.idleLimitMs = idleLimitMs
    self.lifetimeMs = lifetimeMs
  }
}

/// One level of plain words and numbers, as every store keeps them. Unknown words are no damage: such a session can
/// still be ended.
extension SessionTerms: Codable {
  private enum CodingKeys: CodingKey {
    case negotiation, interrupt, canExtend, takesSSML, takesAudio, idleLimitMs, lifetimeMs
  }

  /// Stands for what a newer version said.
  private static let unknown = "unknown"

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    negotiation = Negotiation(rawValue: try container.decode(String.self, forKey: .negotiation))
    let extend = try container.decode(Bool.self, forKey: .canExtend)
    let ssml = try container.decode(Bool.self, forKey: .takesSSML)
    let audio = try container.decode(Bool.self, forKey: .takesAudio)
    capabilities = SessionCapabilities.Interrupt(rawValue: try container.decode(String.self, forKey: .interrupt)).map {
      SessionCapabilities(interrupt: $0, extend: extend, ssml: ssml, audio: audio)
    }
    idleLimitMs = try container.decodeIfPresent(Int64.self, forKey: .idleLimitMs)
    lifetimeMs = try container.decodeIfPresent(Int64.self, forKey: .lifetimeMs)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(negotiation?.rawValue ?? Self.unknown, forKey: .negotiation)
    try container.encode(capabilities?.interrupt.rawValue ?? Self.unknown, forKey: .interrupt)
    try container.encode(capabilities?.extend ?? false, forKey: .canExtend)
    try container.encode(capabilities?.ssml ?? false, forKey: .takesSSML)
    try container.encode(capabilities?.audio ?? false, forKey: .takesAudio)
    try container.encodeIfPresent(idleLimitMs, forKey: .idleLimitMs)
    try container.encodeIfPresent(lifetimeMs, forKey: .lifetimeMs)
  }
}
