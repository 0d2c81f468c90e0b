// The result of session.resume as JSON.
import StrictJSON

extension ResumedSession {
  /// `{secret, lastId, replayed}` or `{secret, lastId, resync}`
  var json: JSONObject {
    var object: JSONObject = ["secret": .string(secret.value), "lastId": .integer(lastID)]
    switch continuation {
    case .replay(let count): object["replayed"] = .integer(Int64(count))
    case .resync(let snapshot): object["resync"] = snapshot.json
    }
    return object
  }
}

extension SessionSnapshot {
  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "seq": .integer(seq), "state": .string(state.rawValue), "talks": .array(talks.map(\.json)),
      "iceState": .string(iceState.rawValue),
    ]
    object["expiresInMs"] = expiresInMs.map { .integer($0) }
    object["dataChannel"] = dataChannel.map { .string($0.rawValue) }
    return .object(object)
  }
}

extension SessionSnapshot.Talk {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["talk": .string(talk), "phase": .string(phase.rawValue)]
    object["durationMs"] = durationMs.map { .integer($0) }
    return .object(object)
  }
}
