// HeyGen's calls about a session that is alive.
import StrictJSON
import Timekeeping

extension HeyGenContract {
  enum TaskKind: String, CaseIterable { case `repeat`, chat, talk }
  enum TaskMode: String, CaseIterable { case sync, async }

  func start(_ session: MockSession<HeyGenDetails>, _ body: JSONValue) throws(Refusal) -> JSONValue {
    guard session.details.media == .peerConnection else {
      try accept("", of: session)
      return HeyGenReplies.success()
    }
    let sdp = try reading(body) { reader throws(JSONShapeError) -> String in
      var answer = try reader.object("sdp")
      let type = try answer.string("type")
      guard type == "answer" else { throw JSONShapeError(.notAccepted("answer expected"), at: answer.path(of: "type")) }
      return try answer.string("sdp")
    }
    try accept(sdp, of: session)
    return HeyGenReplies.success()
  }

  private func accept(_ sdp: String, of session: MockSession<HeyGenDetails>) throws(Refusal) {
    do throws(AnswerRefusal) { try session.peer.accept(answer: sdp) } catch {
      throw Refusal(error == .answeredBefore ? HeyGenErrors.stateConnecting : HeyGenErrors.badAnswer, error.description)
    }
  }

  /// A candidate nested (HeyGen's demo and SDK) or flat (HeyGen's quick guide); null and an empty one end them.
  func addCandidate(_ session: MockSession<HeyGenDetails>, _ body: JSONValue) throws(Refusal) -> JSONValue {
    let candidate = try reading(body) { reader throws(JSONShapeError) -> String? in
      let value = try reader.value("candidate")
      if value.isNull || value == "" || value == [:] { return nil }
      if value.string != nil { return try Self.readCandidate(&reader) }
      var nested = try reader.object("candidate")
      return try Self.readCandidate(&nested)
    }
    session.peer.add(candidate: candidate)
    return HeyGenReplies.success()
  }

  private static func readCandidate(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> String? {
    let candidate = try reader.string("candidate", bytes: 0...2048)
    if reader.optionalValue("sdpMid")?.isNull != true { _ = try reader.optionalString("sdpMid", bytes: 0...64) }
    if reader.optionalValue("sdpMLineIndex")?.isNull != true {
      _ = try reader.optionalInteger("sdpMLineIndex", in: 0...255)
    }
    return candidate.isEmpty ? nil : candidate
  }

  mutating func task(
    _ session: inout MockSession<HeyGenDetails>, _ call: VendorCall, _ body: JSONValue
  ) throws(Refusal) -> JSONValue {
    let text = try reading(body) { reader throws(JSONShapeError) -> String in
      _ = try reader.optionalChoice("task_type", of: TaskKind.self)
      _ = try reader.optionalChoice("task_mode", of: TaskMode.self)
      return try reader.string("text", bytes: 1...Int.max)
    }
    try checkUp(session)
    switch call.speech {
    case .failed(let reason): throw Refusal(HeyGenErrors.textToSpeech, reason)
    case .overloaded(let reason): throw Refusal(HeyGenErrors.rateLimit, reason)
    case .sound, nil: break
    }
    do throws(TalkQueue.Full) {
      let talk = try session.talk(
        id: identifiers.uuid(), duration: call.speech?.duration ?? SpeechDuration.ofText(text), speech: call.speech,
        startDelay: max(configuration.talkStartDelay, studio.lead), at: call.now)
      // HeyGen's durations are floats.
      return HeyGenReplies.success([
        "task_id": .string(talk.id), "duration_ms": .number(talk.duration / .milliseconds(1)),
      ])
    } catch {
      throw Refusal(HeyGenErrors.rateLimit, "\(TalkQueue.waitingLimit) tasks wait in this session")
    }
  }

  func interrupt(_ session: inout MockSession<HeyGenDetails>, at now: MonotonicInstant) throws(Refusal) -> JSONValue {
    try checkUp(session)
    session.interrupt(at: now)
    return HeyGenReplies.success()
  }

  func stop(_ session: inout MockSession<HeyGenDetails>, at now: MonotonicInstant) -> JSONValue {
    session.end(.closed, at: now)
    return HeyGenReplies.success()
  }

  private func checkUp(_ session: MockSession<HeyGenDetails>) throws(Refusal) {
    guard session.peer.progress == .up else {
      throw Refusal(
        HeyGenErrors.wrongState, "no peer is connected: streaming.start and a candidate have to come first")
    }
  }
}
