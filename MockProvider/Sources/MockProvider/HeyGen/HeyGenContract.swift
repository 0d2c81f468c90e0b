// HeyGen's streaming API, v1: the calls and the session rules.
import StrictJSON
import Timekeeping

/// The contract of `/v1/streaming.*` and `/v2/streaming.list`. Pure: what it answers follows from its state, the call
/// and the time that the call names.
struct HeyGenContract {
  var configuration: MockConfiguration
  let replies: HeyGenReplies
  let time: VendorTime
  let studio: any Studio
  /// Where replies say that WebSockets are, as `ws://127.0.0.1:8080`.
  var webSocketBase = "ws://127.0.0.1"
  var sessions: SessionBook<HeyGenDetails>
  var identifiers: IdentifierSource
  var authorization: HeyGenAuthorization

  init(_ configuration: MockConfiguration, time: VendorTime, studio: any Studio) {
    self.configuration = configuration
    self.time = time
    self.studio = studio
    replies = HeyGenReplies(
      form: configuration.heyGenReplies, iceServers: configuration.iceServers,
      durationLimit: configuration.heyGenLifetime.components.seconds)
    sessions = SessionBook(
      maximumOpen: configuration.maximumSessions, slotReleaseDelay: configuration.slotReleaseDelay)
    // Another stream of ids than D-ID's.
    identifiers = IdentifierSource(seed: ~configuration.seed)
    authorization = HeyGenAuthorization(key: configuration.key)
  }

  mutating func answer(_ call: VendorCall) -> VendorAnswer {
    var session: String?
    do throws(Refusal) {
      let caller = try authorization.caller(call.headers)
      switch call.name {
      case .heyGenList: return list(call)
      case .heyGenListV2: return try listV2(call)
      case .heyGenAvatarList: return avatarList(call)
      // HeyGen's own Next.js demo sends neither body nor content type here.
      case .heyGenCreateToken: return try createToken(call, caller)
      default: break
      }
      let body = try Self.body(of: call)
      if call.name == .heyGenNew { return try new(call, body, caller) }
      let id = try reading(body) { reader throws(JSONShapeError) in try reader.string("session_id", bytes: 1...256) }
      session = id
      return try answer(call, about: id, body)
    } catch {
      return VendorAnswer(error.error, session: session, note: error.note)
    }
  }

  mutating func snapshots(at now: MonotonicInstant) -> [SessionSnapshot] {
    sessions.all(at: now).map { session in
      SessionSnapshot(vendor: .heygen, session: session, holdsSlot: sessions.holdsSlot(session, at: now), at: now)
    }
  }

  mutating func reset(at now: MonotonicInstant) {
    sessions.reset(at: now)
    authorization.reset()
  }

  private mutating func answer(_ call: VendorCall, about id: String, _ body: JSONValue) throws(Refusal) -> VendorAnswer
  {
    var session = try find(id, at: call.now)
    session.touch(at: call.now)
    let reply =
      switch call.name {
      case .heyGenStart: try start(session, body)
      case .heyGenIce: try addCandidate(session, body)
      case .heyGenTask: try task(&session, call, body)
      case .heyGenInterrupt: try interrupt(&session, at: call.now)
      case .heyGenStop: stop(&session, at: call.now)
      // keep_alive, start_listening and stop_listening only have to find the session alive.
      default: HeyGenReplies.success()
      }
    sessions.update(session)
    return VendorAnswer(200, reply, session: id)
  }

  private mutating func find(_ id: String, at now: MonotonicInstant) throws(Refusal) -> MockSession<HeyGenDetails> {
    guard let session = sessions.session(id, at: now) else { throw Refusal(HeyGenErrors.sessionNotFound) }
    if case .ended(let cause, _) = session.state {
      throw Refusal(HeyGenErrors.stateClosed, "the session ended: \(cause.rawValue)")
    }
    return session
  }

  static func body(of call: VendorCall) throws(Refusal) -> JSONValue {
    switch call.body {
    case .success(let body): return body
    case .failure(let error): throw Refusal(HeyGenErrors.invalidParameter, "the body is not JSON: \(error)")
    }
  }

  /// Reads a body as HeyGen does: unknown members are ignored.
  func reading<Value>(
    _ body: JSONValue, at path: String = "body",
    _ read: (inout JSONObjectReader) throws(JSONShapeError) -> Value
  ) throws(Refusal) -> Value {
    try readingShape(
      body, at: path, refusingUnknown: false,
      as: { error in
        Refusal(
          error.code == .missing ? HeyGenErrors.missingParameters : HeyGenErrors.invalidParameter, error.description)
      }, read)
  }
}
