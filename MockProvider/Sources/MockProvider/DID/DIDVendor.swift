// Answers D-ID's HTTP streams API: five calls under three prefixes.
import Basics
import MockPeer
import StrictJSON
import TalkingAvatar

/// The contract of `/talks/streams`, `/clips/streams` and `/agents/{id}/streams`. Pure: what it answers follows from
/// its state, the call and the time that the call names.
struct DIDVendor {
  var configuration: MockConfiguration
  let replies: DIDReplies
  let time: VendorTime
  let peerFactory: any MediaPeerFactory
  var sessions: MockSessions<DIDDetails>
  var identifiers: VendorIdentifiers
  var agents = AgentRecords()
  /// What agents answer, and in which mode.
  var answers = AnswerRules()
  var agentMode = ChatMode.functional
  var videos = AgentVideos()

  init(_ configuration: MockConfiguration, time: VendorTime, peerFactory: any MediaPeerFactory) {
    self.configuration = configuration
    self.time = time
    self.peerFactory = peerFactory
    replies = DIDReplies(
      form: configuration.didReplies, deleteForm: configuration.didDeleteReply, iceServers: configuration.iceServers)
    sessions = MockSessions(
      maximumOpen: configuration.maximumSessions, slotReleaseDelay: configuration.slotReleaseDelay)
    identifiers = VendorIdentifiers(seed: configuration.seed)
  }

  mutating func answer(_ call: VendorCall) -> VendorAnswer {
    let session = call.values["id"]
    do throws(Refusal) {
      try DIDAuthorization(key: configuration.key, records: agents).check(call.headers)
      let body = BodyReading.coerced(try Self.body(of: call))
      switch call.name {
      case .didCreate: return try create(call, body)
      case .didSDP: return try acceptAnswer(call, body)
      case .didIce: return try addCandidate(call, body)
      case .didSpeak: return try speak(call, body)
      case .didStreamText, .didStreamAudio: return try takePart(call, body)
      case .didDelete: return try delete(call, body)
      default: return try answerAboutAgent(call, body)
      }
    } catch {
      return VendorAnswer(error.error, session: session, note: error.note)
    }
  }

  mutating func snapshots(at now: MonotonicInstant) -> [SessionStatus] {
    sessions.all(at: now).map { session in
      SessionStatus(vendor: .did, session: session, holdsSlot: sessions.holdsSlot(session, at: now), at: now)
    }
  }

  mutating func reset(at now: MonotonicInstant) { sessions.reset(at: now) }

  /// What has happened to agents' videos since this was last asked, and when something will happen next.
  mutating func newsOfVideos(
    at now: MonotonicInstant
  ) -> (events: [(AgentVideos.Event, AgentVideo)], next: MonotonicInstant?) {
    videos.news(of: &sessions, at: now)
  }

  private static func body(of call: VendorCall) throws(Refusal) -> JSONValue {
    switch call.body {
    case .success(let body): return body
    case .failure(let error): throw Refusal(DIDErrors.badRequest, "the body is not JSON: \(error)")
    }
  }

  /// Reads a body as D-ID does: unknown members are errors unless the mock is lenient, or the object is open.
  func reading<Value>(
    _ body: JSONValue, isOpen: Bool = false, _ read: (inout JSONObjectReader) throws(JSONShapeError) -> Value
  ) throws(Refusal) -> Value {
    try readingShape(
      body, at: "body", refusingUnknown: !configuration.isLenient && !isOpen, as: DIDValidation.refusal, read)
  }
}

// MARK: - Sessions

extension DIDVendor {
  private mutating func create(_ call: VendorCall, _ json: JSONValue) throws(Refusal) -> VendorAnswer {
    // The object of an agent's stream takes further members (OpenAPI 4.2.1).
    let isOpen = call.values["agent"] != nil && !configuration.isStrict
    let body = try reading(json, isOpen: isOpen) { reader throws(JSONShapeError) in
      try DIDCreateBody(
        &reader, prefix: call.prefix, isLenient: configuration.isLenient, isStrict: configuration.isStrict)
    }
    if let url = body.sourceURL, !Self.isActorURL(url) {
      throw Refusal(DIDErrors.invalidActorURL, "source_url is no http, https or s3 URL, and none of this machine")
    }
    if call.values["agent"] != nil, try agent(of: call).avatar == .expressive {
      throw Refusal(DIDErrors.expressive, "the agent's name has \"expressive\" in it")
    }
    do throws(MockSessions<DIDDetails>.Full) { try sessions.checkSlot(at: call.now) } catch {
      throw Refusal(DIDErrors.maxUserSessions, "\(configuration.maximumSessions) sessions are open")
    }
    let (plan, peer) = try open(body, call)
    let sessionID = identifiers.cookie(expires: time.cookieExpiry(at: call.now))
    let idle = body.sessionTimeout.map { Duration.milliseconds(Int64(max($0, 0) * 1000)) } ?? configuration.didIdleLimit
    let session = MockSession(
      id: plan.session, contract: call.prefix, limits: SessionLimits(idle: idle, lifetime: nil),
      peer: peer, options: Redaction.options(json), details: DIDDetails(original: sessionID), at: call.now)
    sessions.add(session)
    let reply = replies.created(
      id: session.id, sdp: plan.offer, sessionID: sessionID,
      agent: call.values["agent"] == nil ? nil : DIDReplies.Agent(isFluent: body.isFluent), identifiers: &identifiers)
    return VendorAnswer(201, reply, session: session.id)
  }

