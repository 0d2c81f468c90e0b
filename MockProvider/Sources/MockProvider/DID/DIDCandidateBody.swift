// What D-ID's ice call takes.
import StrictJSON

/// The body of POST `…/streams/{id}/ice` without `session_id`: a candidate, or the end of candidates.
enum DIDCandidateBody {
  /// Reads the candidate; nil for the end, which clients say by leaving it out, by null, by `{}` or by an empty text.
  static func read(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> String? {
    guard let value = reader.optionalValue("candidate"), !value.isNull, value != [:], value != "" else {
      _ = reader.optionalValue("sdpMid")
      _ = reader.optionalValue("sdpMLineIndex")
      return nil
    }
    let candidate = try reader.string("candidate", bytes: 1...2048)
    _ = try reader.string("sdpMid", bytes: 0...64)
    _ = try reader.integer("sdpMLineIndex", in: 0...255)
    return candidate
  }
}
