// A speak's line in the file.
import Foundation
import GRDB
import Ledger

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
