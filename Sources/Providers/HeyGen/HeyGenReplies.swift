// Reads HeyGen's replies, errors and data-channel messages.
import AvatarProvider
import ProviderCalls
import ProviderHTTP
import SessionValues
import StrictJSON

/// Reads replies: success is a 2xx that says so, as `{"code": 100, "data": …, "message": …}`, and nothing else is.
enum HeyGenReply {
  /// HeyGen's codes of success, in lower case: the number of the captures, and the word that takes its place in some
  /// replies.
  private static let successCodes: Set = ["100", "success"]

  /// The data of a reply; null where there is none.
  /// - Throws: what the vendor's error means; for a 2xx that cannot be read, or has a code that nobody knows,
  ///   `.fateUnknown` where the call must not be repeated, since it may have had its effect. Otherwise, and for a new
  ///   session, `.malformedReply` for what cannot be read, and `.rejected` for such a code.
  static func data(
    of response: ProviderResponse, to request: ProviderRequest, at stage: FailureTable.Stage,
    within limits: JSONParser.Limits = .init()
  ) throws(ProviderFailure) -> JSONValue {
    let body = try? JSONParser.parse(response.body, limits: limits)
    let report = HeyGenFailures.report(response.status, body)
    let isSuccess = (200..<300).contains(response.status)
    if isSuccess, let body, says(success: body, code: report.code) { return body["data"] ?? .null }
    guard !isSuccess || report.code != nil else { throw unreadable(response, request, at: stage) }
    throw HeyGenFailures.failure(report, to: request, at: stage, retryAfter: response.retryAfter)
  }

  /// The reference shows some replies as `{"status": "success"}` only, and newer calls of the vendor answer
  /// `{"error": null, "data": {…}}`, as `create_token` does; both count.
  private static func says(success body: JSONValue, code: String?) -> Bool {
    if let code { return successCodes.contains(code.lowercased()) }
    if let status = body["status"]?.string { return successCodes.contains(status.lowercased()) }
    return body["error"]?.isNull == true && body["data"]?.object != nil
  }

  /// The longest list of sessions in bytes that is read on the event loop.
  private static let shortListBytes = 64 << 10

  /// The sessions of a reply to `streaming.list`. A long one is read where that keeps nobody waiting.
  static func list(
    of response: ProviderResponse, to request: ProviderRequest
  ) async throws(ProviderFailure) -> SessionList {
    response.body.count <= shortListBytes
      ? try sessions(in: response, to: request) : try await sessionsElsewhere(in: response, to: request)
  }

  @concurrent private static func sessionsElsewhere(
    in response: ProviderResponse, to request: ProviderRequest
  ) async throws(ProviderFailure) -> SessionList { try sessions(in: response, to: request) }

  private static func sessions(
    in response: ProviderResponse, to request: ProviderRequest
  ) throws(ProviderFailure) -> SessionList {
    let data = try data(of: response, to: request, at: .opening, within: HeyGenRequests.listLimits)
    guard let sessions = data["sessions"]?.array else {
      throw ProviderFailure(.malformedReply, "HeyGen's list of sessions cannot be used: no sessions.")
    }
    return SessionList(sessions.compactMap(ListedSession.init(heyGen:)), time: response.date)
  }

  /// The token of a `create_token` reply, whose envelope is its own: `{"error": null, "data": {"token": "…"}}`
  /// (docs.heygen.com forum, 2025-01).
  static func token(of response: ProviderResponse, to request: ProviderRequest) throws(ProviderFailure) -> String {
    let body = try? JSONParser.parse(response.body)
    let isSuccess = (200..<300).contains(response.status)
    if isSuccess, (body?["error"] ?? .null).isNull, let token = body?["data"]?["token"]?.string, isHeaderSafe(token) {
      return token
    }
    let report = HeyGenFailures.report(response.status, body)
    guard !isSuccess || !report.words.isEmpty else {
      throw ProviderFailure(
        .malformedReply, "HeyGen's reply to create_token has no token.", vendor: .init(status: response.status))
    }
    throw HeyGenFailures.failure(report, to: request, at: .opening, retryAfter: response.retryAfter)
  }

  private static func isHeaderSafe(_ token: String) -> Bool {
    !token.isEmpty && token.utf8.allSatisfy { (0x21..<0x7F).contains($0) }
  }

