// D-ID's calls about a stream that is open: sdp, ice and speak.
import StrictJSON

extension DIDContract {
  mutating func acceptAnswer(_ call: VendorCall, _ json: JSONValue) throws(Refusal) -> VendorAnswer {
    let isLenient = configuration.isLenient
    let (sessionID, sdp) = try reading(json) { reader throws(JSONShapeError) -> (String?, String) in
      let sessionID = try reader.optionalString("session_id")
      var answer = try reader.object("answer")
      let type = try answer.string("type")
      guard type == "answer" else {
        throw JSONShapeError(.notAccepted("should be one of the following; ['answer']"), at: answer.path(of: "type"))
      }
      let sdp = try answer.string("sdp")
      if !isLenient { try answer.finish() }
      return (sessionID, sdp)
    }
    let session = try find(call, sessionID)
    do throws(AnswerRefusal) { try session.peer.accept(answer: sdp) } catch {
      throw Refusal(DIDErrors.unknown, error.description)
    }
    return VendorAnswer(200, replies.answered(sessionID: refresh(session, at: call.now)), session: session.id)
  }

  /// Candidates are taken before the answer too: D-ID's own demo may send them so.
  mutating func addCandidate(_ call: VendorCall, _ json: JSONValue) throws(Refusal) -> VendorAnswer {
    let (sessionID, candidate) = try reading(json) { reader throws(JSONShapeError) -> (String?, String?) in
      (try reader.optionalString("session_id"), try DIDCandidateBody.read(&reader))
    }
    let session = try find(call, sessionID)
    session.peer.add(candidate: candidate)
    return VendorAnswer(200, replies.candidateTaken(sessionID: refresh(session, at: call.now)), session: session.id)
  }

  mutating func speak(_ call: VendorCall, _ json: JSONValue) throws(Refusal) -> VendorAnswer {
    let isLenient = configuration.isLenient
    let (sessionID, script) = try reading(json) { reader throws(JSONShapeError) -> (String?, JSONValue) in
      try DIDSpeakBody.read(&reader, prefix: call.prefix, isLenient: isLenient)
      return (try reader.optionalString("session_id"), try reader.value("script"))
    }
    let words = try readingShape(
      script, at: "body.script", refusingUnknown: false, as: DIDValidation.scriptRefusal
    ) { reader throws(JSONShapeError) in try DIDScript(&reader, isLenient: isLenient) }
    var session = try find(call, sessionID)
    guard session.peer.progress == .up else {
      throw Refusal(DIDErrors.streamError, "no peer is connected: an answer and a candidate have to come first")
    }
    switch call.speech {
    case .failed(let reason): throw Refusal(DIDValidation.unusableScript, reason)
    case .overloaded(let reason): throw Refusal(DIDErrors.tooManyRequests, reason)
    case .sound, nil: break
    }
    let talk: MockTalk
    do throws(TalkQueue.Full) {
      talk = try session.talk(
        id: identifiers.talkID(), duration: call.speech?.duration ?? words.duration, speech: call.speech,
        startDelay: max(configuration.talkStartDelay, studio.lead), at: call.now)
    } catch {
      throw Refusal(DIDErrors.tooManyRequests, "\(TalkQueue.waitingLimit) talks wait in this stream")
    }
    return VendorAnswer(200, replies.started(talk, sessionID: refresh(session, at: call.now)), session: session.id)
  }
}
