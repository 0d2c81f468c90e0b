// By what a speak that is sent again is recognised without its words being kept.
import Crypto

/// The first 128 bits of a SHA-256 over session, request and content. It tells two contents apart; whoever has the file
/// and a guess of the words can still confirm the guess, which is why the file is its owner's alone.
public struct ScriptFingerprint: Sendable, Hashable, Codable, CustomStringConvertible {
  /// 32 hexadecimal digits.
  public let hex: String

  /// - Parameter content: everything by which two scripts differ, in one unambiguous form.
  public init(session: String, request: Int64, content: String) {
    var hash = SHA256()
    for part in [session, String(request), content] {
      hash.update(data: Array("\(part.utf8.count):".utf8))
      hash.update(data: Array(part.utf8))
    }
    hex = Digits.hex(hash.finalize().prefix(16))
  }

  /// A fingerprint as it was kept.
  public init(hex: String) { self.hex = hex }

  public init(from decoder: any Decoder) throws { hex = try decoder.singleValueContainer().decode(String.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }

  public var description: String { hex }
}
