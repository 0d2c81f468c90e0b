// The results of methods as JSON.
import SessionValues
import StrictJSON

extension CallResult {
  var json: JSONObject {
    var object = JSONObject()
    switch self {
    case .empty: break
    case .opened(let session): return session.json
    case .resumed(let session): return session.json
    case .described(let answer): object["answer"] = answer.json
    case .talk(let id, let durationMs):
      object["talk"] = .string(id)
      object["durationMs"] = durationMs.map { .integer($0) }
    case .interrupted(let message, let isPending):
      object["sendOnDataChannel"] = message.map { .string($0) }
      if isPending { object["pending"] = true }
    case .extended(let expiresInMs): object["expiresInMs"] = expiresInMs.map { .integer($0) }
    }
    return object
  }
}

extension SessionDescription {
  /// W3C's RTCSessionDescriptionInit.
  var json: JSONValue { ["type": .string(kind.rawValue), "sdp": .string(sdp)] }
}

extension OpenedSession {
  /// With the result of `session.resume` the only message that carries a secret.
  fileprivate var json: JSONObject {
    var object: JSONObject = [
      "session": .string(session.rawValue), "secret": .string(secret.value), "provider": .string(provider),
    ]
    switch grant {
    case .offer(let offer, let iceServers):
      object["offer"] = offer.json
      object["iceServers"] = .array(iceServers.map(\.json))
    case .awaitsOffer(let iceServers): object["iceServers"] = .array(iceServers.map(\.json))
    case .room(let url, let token): object["room"] = ["url": .string(url), "token": .string(token)]
    }
    object["dataChannel"] = dataChannel?.json
    object["limits"] = limits.json
    object["capabilities"] = capabilities.json(trickle: trickle)
    return object
  }
}

extension IceServer {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["urls": .array(urls.map { .string($0) })]
    object["username"] = username.map { .string($0) }
    object["credential"] = credential.map { .string($0) }
    return .object(object)
  }
}

extension DataChannel {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["openedBy": .string(openedBy.rawValue)]
    object["label"] = label.map { .string($0) }
    object["frames"] = .string(frames.rawValue)
    return .object(object)
  }
}

extension OpenedSession.Limits {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["idleMs"] = idleMs.map { .integer($0) }
    object["lifetimeMs"] = lifetimeMs.map { .integer($0) }
    object["graceMs"] = .integer(graceMs)
    object["maxTextBytes"] = .integer(maxTextBytes)
    return .object(object)
  }
}

extension SessionCapabilities {
  fileprivate func json(trickle: Bool) -> JSONValue {
    [
      "interrupt": .string(interrupt.rawValue), "extend": .bool(extend), "ssml": .bool(ssml), "audio": .bool(audio),
      "trickle": .bool(trickle),
    ]
  }
}