  private static func unreadable(
    _ response: ProviderResponse, _ request: ProviderRequest, at stage: FailureTable.Stage
  ) -> ProviderFailure {
    let vendor = ProviderFailure.Vendor(status: response.status)
    return switch (stage, request.repeatability) {
    case (.inSession, .once):
      ProviderFailure(
        .fateUnknown, "HeyGen's reply could not be read; whether the call had its effect is not known.", vendor: vendor)
    case (.opening, _), (.inSession, .repeatable): ProviderFailure(.malformedReply, "HeyGen's reply could not be read.", vendor: vendor)
    }
  }
}

/// What HeyGen says of a session that it opened.
struct HeyGenCreatedSession {
  private static let peerContract = "v1"
  /// The contract of sessions whose media is in a room.
  static let roomContract = "v2"

  let id: String
  let grant: MediaGrant
  /// How long the session may live in all (`session_duration_limit`, in seconds); nil where HeyGen does not say, or
  /// says 0: no limit.
  let durationLimit: Duration?

  /// Reads the data of the reply: an offer, or with `version: "v2"` a room.
  /// - Throws: `.malformedReply` that names what is missing.
  init(_ data: JSONValue) throws(ProviderFailure) {
    guard let id = data["session_id"]?.string, !id.isEmpty else { throw Self.malformed("no session_id") }
    self.id = id
    if let offer = SessionDescription(offer: data["sdp"]) {
      grant = .offer(offer, iceServers: Self.iceServers(data))
    } else if let url = data["url"]?.string, let token = data["access_token"]?.string, !url.isEmpty, !token.isEmpty {
      grant = .room(url: url, token: token)
    } else {
      throw Self.malformed("neither an offer nor a room")
    }
    durationLimit = Duration(nonzero: data["session_duration_limit"], unitsPerSecond: 1)
  }

  /// `ice_servers2` holds whole servers; `ice_servers` held URLs only and was null later (captures of 2024-08,
  /// 2025-02).
  private static func iceServers(_ data: JSONValue) -> [IceServer] {
    let servers = IceServer.list(from: data["ice_servers2"])
    return servers.isEmpty ? IceServer.list(from: data["ice_servers"]) : servers
  }

  /// The session's name for later calls.
  /// - Parameter token: what they are authenticated by; nil for the key.
  func handle(token: String?) -> SessionHandle {
    let contract = if case .room = grant { Self.roomContract } else { Self.peerContract }
    return .init(id: id, routing: token ?? "", contract: contract)
  }

  /// The name of a session that is known by its id only.
  static func handle(ofListed id: String) -> SessionHandle { .init(id: id, contract: peerContract) }

  /// The name of a session whose reply is otherwise unusable, so that it can be stopped; nil if there is none.
  static func remains(of response: ProviderResponse, token: String?) -> SessionHandle? {
    guard (200..<300).contains(response.status), let body = try? JSONParser.parse(response.body),
      let id = body["data"]?["session_id"]?.string, !id.isEmpty
    else { return nil }
    return .init(id: id, routing: token ?? "", contract: peerContract)
  }

  private static func malformed(_ what: String) -> ProviderFailure {
    ProviderFailure(
      .malformedReply, "HeyGen's reply to a new session cannot be used: \(what).", vendor: .init(status: 200))
  }
}

extension ListedSession {
  /// Reads `session_id` and `created_at` (docs.heygen.com/reference/list-sessions). Nobody knows the token of a session
  /// that is only listed, so it is stopped with the key.
  init?(heyGen json: JSONValue) {
    guard let id = json["session_id"]?.string, !id.isEmpty else { return nil }
    self.init(handle: HeyGenCreatedSession.handle(ofListed: id), createdAt: Self.seconds(json["created_at"]))
  }

  /// Seconds since 1970; milliseconds are told by their size. Nil for what is neither.
  private static func seconds(_ value: JSONValue?) -> Int64? {
    // In seconds this is the year 5138.
    let earliestMilliseconds = 100_000_000_000.0
    guard let number = value?.statedNumber, (1..<earliestMilliseconds * 1000).contains(number) else { return nil }
    return Int64(number < earliestMilliseconds ? number : number / 1000)
  }
}

/// Reads HeyGen's errors `{code, message, details?}`. Two backends speak: signaling (100xx) and media (4000xx).
enum HeyGenFailures {
  static let provider = "HeyGen"

