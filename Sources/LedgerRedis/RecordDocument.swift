// Writes a session's record as the JSON that stands in Redis, and reads it again, whoever wrote it.
import Foundation
import Ledger

/// A record as JSON, without what the server's scripts have to know and keep beside it: owner and fence.
struct RecordDocument: Codable {
  private enum CodingKeys: CodingKey { case speaks }

  private let fields: RecordFields
  private let speaks: [SpeakRecord]

  init(_ record: SessionRecord) {
    fields = RecordFields(record)
    speaks = record.speaks
  }

  func record(owner: String, fence: Int64) -> SessionRecord {
    fields.record(owner: RelayID(rawValue: owner), fence: fence, speaks: speaks)
  }

  // MARK: JSON

  init(from decoder: any Decoder) throws {
    fields = try RecordFields(from: decoder)
    speaks = try decoder.container(keyedBy: CodingKeys.self).decode([SpeakRecord].self, forKey: .speaks)
  }

  func encode(to encoder: any Encoder) throws {
    try fields.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(speaks, forKey: .speaks)
  }

  // MARK: Bytes

  static func bytes(of record: SessionRecord) throws(LedgerFailure) -> [UInt8] {
    do { return Array(try JSONEncoder().encode(RecordDocument(record))) } catch {
      throw LedgerFailure(.illegalFact, "a record cannot be written as JSON")
    }
  }

  init(bytes: [UInt8]) throws(LedgerFailure) {
    do { self = try JSONDecoder().decode(RecordDocument.self, from: Data(bytes)) } catch {
      throw LedgerFailure(.corrupt, "a record of the ledger cannot be understood")
    }
  }
}
