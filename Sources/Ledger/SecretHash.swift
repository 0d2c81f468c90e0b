// By what a resume secret is recognised without being kept.

/// The SHA-256 of a resume secret. The secret has 256 random bits, so its hash tells nobody anything and needs no salt.
public struct SecretHash: Sendable, Hashable, Codable, CustomStringConvertible, CustomReflectable {
  /// 32 bytes.
  public let bytes: [UInt8]

  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads hexadecimal digits.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let bytes = Hexadecimal.bytes(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not hexadecimal")
    }
    self.bytes = bytes
  }

  /// Writes hexadecimal digits.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Hexadecimal.text(bytes))
  }

  public var description: String { "(secret hash)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
