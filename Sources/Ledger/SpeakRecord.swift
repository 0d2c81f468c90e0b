// Holds what the ledger knows of one speak: that it was asked for, by a fingerprint of its words, and what became of
// it.

/// A speak that was, or was about to be, sent to the provider.
public struct SpeakRecord: Sendable, Hashable, Codable {
  /// The client's id of the request.
  public var request: Int64
  public var fingerprint: ScriptFingerprint
  public var at: WallTime
  /// Nil while nobody knows: it may be on its way, or it was when the relay died.
  public var outcome: SpeakOutcome?

  public init(request: Int64, fingerprint: ScriptFingerprint, at: WallTime, outcome: SpeakOutcome? = nil) {
    self.request = request
    self.fingerprint = fingerprint
    self.at = at
    self.outcome = outcome
  }
}

/// How a speak ended.
public enum SpeakOutcome: Sendable, Hashable, Codable {
  /// The provider accepted it. `talk` is the id that the client was told.
  case spoken(talk: String, durationMs: Int64?)
  /// Nothing was said and nothing will be; the kind is the error's symbolic name.
  case refused(kind: String)
  /// Nobody can know.
  case unknown
}

/// The beginning of a hash over session, request and content, made by whoever knows them. It tells two contents apart;
/// whoever has it and a guess of the words can still confirm the guess, which is why a store keeps it from others.
public struct ScriptFingerprint: Sendable, Hashable, Codable {
  /// Hexadecimal digits.
  public let hex: String

  public init(hex: String) { self.hex = hex }

  public init(from decoder: any Decoder) throws { hex = try decoder.singleValueContainer().decode(String.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}
