// Reads the values that several methods' parameters are made of.
import SessionValues
import StrictJSON

extension JSONObjectReader {
  mutating func session() throws -> SessionID {
    SessionID(rawValue: try string("session", bytes: ParameterBytes.session))
  }

  /// The vendor's own options; their content is the adapter's to check.
  mutating func options() throws -> JSONObject {
    guard let value = optionalValue("options") else { return JSONObject() }
    guard let options = value.object else {
      throw JSONShapeError(.wrongType(expected: "an object", found: value.typeName), at: path(of: "options"))
    }
    return options
  }

  /// W3C's RTCSessionDescriptionInit under the name of its type, with SDP that ``SDPSummary`` accepts.
  mutating func description(_ kind: SessionDescription.Kind) throws -> SessionDescription {
    var reader = try object(kind.rawValue)
    guard try reader.choice("type", of: SessionDescription.Kind.self) == kind else {
      throw JSONShapeError(.notAccepted("\(kind.rawValue) expected"), at: reader.path(of: "type"))
    }
    let sdp = try reader.string("sdp")
    try reader.finish()
    do {
      _ = try SDPSummary(of: sdp, as: kind)
    } catch {
      throw SignalingError(.sdpInvalid, "\(reader.path(of: "sdp")): \(error)")
    }
    return SessionDescription(kind: kind, sdp: sdp)
  }

  /// W3C's RTCIceCandidateInit; nil for `null` and for an empty candidate, which both end the candidates (W3C WebRTC,
  /// `addIceCandidate`).
  mutating func candidate() throws -> IceCandidate? {
    let value = try value("candidate")
    guard !value.isNull else { return nil }
    var reader = try JSONObjectReader(value, at: path(of: "candidate"))
    let candidate = IceCandidate(
      candidate: try reader.string("candidate", bytes: ParameterBytes.candidate),
      sdpMid: try reader.nullableString("sdpMid", bytes: ParameterBytes.sdpMid),
      sdpMLineIndex: try reader.nullableInteger("sdpMLineIndex", in: 0...255),
      usernameFragment: try reader.nullableString("usernameFragment", bytes: ParameterBytes.usernameFragment))
    try reader.finish()
    guard !candidate.candidate.isEmpty else { return nil }
    guard candidate.sdpMid != nil || candidate.sdpMLineIndex != nil else {
      throw JSONShapeError(.notAccepted("sdpMid or sdpMLineIndex expected"), at: reader.path)
    }
    do {
      _ = try CandidateAttribute(of: candidate.candidate)
    } catch {
      throw SignalingError(.candidateInvalid, "\(reader.path(of: "candidate")): \(error)")
    }
    return candidate
  }

  mutating func script() throws -> Script {
    let text = try optionalString("text", bytes: ParameterBytes.script).map { Script.Content.text($0) }
    let ssml = try optionalString("ssml", bytes: ParameterBytes.script).map { Script.Content.ssml($0) }
    let audio = try optionalString("audioUrl", bytes: ParameterBytes.audioURL).map { Script.Content.audio(url: $0) }
    let content = try onlyOne(of: [text, ssml, audio], named: "text, ssml, audioUrl")
    return Script(content, options: try options())
  }

  mutating func report() throws -> Report {
    let ice = try optionalChoice("iceConnectionState", of: Report.IceState.self).map { Report.iceConnectionState($0) }
    let channel = try optionalChoice("dataChannelState", of: Report.ChannelState.self).map {
      Report.dataChannelState($0)
    }
    let message = try optionalString("dataChannelMessage", bytes: ParameterBytes.dataChannelMessage)
      .map { Report.dataChannelMessage($0) }
    return try onlyOne(
      of: [ice, channel, message, try candidatePair()],
      named: "iceConnectionState, dataChannelState, dataChannelMessage, candidatePair")
  }

  private mutating func candidatePair() throws -> Report? {
    guard var reader = try optionalObject("candidatePair") else { return nil }
    let local = try reader.choice("local", of: CandidateType.self)
    let remote = try reader.choice("remote", of: CandidateType.self)
    let transport = try reader.choice("protocol", of: CandidateTransport.self)
    try reader.finish()
    return .candidatePair(local: local.rawValue, remote: remote.rawValue, protocol: transport.rawValue)
  }

  private func onlyOne<Value>(of values: [Value?], named names: String) throws -> Value {
    let given = values.compactMap { $0 }
    guard given.count == 1, let value = given.first else {
      throw JSONShapeError(.notAccepted("exactly one of \(names) expected"), at: path)
    }
    return value
  }

  private mutating func nullableString(_ name: String, bytes: ClosedRange<Int>) throws -> String? {
    guard let value = optionalValue(name), !value.isNull else { return nil }
    return try optionalString(name, bytes: bytes)
  }

  private mutating func nullableInteger(_ name: String, in range: ClosedRange<Int64>) throws -> Int? {
    guard let value = optionalValue(name), !value.isNull else { return nil }
    return try optionalInteger(name, in: range).map { Int($0) }
  }
}
