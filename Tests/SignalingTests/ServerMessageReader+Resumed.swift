// Reads the result of session.resume.
import Signaling
import StrictJSON

extension ServerMessageReader {
  static func resumedSession(_ reader: inout JSONObjectReader) throws -> ResumedSession {
    let secret = ResumeSecret(value: try reader.string("secret"))
    let lastID = try reader.integer("lastId", in: 0...RequestID.accepted.upperBound)
    guard var resync = try reader.optionalObject("resync") else {
      let count = try reader.integer("replayed", in: 0...256)
      return ResumedSession(secret: secret, lastID: lastID, continuation: .replay(count: Int(count)))
    }
    let snapshot = ResyncState(
      seq: try resync.integer("seq", in: 0 ... .max), state: try resync.choice("state", of: SessionState.self),
      talks: try talks(try resync.value("talks")), iceState: try resync.choice("iceState", of: Report.IceState.self),
      expiresInMs: try resync.optionalInteger("expiresInMs"),
      dataChannel: try resync.optionalChoice("dataChannel", of: Report.ChannelState.self))
    try resync.finish()
    return ResumedSession(secret: secret, lastID: lastID, continuation: .resync(snapshot))
  }

  private static func talks(_ value: JSONValue) throws -> [ResyncState.Talk] {
    guard let array = value.array else { throw Unreadable(why: "talks") }
    return try array.map { element in
      var reader = try JSONObjectReader(element)
      let talk = ResyncState.Talk(
        talk: try reader.string("talk"), phase: try reader.choice("phase", of: ResyncState.Talk.Phase.self),
        durationMs: try reader.optionalInteger("durationMs"))
      try reader.finish()
      return talk
    }
  }
}
