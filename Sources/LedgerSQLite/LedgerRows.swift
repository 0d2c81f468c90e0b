// Turns records into rows of the tables, and rows into records again.
import Foundation
import Ledger
import StrictJSON

/// A row of `session`; what belongs together and is never searched for is JSON in one column.
struct SessionRow {
  /// The columns that are ``RecordFields``' own.
  private static let names = [
    "session", "provider", "relay", "intendedAt", "subject", "intendedIdleMs", "state", "handle", "terms", "secrets",
    "openedAt", "describedAt", "connectedAt", "lastActiveAt", "highestSpeak", "reason", "failedCloses", "ending",
    "endedAt", "iceState", "dataChannel",
  ]
  /// Those of them that hold JSON; the others hold a word or a number.
  private static let nested: Set = ["handle", "terms", "secrets"]

  /// Adds a row. Its values are ``values``.
  static let insertion = """
    INSERT INTO session (owner, fence, \(names.joined(separator: ", ")))
      VALUES (?, ?\(String(repeating: ", ?", count: names.count)))
    """
  /// Replaces all of a row but its place. Its values are ``values``, and the place.
  static let change = """
    UPDATE session SET owner = ?, fence = ?, \(names.map { "\($0) = ?" }.joined(separator: ", ")) WHERE ordinal = ?
    """

  let owner: String
  let fence: Int64
  let fields: RecordFields

  init(_ record: SessionRecord) {
    owner = record.owner.rawValue
    fence = record.fence
    fields = RecordFields(record)
  }

  /// - Throws: ``LedgerFailure``, or JSON's own errors, where there is what no version of this program wrote.
  init(_ row: SQLiteRow) throws {
    owner = try row.text("owner")
    fence = try row.integer("fence")
    let members = try zip(row.names, row.values).compactMap { name, value -> JSONObject.Member? in
      switch value {
      case .null: nil
      case .integer(let integer): .init(name: name, value: .integer(integer))
      case .text(let text): .init(name: name, value: Self.nested.contains(name) ? try JSONParser.parse(text) : .string(text))
      }
    }
    fields = try JSONDecoder().decode(RecordFields.self, from: Data(JSONValue.object(JSONObject(members)).serialized))
  }

  /// Owner, fence and fields, in the order of the statements.
  var values: [SQLiteValue] {
    get throws {
      let members = try JSONParser.parse(Array(JSONEncoder().encode(fields)))
      return [.text(owner), .integer(fence)]
        + Self.names.map { name in
          switch members[name] {
          case nil, .null?: .null
          case .integer(let integer)?: .integer(integer)
          case .string(let text)?: .text(text)
          case let value?: .text(value.text)
          }
        }
    }
  }

  func record(speaks: [SpeakRecord]) -> SessionRecord {
    fields.record(owner: RelayID(rawValue: owner), fence: fence, speaks: speaks)
  }
}

/// A row of `speak`.
struct SpeakRow {
  /// The place among the session's speaks.
  let ordinal: Int64
  let record: SpeakRecord

  init(_ row: SQLiteRow) throws {
    ordinal = try row.integer("ordinal")
    record = SpeakRecord(
      request: try row.integer("request"), fingerprint: ScriptFingerprint(hex: try row.text("fingerprint")),
      at: WallTime(millisecondsSinceEpoch: try row.integer("at")),
      outcome: try row.textIfAny("outcome").map { try JSONDecoder().decode(SpeakOutcome.self, from: Data($0.utf8)) },
      parts: try row.textIfAny("parts").map { try JSONDecoder().decode(PartProgress.self, from: Data($0.utf8)) })
  }

  /// An outcome as it stands in its column: what `JSONEncoder` would write, which takes ten times as long.
  static func text(of outcome: SpeakOutcome) -> String {
    let json: JSONValue =
      switch outcome {
      case .spoken(let talk, nil): ["spoken": ["talk": .string(talk)]]
      case .spoken(let talk, let durationMs?): ["spoken": ["talk": .string(talk), "durationMs": .integer(durationMs)]]
      case .refused(let kind): ["refused": ["kind": .string(kind)]]
      case .unknown: ["unknown": [:]]
      }
    return json.text
  }

  /// How far a talk has come, in the same way.
  static func text(of parts: PartProgress) -> String {
    let json: JSONValue = [
      "taken": .integer(parts.taken), "handedOn": .integer(parts.handedOn), "isEnded": .bool(parts.isEnded),
    ]
    return json.text
  }
}
