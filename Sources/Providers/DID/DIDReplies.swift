// Reads D-ID's replies, errors and data-channel messages.
import AvatarProvider
import ProviderCalls
import ProviderHTTP
import SessionValues
import StrictJSON

/// What D-ID says of a stream that it opened.
struct DIDCreatedStream {
  let id: String
  /// The text of a load balancer's cookie, with spaces, `;` and `=`; it goes back exactly as it came.
  let sessionID: String
  let offer: SessionDescription
  let iceServers: [IceServer]
  /// True when talks can be cut off by a message on the data channel.
  let isInterruptible: Bool

  /// Reads the reply. The offer stands under `offer` (every client) or `jsep` (OpenAPI of 2023-12).
  /// - Throws: `.malformedReply` that names the first thing missing.
  init(_ response: ProviderResponse) throws(ProviderFailure) {
    guard let reply = try? JSONParser.parse(response.body) else { throw Self.malformed("it is not JSON", response) }
    guard let id = reply["id"]?.string, BaseURL.isSegment(id) else { throw Self.malformed("no id", response) }
    guard let sessionID = reply["session_id"]?.string, !sessionID.isEmpty else {
      throw Self.malformed("no session_id", response)
    }
    guard let offer = SessionDescription(offer: reply["offer"]) ?? SessionDescription(offer: reply["jsep"]) else {
      throw Self.malformed("no offer", response)
    }
    self.id = id
    self.sessionID = sessionID
    self.offer = offer
    iceServers = IceServer.list(from: reply["ice_servers"])
    isInterruptible = reply["fluent"] == true && reply["interrupt_enabled"] == true
  }

  /// The name of a stream whose reply is otherwise unusable, so that it can be ended; nil if there is not even an id.
  static func remains(of response: ProviderResponse, _ plan: SessionPlan) -> SessionHandle? {
    guard let reply = try? JSONParser.parse(response.body), let id = reply["id"]?.string, BaseURL.isSegment(id) else {
      return nil
    }
    return .init(id: id, routing: reply["session_id"]?.string ?? "", contract: plan.contract)
  }

  private static func malformed(_ what: String, _ response: ProviderResponse) -> ProviderFailure {
    ProviderFailure(
      .malformedReply, "D-ID's reply to a new stream cannot be used: \(what).", vendor: .init(status: response.status))
  }
}

/// Reads D-ID's error envelope `{kind, description, details?}` and what its gateway says instead.
enum DIDFailures {
  static let provider = "D-ID"

  /// Sources: docs.d-id.com reference (OpenAPI of 2023-12), its forum, de-id/agents-sdk, and public client code for the
  /// session limit.
  private static let table = FailureTable(
    provider: provider,
    rows: [
      .init(status: 400, vendorCode: "SessionError", .sessionGone, "The stream is over, or its session_id is wrong."),
      .init(vendorCode: "ValidationError", .rejected, "An option or the script was refused; see the provider's words."),
      .init(words: "invalid actor url", .avatarNotFound, "The source_url is not a photo that D-ID can read."),
      .init(vendorCode: "BadRequestError", .rejected, "The request was refused; see the provider's words."),
      .init(vendorCode: "AuthorizationError", .unauthorized, "The key was not accepted."),
      .init(vendorCode: "InsufficientCreditsError", .insufficientCredits, "The account has no credits left."),
      .init(words: "max user sessions reached", .sessionLimit, "The account has as many streams open as it may."),
      .init(vendorCode: "PermissionError", .permission, "The account has no permission for an option."),
      .init(vendorCode: "Forbidden", .permission, "The account may not do this."),
      .init(words: "agent not found", .avatarNotFound, "There is no such agent."),
      .init(vendorCode: "NotReadyError", .notReady, "The agent is not ready."),
      .init(status: 451, .moderation, "The content was refused by moderation."),
      .init(words: "stream error", stage: .inSession, .notReady, "No media is connected to the stream (any more)."),
      // The gateway's own words: it answers 403 where the header or the path is not what it expects.
      .init(status: 403, vendorCode: .absent, .unauthorized, "The gateway refused the key, or the base URL is wrong."),
    ])

  static func failure(
    _ response: ProviderResponse, to request: ProviderRequest, at stage: FailureTable.Stage
  ) -> ProviderFailure {
    table.failure(report(response), to: request, at: stage, retryAfter: response.retryAfter)
  }

  private static func report(_ response: ProviderResponse) -> VendorReport {
    let body = try? JSONParser.parse(response.body)
    let words = [body?["description"]?.string, body?["message"]?.string].compactMap { $0 } + details(body?["details"])
    return VendorReport(status: response.status, code: body?["kind"]?.string, words: words.joined(separator: "; "))
  }

  /// Field paths with what is wrong there: `{"body.script": {"message": "…"}}`.
  private static func details(_ value: JSONValue?) -> [String] {
    (value?.object?.members ?? []).compactMap { member in
      (member.value["message"]?.string ?? member.value.string).map { "\(member.name): \($0)" }
    }
  }
}

/// Messages of the form `subject` or `subject:payload` (official demo; de-id/agents-sdk splits at the first colon).
enum DIDChannelMessage {
  /// The longest message that is read, in bytes of UTF-8; longer ones mean nothing to the relay.
  static let maximumBytes = 16_384

  /// The event that a message stands for; nil for one that is of no interest, as `chat/answer`.
  static func event(_ message: String) -> ProviderEvent? {
    guard message.utf8.count <= maximumBytes else { return nil }
    let parts = message.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let payload = parts.count > 1 ? String(parts[1]) : ""
    let json = try? JSONParser.parse(payload)
    let talk = json?["metadata"]?["videoId"]?.string
    switch parts.first {
    case "stream/ready": return .ready
    case "stream/started": return .talkStarted(talk: talk)
    case "stream/done": return .talkEnded(talk: talk, duration: nil)
    case "stream/error": return .talkFailed(talk: talk, message: words(of: json, payload))
    default: return nil
    }
  }

  /// The payload of an error is not documented: its likely members, or a plain text.
  private static func words(of json: JSONValue?, _ payload: String) -> String {
    let stated = ["description", "message", "error"].lazy.compactMap { json?[$0]?.string }.first
    let plain = json == nil ? payload : json?.string
    let words = stated ?? plain ?? ""
    return words.isEmpty ? "D-ID reported an error without words." : String(words.prefix(500))
  }
}
