// Answers HeyGen's streaming API, v1: the rules of its sessions and the calls before there is one.
import Basics
import StrictJSON

/// The contract of `/v1/streaming.*` and `/v2/streaming.list`. Pure: what it answers follows from its state, the call
/// and the time that the call names.
struct HeyGenVendor {
  var configuration: MockConfiguration
  let replies: HeyGenReplies
  let time: VendorTime
  let peerFactory: any MediaPeerFactory
  /// Where replies say that WebSockets are, as `ws://127.0.0.1:8080`.
  var webSocketBase = "ws://127.0.0.1"
  var sessions: MockSessions<HeyGenDetails>
  var identifiers: VendorIdentifiers
  var authorization: HeyGenAuthorization

  init(_ configuration: MockConfiguration, time: VendorTime, peerFactory: any MediaPeerFactory) {
    self.configuration = configuration
    self.time = time
    self.peerFactory = peerFactory
    replies = HeyGenReplies(
      form: configuration.heyGenReplies, iceServers: configuration.iceServers,
      durationLimit: configuration.heyGenLifetime.components.seconds)
    sessions = MockSessions(
      maximumOpen: configuration.maximumSessions, slotReleaseDelay: configuration.slotReleaseDelay)
    // Another stream of ids than D-ID's.
    identifiers = VendorIdentifiers(seed: ~configuration.seed)
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

  mutating func snapshots(at now: MonotonicInstant) -> [SessionStatus] {
    sessions.all(at: now).map { session in
      SessionStatus(vendor: .heygen, session: session, holdsSlot: sessions.holdsSlot(session, at: now), at: now)
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

extension HeyGenVendor {
  mutating func createToken(_ call: VendorCall, _ caller: HeyGenAuthorization.Caller) throws(Refusal) -> VendorAnswer {
    guard case .key = caller else { throw Refusal(HeyGenErrors.unauthorized, "a token is made with a key") }
    let token = identifiers.text(60, of: .urlSafe)
    authorization.issue(token)
    // Not the envelope of the other calls (docs.heygen.com/discuss 6781252a63b6fd003cf33d77).
    return VendorAnswer(200, ["error": nil, "data": ["token": .string(token)]])
  }

  mutating func new(
    _ call: VendorCall, _ json: JSONValue, _ caller: HeyGenAuthorization.Caller
  ) throws(Refusal) -> VendorAnswer {
    try authorization.checkUnused(caller)
    let body = try reading(json) { reader throws(JSONShapeError) in
      let body = try HeyGenNewBody(&reader)
      if configuration.isStrict { try reader.finish() }
      return body
    }
    guard !body.avatar.hasPrefix(configuration.unknownNamePrefix) else {
      throw Refusal(HeyGenErrors.avatarNotFound, "the avatar's name begins with \(configuration.unknownNamePrefix)")
    }
    do throws(MockSessions<HeyGenDetails>.Full) { try sessions.checkSlot(at: call.now) } catch {
      throw Refusal(HeyGenErrors.concurrentLimit, "\(configuration.maximumSessions) sessions are open")
    }
    let session = try makeSession(body, json, call)
    authorization.spend(caller)
    sessions.add(session)
    let reply =
      body.isVersion2
      ? replies.room(sessionID: session.id, webSocketBase: webSocketBase, identifiers: &identifiers)
      : replies.offered(
        sessionID: session.id, sdp: session.peer.offer, webSocketBase: webSocketBase, identifiers: &identifiers)
    return VendorAnswer(200, reply, session: session.id)
  }

  private mutating func makeSession(
    _ body: HeyGenNewBody, _ json: JSONValue, _ call: VendorCall
  ) throws(Refusal) -> MockSession<HeyGenDetails> {
    let id = identifiers.uuid()
    let peer = body.isVersion2 ? RoomPeer() : try open(body, session: id, call)
    let idle = body.idleTimeout.map { Duration.seconds($0) } ?? configuration.heyGenIdleLimit
    return MockSession(
      id: id, contract: body.isVersion2 ? "v2" : "v1",
      limits: SessionLimits(idle: body.disablesIdleTimeout ? nil : idle, lifetime: configuration.heyGenLifetime),
      peer: peer, options: Redaction.options(json),
      details: HeyGenDetails(
        media: body.isVersion2 ? .room : .peerConnection, avatar: body.avatar, voice: body.voice,
        language: body.language), at: call.now)
  }

  mutating func list(_ call: VendorCall) -> VendorAnswer {
    let open = sessions.all(at: call.now).filter(\.isOpen)
    return VendorAnswer(200, HeyGenReplies.success(["sessions": .array(open.map(entry))]))
  }

  /// Paged; the token is the number of the first session of the page.
  mutating func listV2(_ call: VendorCall) throws(Refusal) -> VendorAnswer {
    let pageSize = 100
    let open = sessions.all(at: call.now).filter(\.isOpen)
    var first = 0
    // Where both are given, the last one counts, and neither may be wrong.
    for token in ["next_pagination_token", "token"].compactMap(call.queryValue) where !token.isEmpty {
      guard let place = Int(token), (0...open.count).contains(place), "\(place)".isExactly(token) else {
        throw Refusal(HeyGenErrors.invalidParameter, "no page begins with this token")
      }
      first = place
    }
    let page = open.dropFirst(first).prefix(pageSize)
    let next = first + page.count
    let entries = page.map { session -> JSONValue in
      var object = entry(session).object ?? [:]
      object["api_key_type"] = "trial"
      object["duration"] = .integer(session.created.duration(to: call.now).components.seconds)
      object["avatar_id"] = .string(session.details.avatar)
      object["voice_name"] = .string(session.details.voice)
      return .object(object)
    }
    return VendorAnswer(
      200,
      [
        "total": .integer(Int64(open.count)), "page": .integer(Int64(first / pageSize + 1)),
        "page_size": .integer(Int64(pageSize)),
        "next_pagination_token": next < open.count ? .string("\(next)") : nil, "data": .array(entries),
      ])
  }

  func avatarList(_ call: VendorCall) -> VendorAnswer {
    let avatars = ["default", "josh_lite3_20230714", "Wayne_20240711"].map { name -> JSONValue in
      ["avatar_id": .string(name), "created_at": .integer(VendorTime.epoch), "is_public": true, "status": "ACTIVE"]
    }
    return VendorAnswer(200, HeyGenReplies.success(.array(avatars)))
  }

  private func entry(_ session: MockSession<HeyGenDetails>) -> JSONValue {
    let status =
      switch session.peer.progress {
      case .offered: "new"
      case .answered: "connecting"
      case .up, .gone: "connected"
      }
    return [
      "session_id": .string(session.id), "status": .string(status),
      "created_at": .integer(time.trueUnix(at: session.created)),
    ]
  }
}

/// What HeyGen's lists tell of a session.
struct HeyGenDetails {
  /// How a session's media is reached.
  enum Media {
    /// The server's offer.
    case peerConnection
    /// A room that the mock grants and does not run.
    case room
  }

  let media: Media
  let avatar: String
  let voice: String
  let language: String?
}
