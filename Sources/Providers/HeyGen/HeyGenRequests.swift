// Writes HeyGen's requests; the only reader of the HeyGen key.
import AvatarProvider
import Basics
import ProviderCalls
import ProviderHTTP
import SessionValues
import StrictJSON

/// Builds the calls of `/v1/streaming.*`.
struct HeyGenRequests: Sendable {
  /// The key as a header field has it, or why it can be in none; it is the same for all calls.
  private let key: Result<Secret, ProviderFailure>
  private let baseURL: BaseURL
  private let timeouts: CallTimeouts
  private let extraOptions: ExtraOptions

  init(configuration: HeyGenProvider.Configuration) {
    key = Result { () throws(ProviderFailure) in Secret(try Credential.headerValue(of: configuration.key)) }
    baseURL = BaseURL(configuration.baseURL)
    timeouts = configuration.timeouts
    extraOptions = configuration.extraOptions
  }

  /// Made with an empty JSON object: a call without a JSON body was refused in 2024
  /// (HeyGen-Official/InteractiveAvatarNextJSDemo#5). A token that nobody has does no harm, so it may be asked for
  /// again.
  func createToken() throws(ProviderFailure) -> ProviderRequest {
    try post("create_token", [:], token: nil, .repeatable, timeouts.inquiry)
  }

  func new(_ plan: SessionPlan, token: String?) throws(ProviderFailure) -> ProviderRequest {
    try post("new", plan.body, token: token, .once, timeouts.open)
  }

  func start(
    _ answer: SessionDescription, in session: SessionHandle
  ) throws(ProviderFailure) -> ProviderRequest {
    try post("start", in: session, ["sdp": answer.json], .repeatable, timeouts.describe)
  }

  /// A room is started without a description (SDK 2.1.0).
  func startRoom(_ session: SessionHandle) throws(ProviderFailure) -> ProviderRequest {
    try post("start", in: session, [:], .repeatable, timeouts.describe)
  }

  /// A candidate, nested as in the reference, the official demo and the SDK. It may be repeated: an agent ignores a
  /// candidate that it has already (RFC 8445 section 5.1.3, redundant candidates).
  func candidate(
    _ candidate: IceCandidate, in session: SessionHandle
  ) throws(ProviderFailure) -> ProviderRequest {
    var nested: JSONObject = ["candidate": .string(candidate.candidate)]
    nested["sdpMid"] = candidate.sdpMid.map(JSONValue.string)
    nested["sdpMLineIndex"] = candidate.sdpMLineIndex.map { .integer(Int64($0)) }
    nested["usernameFragment"] = candidate.usernameFragment.map(JSONValue.string)
    return try post("ice", in: session, ["candidate": .object(nested)], .repeatable, timeouts.candidate)
  }

  /// - Throws: `.notSupported` for anything but text, `.rejected` for an empty or too long one and for a wrong option.
  func task(_ script: Script, in session: SessionHandle) throws(ProviderFailure) -> ProviderRequest {
    guard case .text(let text) = script.content else {
      throw ProviderFailure(.notSupported, "HeyGen speaks plain text only: neither SSML nor recordings.")
    }
    let limit = HeyGenProvider.Configuration.maximumTextBytes
    guard (1...limit).contains(text.utf8.count) else {
      throw ProviderFailure(.rejected, "text: 1 to \(limit) bytes expected")
    }
    if VerbatimCall.current == nil {
      try OptionRule.check(script.options, by: HeyGenOptions.task, extras: extraOptions)
    }
    var body = script.options
    body["text"] = .string(text)
    return try post("task", in: session, body, .once, timeouts.speak)
  }

  func interrupt(_ session: SessionHandle) throws(ProviderFailure) -> ProviderRequest {
    try post("interrupt", in: session, [:], .once, timeouts.interrupt)
  }

  func keepAlive(_ session: SessionHandle) throws(ProviderFailure) -> ProviderRequest {
    var request = try post("keep_alive", in: session, [:], .repeatable, timeouts.extend)
    // A client's own sign of life, which tells HeyGen more (`start_listening`).
    if let path = VerbatimCall.current?.details.path { request.url = baseURL.appending(path) }
    return request
  }

  func stop(_ session: SessionHandle) throws(ProviderFailure) -> ProviderRequest {
    var request = try post("stop", in: session, [:], .repeatable, timeouts.close)
    request.priority = .closing
    return request
  }

  func list() throws(ProviderFailure) -> ProviderRequest {
    ProviderRequest(
      method: "GET", url: url("list"), headers: [try authentication(token: nil), Self.accept],
      repeatability: .repeatable, timeout: timeouts.inquiry, maximumResponseBytes: Self.maximumListBytes)
  }

  /// The largest list of open sessions that is read: twice what 100,000 sessions take, of about 110 bytes and 5 values each as
  /// HeyGen writes them.
  static let maximumListBytes = 32 << 20
  static let listLimits = JSONParser.Limits(values: 1_000_000)
}

extension HeyGenRequests {
  private static let accept = (name: "Accept", value: "application/json")

  private func url(_ call: String) -> String { baseURL.appending(["v1", "streaming.\(call)"]) }

  private func post(
    _ call: String, in session: SessionHandle, _ body: JSONObject,
    _ repeatability: ProviderRequest.Repeatability, _ timeout: Duration
  ) throws(ProviderFailure) -> ProviderRequest {
    var body = body
    body["session_id"] = .string(session.id)
    return try post(call, body, token: session.routing.isEmpty ? nil : session.routing, repeatability, timeout)
  }

  private func post(
    _ call: String, _ body: JSONObject, token: String?, _ repeatability: ProviderRequest.Repeatability,
    _ timeout: Duration
  ) throws(ProviderFailure) -> ProviderRequest {
    ProviderRequest(
      method: "POST", url: url(call),
      headers: [
        try authentication(token: token), (name: "Content-Type", value: "application/json"), Self.accept,
      ],
      body: JSONValue.object(body).serialized, repeatability: repeatability, timeout: timeout)
  }

  /// The field by which a call is believed: the session's token, or the key.
  func authentication(token: String?) throws(ProviderFailure) -> (name: String, value: String) {
    if let token { return (name: "Authorization", value: "Bearer \(token)") }
    return (name: "X-Api-Key", value: try key.get().reveal { $0 })
  }
}
