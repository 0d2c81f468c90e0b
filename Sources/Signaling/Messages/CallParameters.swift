// Reads the parameters of each method, and checks all that can be checked of them.
import SessionValues
import StrictJSON

extension SignalingCodec {
  /// Reads the parameters of a method.
  /// - Throws: `invalidParams` with the path of what is wrong, `sdp.invalid`, or `candidate.invalid`.
  static func call(_ method: Method, _ params: JSONValue?) throws(SignalingError) -> Call {
    if method == .ping, params == nil { return .ping }
    guard let params else { throw SignalingError(.invalidParams, "params: missing") }
    do {
      var reader = try JSONObjectReader(params, at: "params")
      let call = try call(method, from: &reader)
      try reader.finish()
      return call
    } catch let error as SignalingError {
      throw error
    } catch {
      throw SignalingError(.invalidParams, "\(error)")
    }
  }

  /// - Throws: `JSONShapeError` or ``SignalingError``.
  private static func call(_ method: Method, from params: inout JSONObjectReader) throws -> Call {
    switch method {
    case .authorize: .authorize(JoinToken(value: try params.string("token", bytes: ParameterBytes.token)))
    case .open:
      .open(
        provider: try params.string("provider", bytes: ParameterBytes.provider),
        avatar: try params.optionalString("avatar", bytes: ParameterBytes.avatar), options: try params.options())
    case .offer: .offer(session: try params.session(), try params.description(.offer))
    case .answer: .answer(session: try params.session(), try params.description(.answer))
    case .candidate: .candidate(session: try params.session(), try params.candidate())
    case .speak: try params.speak(session: try params.session())
    case .speakPart:
      .speakPart(
        session: try params.session(),
        TextPart(
          talk: try params.string("talk", bytes: ParameterBytes.talk),
          index: try params.integer("index", in: ParameterRange.partIndex),
          text: try params.string("text", bytes: ParameterBytes.script)))
    case .speakEnd:
      .speakEnd(
        session: try params.session(), talk: try params.string("talk", bytes: ParameterBytes.talk),
        index: try params.integer("index", in: ParameterRange.partIndex))
    case .interrupt:
      .interrupt(
        session: try params.session(), talk: try params.optionalString("talk", bytes: ParameterBytes.talk))
    case .extend: .extend(session: try params.session())
    case .report: .report(session: try params.session(), try params.report())
    case .close: .close(session: try params.session())
    case .resume:
      .resume(
        session: try params.session(),
        secret: ResumeSecret(value: try params.string("secret", bytes: ParameterBytes.secret)),
        lastSeq: try params.integer("lastSeq", in: ParameterRange.lastSeq))
    case .ping: .ping
    }
  }
}

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

  mutating func speak(session: SessionID) throws -> Call {
    guard let open = optionalValue("open") else { return .speak(session: session, try script()) }
    guard open == true else { throw JSONShapeError(.notAccepted("true expected"), at: path(of: "open")) }
    let text = try optionalString("text", bytes: ParameterBytes.script) ?? ""
    return .beginSpeak(session: session, Script(.text(text), options: try options()))
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

/// Bounds of integers in parameters.
enum ParameterRange {
  /// More than any session has notifications: after a restart the relay takes the client's word, and counts on from it.
  static let lastSeq: ClosedRange<Int64> = 0...4_294_967_295
  /// More parts than any talk has characters. What began the talk is part 0.
  static let partIndex: ClosedRange<Int64> = 1...4_294_967_295
}

/// Bounds of strings in parameters, in bytes of UTF-8 (docs/protocol.md, "Methods"). SDP is bounded by
/// ``SDPSummary/maximumBytes``, what is to be spoken by the session's `limits.text`, everything by the message's size.
enum ParameterBytes {
  static let provider = 1...64
  static let avatar = 1...2048
  static let session = 1...64
  static let secret = 1...128
  /// Longer than any token that is accepted, so that one that is too long is told by name.
  static let token = 1...16_384
  static let talk = 1...256
  static let script = 1...Int.max
  static let audioURL = 1...4096
  static let dataChannelMessage = 0...16_384
  static let candidate = 0...2048
  static let sdpMid = 0...256
  static let usernameFragment = 0...256
}
