// Answers HeyGen's calls about a session that is alive, and says what it looks and sounds like.
import Basics
import MockPeer
import StrictJSON
import TalkingAvatar

extension HeyGenVendor {
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
      throw Refusal(error == .answeredBefore ? HeyGenErrors.stateConnecting : HeyGenErrors.badAnswer, error.note)
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
        startDelay: max(configuration.talkStartDelay, peerFactory.lead), at: call.now)
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

extension HeyGenVendor {
  /// Avatars with this in their names are shown before plain green, which HeyGen's demo page can cut away.
  static let keyedMark = "green"

  /// Makes the peer of a new session.
  mutating func open(
    _ body: HeyGenNewBody, session: String, _ call: VendorCall
  ) throws(Refusal) -> any MediaPeer {
    let peerFactory = peerFactory
    do throws(PeerHostError) { return try peerFactory.open { plan(body, session: session, call) }.peer } catch {
      throw Refusal(HeyGenErrors.internalError, "no peer can be opened: \(error)")
    }
  }

  /// Decides about a session's media.
  private mutating func plan(_ body: HeyGenNewBody, session: String, _ call: VendorCall) -> MediaPlan {
    let terms = peerFactory.terms(fragmentLength: 16, passwordLength: 32, from: &identifiers)
    let offer = HeyGenOffer(codec: body.codec, terms: terms, unixTime: time.unix(at: call.now), from: &identifiers)
    var description = offer.description
    description.faults = configuration.conditions.faults
    description.impairment = configuration.conditions.impairment
    return MediaPlan(
      session: session, offer: offer.sdp, description: description, dialect: .heyGen, size: body.quality.size,
      bitrate: body.quality.bitrate, isContinuous: true, warmsUp: false, look: body.avatar,
      isKeyed: body.avatar.lowercased().contains(Self.keyedMark), picture: nil,
      checksAnswer: !configuration.isLenient)
  }

  /// What a call asks to have spoken; nil for any other call, and for one that will be refused anyway.
  mutating func speechRequest(of call: VendorCall) -> SpeechCall? {
    guard call.name == .heyGenTask, case .success(let json) = call.body, let text = json["text"]?.string,
      !text.isEmpty, let id = json["session_id"]?.string, let session = sessions.session(id, at: call.now),
      session.isOpen
    else { return nil }
    let details = session.details
    return SpeechCall(
      speechRequest: SpeechRequest(
        content: .text(text, isSSML: false), voice: details.voice, language: details.language),
      session: id, mediaSession: session.peer.mediaSession)
  }
}

extension HeyGenNewBody.Quality {
  /// The heights are HeyGen's: 720, 480 and 360 lines (docs.heygen.com/reference/new-session, 2025-02).
  var size: PictureSize {
    switch self {
    case .high: .hd720
    case .medium: .vga
    case .low: (try? PictureSize(width: 480, height: 360)) ?? .vga
    }
  }

  /// In bits per second, by the same page.
  var bitrate: Int {
    switch self {
    case .high: 2_000_000
    case .medium: 1_000_000
    case .low: 500_000
    }
  }
}