  /// Sources: docs.heygen.com/reference/errors and the deprecation notice, its forum and the official repositories'
  /// issues (2024 to 2025); codes 10006, 10007, 10012, 10014, 10015, 40056 and 400123 only from a third-party SDK
  /// (teamduality/heygen-typescript-sdk), which is why words come before codes where both are known.
  private static let table = FailureTable(
    provider: provider,
    rows: [
      .init(words: "session state wrong: clos", .sessionGone, "The session is over."),
      .init(words: "session not found", .sessionGone, "HeyGen does not know this session."),
      .init(words: "session state wrong", .notReady, "The session is not in a state for this call."),
      .init(words: "concurrent limit", .sessionLimit, "The account has as many sessions open as it may."),
      .init(words: "avatar not found", .avatarNotFound, "There is no such avatar."),
      .init(words: "avatar version is deprecated", .avatarNotFound, "The avatar is too old for streaming."),
      .init(words: "peer start failed", .rejected, "The answer was refused."),
      .init(vendorCode: "10004", .sessionLimit, "The account has as many sessions open as it may."),
      .init(vendorCode: "10005", .sessionGone, "The session is over."),
      .init(vendorCode: "10006", .sessionGone, "HeyGen does not know this session."),
      .init(vendorCode: "10007", .sessionLimit, "The account has as many sessions open as it may."),
      .init(vendorCode: "10012", .avatarNotFound, "There is no such avatar."),
      .init(vendorCode: "10013", .avatarNotFound, "There is no such avatar, or the account may not use it."),
      .init(vendorCode: "10014", .sessionLimit, "HeyGen has no room for another session."),
      .init(vendorCode: "10015", .insufficientCredits, "The trial's allowance is used up."),
      .init(vendorCode: "400006", .notReady, "No media is connected to the session yet."),
      .init(vendorCode: "400009", .rejected, "The voice could not speak the text; see the provider's words."),
      .init(vendorCode: "40056", .rejected, "The speech could not be made; see the provider's words."),
      .init(vendorCode: "400123", .rateLimited, "Too many requests were made."),
      .init(vendorCode: "400112", .unauthorized, "The key was not accepted."),
      .init(vendorCode: "40009", .unauthorized, "The credentials are not valid."),
      .init(vendorCode: "401056", .unauthorized, "The session token has expired."),
      .init(vendorCode: "401057", .unauthorized, "The session token is not valid."),
      .init(vendorCode: "400599", .permission, "The account has no access to the API."),
      .init(vendorCode: "400562", .permission, "The account may not do this."),
      .init(vendorCode: "400573", .permission, "The account may not do this."),
      .init(vendorCode: "40001", .rejected, "A parameter is missing; see the provider's words."),
      .init(vendorCode: "400175", .rejected, "A parameter was refused; see the provider's words."),
      // An unknown session has a code; without one the path is unknown, as keep_alive was before mid-2025.
      .init(status: 404, vendorCode: .absent, .notSupported, "There is no such call here; check the base URL."),
    ])

  static func failure(
    _ report: VendorReport, to request: ProviderRequest, at stage: FailureTable.Stage, retryAfter: Duration?
  ) -> ProviderFailure {
    table.failure(report, to: request, at: stage, retryAfter: retryAfter)
  }

  /// What a body says of an error, whoever wrote it.
  static func report(_ status: Int, _ body: JSONValue?) -> VendorReport {
    let source = body?["error"]?.object.map(JSONValue.object) ?? body
    let code = source?["code"]?.identifier
    let words = ["message", "details", "detail", "error"].compactMap { source?[$0]?.string }
    return VendorReport(status: status, code: code, words: words.joined(separator: "; "))
  }
}

/// Binary frames that hold JSON, `{"type": …, "task_id": …}` (SDK 1.0.15, `events/events.ts`).
enum HeyGenChannelMessage {
  /// The longest message that is read, in bytes of UTF-8; longer ones mean nothing to the relay.
  static let maximumBytes = 16_384

  /// The event that a message stands for; nil for one that is of no interest or no JSON.
  static func event(_ message: String) -> ProviderEvent? {
    guard message.utf8.count <= maximumBytes, let json = try? JSONParser.parse(message) else { return nil }
    let talk = json["task_id"]?.identifier
    switch json["type"]?.string {
    case "avatar_start_talking": return .talkStarted(talk: talk)
    case "avatar_stop_talking":
      // The duration came with SDK 1.0.15.
      return .talkEnded(talk: talk, duration: Duration(json["duration_ms"], unitsPerSecond: 1000))
    default: return nil
    }
  }
}
