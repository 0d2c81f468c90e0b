// The parameters of notifications as JSON.
import SessionValues
import StrictJSON

extension Notification {
  var params: JSONObject {
    switch self {
    case .draining(let deadlineMs): return ["deadlineMs": .integer(deadlineMs)]
    case .queued(let request, let position):
      return ["id": .integer(request.value), "position": .integer(Int64(position))]
    case .session(let session, let seq, let event):
      var params: JSONObject = ["session": .string(session.rawValue), "seq": .integer(seq)]
      event.write(to: &params)
      return params
    }
  }
}

extension SessionEvent {
  fileprivate func write(to params: inout JSONObject) {
    switch self {
    case .state(let state): params["state"] = .string(state.rawValue)
    case .talk(let id, let phase):
      params["talk"] = .string(id)
      phase.write(to: &params)
    case .interrupted(let talk, let cut):
      params["talk"] = .string(talk)
      switch cut {
      case .done: break
      case .sendOnDataChannel(let text): params["sendOnDataChannel"] = .string(text)
      case .failed(let error): params["error"] = error.json
      }
    case .candidate(let candidate): params["candidate"] = candidate?.json ?? .null
    case .expiring(let cause, let inMs, let extendable):
      params["cause"] = .string(cause.rawValue)
      params["inMs"] = .integer(inMs)
      params["extendable"] = .bool(extendable)
    case .closed(let reason, let action):
      params["reason"] = .string(reason.rawValue)
      params["action"] = .string(action.rawValue)
      params["afterMs"] = reason.afterMs.map { .integer($0) }
    }
  }
}

extension TalkPhase {
  fileprivate func write(to params: inout JSONObject) {
    switch self {
    case .accepted(let durationMs):
      params["phase"] = "accepted"
      params["durationMs"] = durationMs.map { .integer($0) }
    case .started(let estimated):
      params["phase"] = "started"
      params["estimated"] = .bool(estimated)
    case .ended(let estimated):
      params["phase"] = "ended"
      params["estimated"] = .bool(estimated)
    case .failed(let error):
      params["phase"] = "failed"
      params["error"] = error.json
    }
  }
}

extension IceCandidate {
  /// W3C's RTCIceCandidateInit, whose `sdpMid`, `sdpMLineIndex` and `usernameFragment` may be null.
  var json: JSONValue {
    [
      "candidate": .string(candidate), "sdpMid": sdpMid.map { .string($0) } ?? .null,
      "sdpMLineIndex": sdpMLineIndex.map { .integer(Int64($0)) } ?? .null,
      "usernameFragment": usernameFragment.map { .string($0) } ?? .null,
    ]
  }
}
