// Holds what the ledger knows of one speak: that it was asked for, by a fingerprint of its words, and what became of
// it.
import Basics
import Cryptography
import SessionValues
import StrictJSON

/// A speak that was, or was about to be, sent to the provider.
public struct SpeakRecord: Sendable, Hashable, Codable {
  /// The client's id of the request.
  public var request: Int64
  /// Of what was to be said.
  public var fingerprint: ScriptFingerprint
  /// When it was about to be sent.
  public var at: WallTime
  /// Nil while nobody knows: it may be on its way, or it was when the relay died.
  public var outcome: SpeakOutcome?
  /// How far it has come, where it is handed on in parts.
  public var parts: PartProgress?

  /// Describes a speak.
  public init(
    request: Int64, fingerprint: ScriptFingerprint, at: WallTime, outcome: SpeakOutcome? = nil,
    parts: PartProgress? = nil
  ) {
    self.request = request
    self.fingerprint = fingerprint
    self.at = at
    self.outcome = outcome
    self.parts = parts
  }
}

/// How far a talk has come whose text is still being written, by its client's numbers of the parts.
public struct PartProgress: Sendable, Hashable, Codable {
  /// The last part of which the provider has every word; -1 for none.
  public var taken: Int64
  /// The last part that was, or was about to be, handed on.
  public var handedOn: Int64
  /// The provider knows that no more comes.
  public var isEnded: Bool

  /// Describes how far a talk has come.
  public init(taken: Int64, handedOn: Int64, isEnded: Bool = false) {
    self.taken = taken
    self.handedOn = handedOn
    self.isEnded = isEnded
  }

  mutating func end(_ isComplete: Bool) {
    isEnded = true
    if isComplete { taken = handedOn }
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

/// The beginning of a hash over session, request and content. It tells two contents apart;
/// whoever has it and a guess of the words can still confirm the guess, which is why a store keeps it from others.
public struct ScriptFingerprint: Sendable, Hashable, Codable {
  /// Hexadecimal digits.
  public let hex: String

  /// Takes a fingerprint as it was kept.
  public init(hex: String) { self.hex = hex }

  /// The first 128 bits of a SHA-256 (FIPS 180-4) over session, request, kind, words and options, each with its length.
  /// - Parameter isOpen: the words are only the beginning of what is to be said.
  public init(of script: Script, session: String, request: Int64, isOpen: Bool = false) {
    let kind: String
    let words: String
    switch script.content {
    case .text(let text): (kind, words) = (isOpen ? "open" : "text", text)
    case .ssml(let text): (kind, words) = ("ssml", text)
    case .audio(let url): (kind, words) = ("audio", url)
    }
    let options = script.options.members.isEmpty ? "{}" : Self.ordered(.object(script.options)).text
    var bytes: [UInt8] = []
    bytes.reserveCapacity(words.utf8.count + options.utf8.count + 100)
    for part in [session, "\(request)", kind, words, options] {
      bytes.append(contentsOf: "\(part.utf8.count):".utf8)
      bytes.append(contentsOf: part.utf8)
    }
    self.init(hex: Hexadecimal.text(SHA256.digest(of: bytes).prefix(16)))
  }

  /// The order of members does not count.
  private static func ordered(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object):
      let members = object.members.map { JSONObject.Member(name: $0.name, value: ordered($0.value)) }
      return .object(JSONObject(members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }))
    case .array(let elements): return .array(elements.map(ordered))
    case .null, .bool, .integer, .number, .string: return value
    }
  }

  public init(from decoder: any Decoder) throws { hex = try decoder.singleValueContainer().decode(String.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}
