// D-ID's HTTP streams API: five calls under three prefixes.
import StrictJSON
import Timekeeping

/// The contract of `/talks/streams`, `/clips/streams` and `/agents/{id}/streams`. Pure: what it answers follows from
/// its state, the call and the time that the call names.
struct DIDContract {
  var configuration: MockConfiguration
  let replies: DIDReplies
  let time: VendorTime
  let studio: any Studio
  var sessions: SessionBook<DIDDetails>
  var identifiers: IdentifierSource

  init(_ configuration: MockConfiguration, time: VendorTime, studio: any Studio) {
    self.configuration = configuration
    self.time = time
    self.studio = studio
    replies = DIDReplies(
      form: configuration.didReplies, deleteForm: configuration.didDeleteReply, iceServers: configuration.iceServers)
    sessions = SessionBook(
      maximumOpen: configuration.maximumSessions, slotReleaseDelay: configuration.slotReleaseDelay)
    identifiers = IdentifierSource(seed: configuration.seed)
  }

  mutating func answer(_ call: VendorCall) -> VendorAnswer {
    let session = call.values["id"]
    do throws(Refusal) {
      try DIDAuthorization(key: configuration.key).check(call.headers)
      let body = try Self.body(of: call)
      switch call.name {
      case .didCreate: return try create(call, body)
      case .didSDP: return try acceptAnswer(call, body)
      case .didIce: return try addCandidate(call, body)
      case .didSpeak: return try speak(call, body)
      default: return try delete(call, body)
      }
    } catch {
      return VendorAnswer(error.error, session: session, note: error.note)
    }
  }

  mutating func snapshots(at now: MonotonicInstant) -> [SessionSnapshot] {
    sessions.all(at: now).map { session in
      SessionSnapshot(vendor: .did, session: session, holdsSlot: sessions.holdsSlot(session, at: now), at: now)
    }
  }

  mutating func reset(at now: MonotonicInstant) { sessions.reset(at: now) }

  private static func body(of call: VendorCall) throws(Refusal) -> JSONValue {
    switch call.body {
    case .success(let body): return body
    case .failure(let error): throw Refusal(DIDErrors.badRequest, "the body is not JSON: \(error)")
    }
  }

  /// Reads a body as D-ID does: unknown members are errors unless the mock is lenient.
  func reading<Value>(
    _ body: JSONValue, _ read: (inout JSONObjectReader) throws(JSONShapeError) -> Value
  ) throws(Refusal) -> Value {
    try readingShape(
      body, at: "body", refusingUnknown: !configuration.isLenient, as: DIDValidation.refusal, read)
  }
}

// MARK: - Sessions

extension DIDContract {
  private mutating func create(_ call: VendorCall, _ json: JSONValue) throws(Refusal) -> VendorAnswer {
    let body = try reading(json) { reader throws(JSONShapeError) in
      try DIDCreateBody(&reader, prefix: call.prefix, isLenient: configuration.isLenient)
    }
    if let url = body.sourceURL, !Self.isActorURL(url) {
      throw Refusal(DIDErrors.invalidActorURL, "source_url is no http, https or s3 URL, and none of this machine")
    }
    if let agent = call.values["agent"], agent.hasPrefix(configuration.unknownNamePrefix) {
      throw Refusal(DIDErrors.agentNotFound, "the agent's name begins with \(configuration.unknownNamePrefix)")
    }
    do throws(SessionBook<DIDDetails>.Full) { try sessions.checkSlot(at: call.now) } catch {
      throw Refusal(DIDErrors.maxUserSessions, "\(configuration.maximumSessions) sessions are open")
    }
    let (plan, peer) = try open(body, call)
    let sessionID = identifiers.cookie(expires: time.cookieExpiry(at: call.now))
    let idle = body.sessionTimeout.map { Duration.milliseconds(Int64($0 * 1000)) } ?? configuration.didIdleLimit
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
    guard let sessionID, !sessionID.isEmpty else { throw Refusal(DIDErrors.session, "session_id is missing") }
    guard let id = call.values["id"], var session = sessions.session(id, at: call.now) else {
      throw Refusal(DIDErrors.notFound, "no such stream")
    }
    guard session.contract == call.prefix else {
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
    session.touch(at: call.now)
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