  private mutating func delete(_ call: VendorCall, _ json: JSONValue) throws(Refusal) -> VendorAnswer {
    let sessionID = try reading(json) { reader throws(JSONShapeError) in try reader.optionalString("session_id") }
    var session = try find(call, sessionID)
    session.end(.closed, at: call.now)
    sessions.update(session)
    return VendorAnswer(200, replies.deleted(sessionID: session.details.original), session: session.id)
  }

  /// The open stream that a call is about, with its idle time started anew.
  ///
  /// D-ID's load balancer looks at `session_id` first (400), then the stream is looked up (404). After an idle end
  /// users report 400 SessionError, after a delete the stream is unknown.
  mutating func find(_ call: VendorCall, _ sessionID: String?) throws(Refusal) -> MockSession<DIDDetails> {
    try find(call.values["id"], of: call.prefix, sessionID, at: call.now)
  }

  /// The open stream of that id, as ``find(_:_:)`` has it.
  /// - Parameter contract: under which it has to have been opened.
  mutating func find(
    _ stream: String?, of contract: String, _ sessionID: String?, at now: MonotonicInstant
  ) throws(Refusal) -> MockSession<DIDDetails> {
    guard let sessionID, !sessionID.isEmpty else { throw Refusal(DIDErrors.session, "session_id is missing") }
    // Only messages of a WebSocket, and of chats, come without.
    guard let stream else { throw Refusal(DIDErrors.session, "session_id is not one of any stream") }
    guard var session = sessions.session(stream, at: now) else { throw Refusal(DIDErrors.notFound, "no such stream") }
    guard session.contract == contract else {
      throw Refusal(DIDErrors.notFound, "the stream was opened under \(session.contract)")
    }
    guard session.details.accepts(sessionID) else {
      throw Refusal(DIDErrors.session, "session_id is not one of this stream; it has to be sent back whole")
    }
    switch session.state {
    case .open: break
    case .ended(.closed, _): throw Refusal(DIDErrors.notFound, "the stream was deleted")
    case .ended(let cause, _): throw Refusal(DIDErrors.session, "the stream ended: \(cause.rawValue)")
    }
    session.touch(at: now)
    return session
  }

  /// Writes the session back with a new session id beside the old ones.
  /// - Returns: the new session id.
  mutating func refresh(_ session: MockSession<DIDDetails>, at now: MonotonicInstant) -> String {
    var session = session
    let sessionID = identifiers.cookie(expires: time.cookieExpiry(at: now))
    session.details.refresh(with: sessionID)
    sessions.update(session)
    return sessionID
  }
}

extension DIDVendor {
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
      throw Refusal(DIDErrors.unknown, error.note)
    }
    return VendorAnswer(200, replies.answered(sessionID: refresh(session, at: call.now)), session: session.id)
  }

  /// Candidates are taken before the answer too: D-ID's own demo may send them so.
  mutating func addCandidate(_ call: VendorCall, _ json: JSONValue) throws(Refusal) -> VendorAnswer {
    let isEnd = DIDCandidateBody.isEnd(json)
    let isOpen = isEnd && !configuration.isStrict
    let (sessionID, candidate) = try reading(json, isOpen: isOpen) { reader throws(JSONShapeError) -> (String?, String?) in
      (try reader.optionalString("session_id"), try DIDCandidateBody.read(&reader, isEnd: isEnd))
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
    ) { reader throws(JSONShapeError) in
      try DIDScript(&reader, isLenient: isLenient, isStrict: configuration.isStrict)
    }
    var session = try find(call, sessionID)
    guard session.peer.progress == .up else {
      throw Refusal(DIDErrors.streamError, "no peer is connected: an answer and a candidate have to come first")
    }
    guard session.details.streamed == nil else {
      throw Refusal(DIDErrors.badRequest, "what came in parts before it has not ended")
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
        startDelay: max(configuration.talkStartDelay, peerFactory.lead), at: call.now)
    } catch {
      throw Refusal(DIDErrors.tooManyRequests, "\(TalkQueue.waitingLimit) talks wait in this stream")
    }
    if call.values["agent"] != nil {
      let chat = json["metadata"]?["chat_id"]?.string
      let address = NotificationAddress.Connection(call.headers)
      videos.add(AgentVideo(talk: talk.id, stream: session.id, chat: chat, address: address, isQueued: true))
    }
    return VendorAnswer(200, replies.started(talk, sessionID: refresh(session, at: call.now)), session: session.id)
  }
}

