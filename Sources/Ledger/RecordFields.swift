// Writes a record as one level of named fields, as stores keep it: terms, times and hashes as plain words and numbers.
import Basics
import SessionValues

/// All of a record but its speaks and whose it is, which stores keep apart: they look for the ones and compare the
/// other.
public struct RecordFields: Sendable, Codable {
  /// The relay's own id of the session.
  public let session: String
  let provider: String
  let relay: RelayID
  let intendedAt: WallTime
  let subject: String?
  let intendedIdleMs: Int64?
  /// How far it has come.
  public let state: RecordState
  let handle: SessionHandle?
  let terms: SessionTerms?
  let secrets: [SecretHash]
  let openedAt: WallTime?
  let describedAt: WallTime?
  let connectedAt: WallTime?
  let lastActiveAt: WallTime
  let highestSpeak: Int64?
  let reason: String?
  let failedCloses: Int
  let ending: Ending?
  let endedAt: WallTime?
  let iceState: String?
  let dataChannel: String?

  /// The fields of a record.
  public init(_ record: SessionRecord) {
    session = record.intent.session
    provider = record.intent.provider
    relay = record.intent.relay
    intendedAt = record.intent.at
    subject = record.intent.subject
    intendedIdleMs = record.intent.idleLimitMs
    state = record.state
    handle = record.handle
    terms = record.terms
    secrets = record.secrets
    openedAt = record.openedAt
    describedAt = record.describedAt
    connectedAt = record.connectedAt
    lastActiveAt = record.lastActiveAt
    highestSpeak = record.highestSpeak
    reason = record.reason
    failedCloses = record.failedCloses
    ending = record.ending
    endedAt = record.endedAt
    iceState = record.iceState
    dataChannel = record.dataChannel
  }

  /// The record again.
  public func record(owner: RelayID, fence: Int64, speaks: [SpeakRecord]) -> SessionRecord {
    var record = SessionRecord(
      SessionIntent(
        session: session, provider: provider, relay: relay, at: intendedAt, subject: subject,
        idleLimitMs: intendedIdleMs),
      fence: fence)
    record.owner = owner
    record.state = state
    record.handle = handle
    record.terms = terms
    record.secrets = secrets
    record.openedAt = openedAt
    record.describedAt = describedAt
    record.connectedAt = connectedAt
    record.lastActiveAt = lastActiveAt
    record.speaks = speaks
    record.highestSpeak = highestSpeak
    record.reason = reason
    record.failedCloses = failedCloses
    record.ending = ending
    record.endedAt = endedAt
    record.iceState = iceState
    record.dataChannel = dataChannel
    return record
  }
}

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

  /// States the terms.
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
    case negotiation, interrupt, parts, canExtend, takesSSML, takesAudio, idleLimitMs, lifetimeMs
  }

  /// Stands for what a newer version said.
  private static let unknown = "unknown"

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    negotiation = Negotiation(rawValue: try container.decode(String.self, forKey: .negotiation))
    let extend = try container.decode(Bool.self, forKey: .canExtend)
    let ssml = try container.decode(Bool.self, forKey: .takesSSML)
    let audio = try container.decode(Bool.self, forKey: .takesAudio)
    let interrupt = SessionCapabilities.Interrupt(rawValue: try container.decode(String.self, forKey: .interrupt))
    // Older versions did not say it, and joined none.
    let word = try container.decodeIfPresent(String.self, forKey: .parts) ?? SessionCapabilities.Parts.joined.rawValue
    if let interrupt, let parts = SessionCapabilities.Parts(rawValue: word) {
      capabilities = SessionCapabilities(interrupt: interrupt, parts: parts, extend: extend, ssml: ssml, audio: audio)
    } else {
      capabilities = nil
    }
    idleLimitMs = try container.decodeIfPresent(Int64.self, forKey: .idleLimitMs)
    lifetimeMs = try container.decodeIfPresent(Int64.self, forKey: .lifetimeMs)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(negotiation?.rawValue ?? Self.unknown, forKey: .negotiation)
    try container.encode(capabilities?.interrupt.rawValue ?? Self.unknown, forKey: .interrupt)
    try container.encode(capabilities?.parts.rawValue ?? Self.unknown, forKey: .parts)
    try container.encode(capabilities?.extend ?? false, forKey: .canExtend)
    try container.encode(capabilities?.ssml ?? false, forKey: .takesSSML)
    try container.encode(capabilities?.audio ?? false, forKey: .takesAudio)
    try container.encodeIfPresent(idleLimitMs, forKey: .idleLimitMs)
    try container.encodeIfPresent(lifetimeMs, forKey: .lifetimeMs)
  }
}

/// Milliseconds since 1970-01-01 UTC. Deadlines are never computed from it while a process lives: it may jump.
public struct WallTime: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  /// Negative before 1970.
  public let millisecondsSinceEpoch: Int64

  /// Takes a time as a clock gave it.
  public init(millisecondsSinceEpoch: Int64) { self.millisecondsSinceEpoch = millisecondsSinceEpoch }

  public init(from decoder: any Decoder) throws {
    millisecondsSinceEpoch = try decoder.singleValueContainer().decode(Int64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(millisecondsSinceEpoch)
  }

  /// How long ago this was; zero where it lies in the future, since a clock was set back.
  public func age(at now: WallTime) -> Duration {
    guard self < now else { return .zero }
    // Of a damaged record it may be any number.
    let (age, isBeyond) = now.millisecondsSinceEpoch.subtractingReportingOverflow(millisecondsSinceEpoch)
    return .milliseconds(isBeyond ? .max : age)
  }

  public static func < (left: Self, right: Self) -> Bool {
    left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
  }
  public var description: String { "\(millisecondsSinceEpoch) ms" }
}

/// The SHA-256 of a resume secret. The secret has 256 random bits, so its hash tells nobody anything and needs no salt.
public struct SecretHash: Sendable, Hashable, Codable, CustomStringConvertible, CustomReflectable {
  /// 32 bytes.
  public let bytes: [UInt8]

  /// Takes a hash of 32 bytes.
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
