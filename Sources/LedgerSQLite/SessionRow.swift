// A session's line in the file.
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
