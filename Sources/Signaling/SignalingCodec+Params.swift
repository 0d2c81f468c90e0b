// The parameters of each method.
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
    case .speak: .speak(session: try params.session(), try params.script())
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
        lastSeq: try params.integer("lastSeq", in: 0...RequestID.accepted.upperBound))
    case .ping: .ping
    }
  }
}
