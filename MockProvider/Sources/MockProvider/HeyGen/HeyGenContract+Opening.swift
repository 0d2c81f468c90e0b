// HeyGen's calls before there is a session: tokens, streaming.new and the lists.
import StrictJSON

extension HeyGenContract {
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
    let body = try reading(json) { reader throws(JSONShapeError) in try HeyGenNewBody(&reader) }
    guard !body.avatar.hasPrefix(configuration.unknownNamePrefix) else {
      throw Refusal(HeyGenErrors.avatarNotFound, "the avatar's name begins with \(configuration.unknownNamePrefix)")
    }
    do throws(SessionBook<HeyGenDetails>.Full) { try sessions.checkSlot(at: call.now) } catch {
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
    let token = call.queryValue("token") ?? call.queryValue("next_pagination_token") ?? ""
    guard let first = token.isEmpty ? 0 : Int(token), (0...max(open.count, 0)).contains(first) else {
      throw Refusal(HeyGenErrors.invalidParameter, "no page begins with this token")
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
      "created_at": .integer(time.unix(at: session.created)),
    ]
  }
}
