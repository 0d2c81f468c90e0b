// Holds the rows of the tables, and turns them into records and back.
import Foundation
import GRDB
import Ledger

/// The columns of `session`; what belongs together and is never searched for is JSON in one of them.
struct SessionRow: FetchableRecord, PersistableRecord {
  static let databaseTableName = "session"

  let ordinal: Int64?
  var owner: String
  var fence: Int64
  let fields: RecordFields

  init(_ record: SessionRecord, ordinal: Int64?) {
    self.ordinal = ordinal
    owner = record.owner.rawValue
    fence = record.fence
    fields = RecordFields(record)
  }

  init(row: Row) throws {
    ordinal = row["ordinal"]
    owner = row["owner"]
    fence = row["fence"]
    fields = try RecordFields(row: row)
  }

  func encode(to container: inout PersistenceContainer) throws {
    try fields.encode(to: &container)
    container["ordinal"] = ordinal
    container["owner"] = owner
    container["fence"] = fence
  }

  func record(speaks: [SpeakRecord]) -> SessionRecord {
    fields.record(owner: RelayID(rawValue: owner), fence: fence, speaks: speaks)
  }
}

extension RecordFields: FetchableRecord, EncodableRecord {}

/// The columns of `speak`.
struct SpeakRow: Codable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "speak"

  var session: String
  var request: Int64
  /// The place among the session's speaks.
  var ordinal: Int64
  var fingerprint: String
  var at: Int64
  var outcome: SpeakOutcome?

  init(_ speak: SpeakRecord, of session: String, ordinal: Int64) {
    self.session = session
    self.ordinal = ordinal
    request = speak.request
    fingerprint = speak.fingerprint.hex
    at = speak.at.millisecondsSinceEpoch
    outcome = speak.outcome
  }

  var record: SpeakRecord {
    SpeakRecord(
      request: request, fingerprint: ScriptFingerprint(hex: fingerprint), at: WallTime(millisecondsSinceEpoch: at),
      outcome: outcome)
  }

  /// An outcome as it stands in its column.
  static func text(of outcome: SpeakOutcome) throws -> String {
    String(decoding: try databaseJSONEncoder(for: "outcome").encode(outcome), as: UTF8.self)
  }
}
