// By what a speak that is sent again is recognised without its words being kept.

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