extension DIDVendor {
  /// What the client SDK's types allow (de-id/agents-sdk, `output_resolution`); 0, like none, means a square of 512.
  static let heights = 150...1080
  /// Enough for a drawn face that moves a little, in bits for each pixel of a second.
  static let bitsPerPixel = 2

  /// Makes the peer of a new stream.
  mutating func open(
    _ body: DIDCreateBody, _ call: VendorCall
  ) throws(Refusal) -> (plan: MediaPlan, peer: any MediaPeer) {
    let peerFactory = peerFactory
    do throws(PeerHostError) { return try peerFactory.open { plan(body, call) } } catch {
      throw Refusal(DIDErrors.unknown, "no peer can be opened: \(error)")
    }
  }

  /// Decides about a stream's media.
  private mutating func plan(_ body: DIDCreateBody, _ call: VendorCall) -> MediaPlan {
    let terms = peerFactory.terms(fragmentLength: 4, passwordLength: 22, from: &identifiers)
    let offer = DIDOffer(
      codecs: body.compatibility.codecs, terms: terms, unixTime: time.unix(at: call.now), from: &identifiers)
    var description = offer.description
    description.faults = configuration.conditions.faults
    description.impairment = configuration.conditions.impairment
    let size = Self.size(resolution: body.resolution)
    return MediaPlan(
      session: identifiers.streamID(), offer: offer.sdp, description: description,
      dialect: .did(namesTalks: body.isFluent || call.values["agent"] != nil, canInterrupt: body.isFluent), size: size,
      bitrate: size.width * size.height * Self.bitsPerPixel, isContinuous: body.isFluent, warmsUp: body.warmsUp,
      look: body.sourceURL ?? body.presenter ?? call.prefix, isKeyed: false,
      picture: body.sourceURL,
      checksAnswer: !configuration.isLenient)
  }

  /// Talks are cut to a square, as the circle of D-ID's demo page wants.
  static func size(resolution: Double?) -> PictureSize {
    guard let resolution, resolution >= 1 else { return .square512 }
    let side = min(max(Int(resolution), heights.lowerBound), heights.upperBound)
    return (try? PictureSize(width: side, height: side)) ?? .square512
  }

  /// The vendor's schemes, and what is on this machine.
  static func isActorURL(_ url: String) -> Bool {
    LocalURL.isLocal(url) || url.utf8.count <= 2048 && ["http://", "https://", "s3://"].contains(where: url.hasPrefix)
  }

  /// What a call asks to have spoken; nil for any other call, and for one that will be refused anyway.
  mutating func speechRequest(of call: VendorCall) -> SpeechCall? {
    guard let id = call.namedSession, let session = sessions.session(id, at: call.now), session.isOpen else {
      return nil
    }
    if [.didStreamText, .didStreamAudio, .didChat].contains(call.name) {
      return SpeechCall(speechRequest: nil, session: id, mediaSession: session.peer.mediaSession)
    }
    guard call.name == .didSpeak, case .success(let json) = call.body, let script = BodyReading.coerced(json)["script"]
    else { return nil }
    let read = try? readingShape(
      script, at: "body.script", refusingUnknown: false, as: DIDValidation.scriptRefusal
    ) { reader throws(JSONShapeError) in try DIDScript(&reader, isLenient: true, isStrict: false) }
    return read.map {
      SpeechCall(speechRequest: $0.speechRequest, session: id, mediaSession: session.peer.mediaSession)
    }
  }
}

/// The session ids of a stream. The replies carry refreshed ones, and D-ID's own clients go on with the first, so all
/// that were given out are good.
struct DIDDetails {
  /// Most refreshed ids that stay good; the oldest go first, the original never.
  static let refreshedLimit = 16

  let original: String
  private(set) var refreshed: [String] = []
  /// What is being said part by part; nil where that has ended.
  var streamed: StreamedTalk?

  init(original: String) { self.original = original }

  func accepts(_ sessionID: String) -> Bool { sessionID == original || refreshed.contains(sessionID) }

  mutating func refresh(with sessionID: String) {
    refreshed.append(sessionID)
    if refreshed.count > Self.refreshedLimit { refreshed.removeFirst() }
  }
}

/// Which codec a stream is sent in (D-ID's live streaming guide: on is VP8, off is H264, auto is by browser).
enum DIDCompatibility: String, CaseIterable {
  case on, off, auto

  /// The codecs of the offer. The one captured 2025-08 with `auto` has H264, so that comes first there; a browser that
  /// has none answers with VP8.
  var codecs: [PeerVideoCodec] {
    switch self {
    case .on: [.vp8]
    case .off: [.h264]
    case .auto: [.h264, .vp8]
    }
  }
}
