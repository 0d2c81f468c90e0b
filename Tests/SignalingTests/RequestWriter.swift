// The client's half of the codec that writes, for tests.
import SessionValues
import Signaling
import StrictJSON

extension Request {
  /// The request as a client sends it.
  var json: JSONValue {
    var message: JSONObject = ["jsonrpc": "2.0", "id": .integer(id.value), "method": .string(call.method.rawValue)]
    message["params"] = call.params.map { .object($0) }
    return .object(message)
  }
}

extension Call {
  fileprivate var params: JSONObject? {
    var params = JSONObject()
    params["session"] = session.map { .string($0.rawValue) }
    switch self {
    case .ping: return nil
    case .authorize(let token): params["token"] = .string(token.value)
    case .extend, .close: break
    case .open(let provider, let avatar, let options):
      params["provider"] = .string(provider)
      params["avatar"] = avatar.map { .string($0) }
      if !options.members.isEmpty { params["options"] = .object(options) }
    case .offer(_, let description): params["offer"] = description.clientJSON
    case .answer(_, let description): params["answer"] = description.clientJSON
    case .candidate(_, let candidate): params["candidate"] = candidate?.clientJSON ?? .null
    case .speak(_, let script):
      switch script.content {
      case .text(let text): params["text"] = .string(text)
      case .ssml(let ssml): params["ssml"] = .string(ssml)
      case .audio(let url): params["audioUrl"] = .string(url)
      }
      if !script.options.members.isEmpty { params["options"] = .object(script.options) }
    case .beginSpeak(_, let script):
      params["open"] = true
      if case .text(let text) = script.content, !text.isEmpty { params["text"] = .string(text) }
      if !script.options.members.isEmpty { params["options"] = .object(script.options) }
    case .speakPart(_, let part):
      params["talk"] = .string(part.talk)
      params["index"] = .integer(part.index)
      params["text"] = .string(part.text)
    case .speakEnd(_, let talk, let index):
      params["talk"] = .string(talk)
      params["index"] = .integer(index)
    case .interrupt(_, let talk): params["talk"] = talk.map { .string($0) }
    case .report(_, let report): report.write(to: &params)
    case .resume(_, let secret, let lastSeq):
      params["secret"] = .string(secret.value)
      params["lastSeq"] = .integer(lastSeq)
    }
    return params
  }
}

extension Report {
  fileprivate func write(to params: inout JSONObject) {
    switch self {
    case .iceConnectionState(let state): params["iceConnectionState"] = .string(state.rawValue)
    case .dataChannelState(let state): params["dataChannelState"] = .string(state.rawValue)
    case .dataChannelMessage(let message): params["dataChannelMessage"] = .string(message)
    case .candidatePair(let local, let remote, let transport):
      params["candidatePair"] = ["local": .string(local), "remote": .string(remote), "protocol": .string(transport)]
    }
  }
}

extension SessionDescription {
  fileprivate var clientJSON: JSONValue { ["type": .string(kind.rawValue), "sdp": .string(sdp)] }
}

extension IceCandidate {
  fileprivate var clientJSON: JSONValue {
    var object: JSONObject = ["candidate": .string(candidate)]
    object["sdpMid"] = sdpMid.map { .string($0) }
    object["sdpMLineIndex"] = sdpMLineIndex.map { .integer(Int64($0)) }
    object["usernameFragment"] = usernameFragment.map { .string($0) }
    return .object(object)
  }
}
