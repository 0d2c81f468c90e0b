// Writes D-ID's requests, talks included; the only reader of the D-ID key.
import AvatarProvider
import Basics
import ProviderCalls
import ProviderHTTP
import SessionValues
import StrictJSON

/// Builds the five calls of a stream.
struct DIDRequests: Sendable {
  /// Header values that name their scheme are sent as they are.
  private static let schemes = ["basic ", "bearer ", "client-key "]
  private static let longestScheme = schemes.map(\.count).max() ?? 0

  /// The key as a header field has it, or why it can be in none; it is the same for all calls.
  private let key: Result<Secret, ProviderFailure>
  private let baseURL: BaseURL
  private let transport: DIDProvider.Configuration.Transport
  private let timeouts: CallTimeouts
  private let extraOptions: ExtraOptions

  init(configuration: DIDProvider.Configuration) {
    key = Result { () throws(ProviderFailure) in try Self.headerValue(of: configuration.key) }
    baseURL = BaseURL(configuration.baseURL)
    transport = configuration.transport
    timeouts = configuration.timeouts
    extraOptions = configuration.extraOptions
  }

  func create(_ plan: SessionPlan) throws(ProviderFailure) -> ProviderRequest {
    let contract = DIDStreamContract(plan.contract)
    if case .webSocket(let url) = transport {
      return try message("init-stream", to: url, contract, plan.body, .once, timeouts.open)
    }
    return try request("POST", contract.path + ["streams"], plan.body, .once, timeouts.open)
  }

  func answer(
    _ answer: SessionDescription, in session: SessionHandle
  ) throws(ProviderFailure) -> ProviderRequest {
    try request("POST", in: session, "sdp", ["answer": answer.json], .repeatable, timeouts.describe)
  }

  /// A candidate, reduced to the three members that D-ID takes (quick guide, step 3); nil or an empty one ends them,
  /// which D-ID reads from a body with nothing but `session_id`. It may be repeated: an agent ignores a candidate that it
  /// has already (RFC 8445 section 5.1.3, redundant candidates).
  func candidate(
    _ candidate: IceCandidate?, in session: SessionHandle
  ) throws(ProviderFailure) -> ProviderRequest {
    guard VerbatimCall.current == nil, let candidate, !candidate.candidate.isEmpty else {
      return try request("POST", in: session, "ice", [:], .repeatable, timeouts.candidate)
    }
    guard let sdpMid = candidate.sdpMid, let sdpMLineIndex = candidate.sdpMLineIndex else {
      throw ProviderFailure(.rejected, "candidate: D-ID needs sdpMid and sdpMLineIndex")
    }
    let body: JSONObject = [
      "candidate": .string(candidate.candidate), "sdpMid": .string(sdpMid),
      "sdpMLineIndex": .integer(Int64(sdpMLineIndex)),
    ]
    return try request("POST", in: session, "ice", body, .repeatable, timeouts.candidate)
  }

  func speak(_ script: Script, in session: SessionHandle) throws(ProviderFailure) -> ProviderRequest {
    // A message to an agent, which answers it on the stream.
    if let path = VerbatimCall.current?.details.path { return try request("POST", path, [:], .once, timeouts.speak) }
    let body =
      VerbatimCall.current == nil
      ? try DIDTalk.body(script, of: DIDStreamContract(session.contract).kind, extras: extraOptions) : [:]
    return try request("POST", in: session, nil, body, .once, timeouts.speak)
  }

  /// A talk as the WebSocket takes it: the text as one part, and the end of it.
  func parts(
    _ script: Script, in session: SessionHandle
  ) throws(ProviderFailure) -> (text: ProviderRequest, end: ProviderRequest) {
    if case .audio = script.content {
      throw ProviderFailure(.notSupported, "D-ID's WebSocket takes no URL of a recording; did.transport http does.")
    }
    var body = try DIDTalk.body(script, of: DIDStreamContract(session.contract).kind, extras: extraOptions)
    let text = try part(body, at: 0, in: session)
    if var words = body["script"]?.object {
      words["input"] = " "
      body["script"] = .object(words)
    }
    return (text, try part(body, at: 1, in: session))
  }

  /// A part of a talk that is still being written. It may be shorter than a talk.
  func part(_ part: SpokenPart, in session: SessionHandle) throws(ProviderFailure) -> ProviderRequest {
    try self.part(try partBody(part.text, part.options, in: session), at: part.index, in: session)
  }

  /// The end of such a talk, as D-ID's demo sends it: a space. Without a number it follows whatever arrived.
  func end(_ end: SpokenEnd, in session: SessionHandle) throws(ProviderFailure) -> ProviderRequest {
    try part(try partBody(" ", end.options, in: session), at: end.index, in: session)
  }

  private func partBody(
    _ text: String, _ options: JSONObject, in session: SessionHandle
  ) throws(ProviderFailure) -> JSONObject {
    try DIDTalk.body(
      Script(.text(text), options: options), of: DIDStreamContract(session.contract).kind, extras: extraOptions,
      isPart: true)
  }

  private func part(
    _ body: JSONObject, at index: Int?, in session: SessionHandle
  ) throws(ProviderFailure) -> ProviderRequest {
    var body = body
    body["index"] = index.map { .integer(Int64($0)) }
    return try request("POST", in: session, "stream-text", body, .once, timeouts.speak)
  }

  func delete(_ session: SessionHandle) throws(ProviderFailure) -> ProviderRequest {
    var request = try request("DELETE", in: session, nil, [:], .repeatable, timeouts.close)
    request.priority = .closing
    return request
  }
}

extension DIDRequests {
  /// A call on an open stream: its body carries `session_id` whole, since it is the cookie by which D-ID's load
  /// balancer finds the machine.
  private func request(
    _ method: String, in session: SessionHandle, _ call: String?, _ body: JSONObject,
    _ repeatability: ProviderRequest.Repeatability, _ timeout: Duration
  ) throws(ProviderFailure) -> ProviderRequest {
    var body = body
    if !session.routing.isEmpty { body["session_id"] = .string(session.routing) }
    if case .webSocket(let url) = transport {
      let kind = call ?? "delete-stream"
      // D-ID's page names the stream in these alone.
      if body["answer"] == nil, body["candidate"] == nil { body["stream_id"] = .string(session.id) }
      let contract = DIDStreamContract(session.contract)
      return try message(kind, to: "\(url)#\(session.id)", contract, body, repeatability, timeout)
    }
    let path = DIDStreamContract(session.contract).path + ["streams", session.id] + (call.map { [$0] } ?? [])
    return try request(method, path, body, repeatability, timeout)
  }

  /// A message of the WebSocket, as ``DIDSocketClient`` takes it.
  private func message(
    _ kind: String, to url: String, _ contract: DIDStreamContract, _ payload: JSONObject,
    _ repeatability: ProviderRequest.Repeatability, _ timeout: Duration
  ) throws(ProviderFailure) -> ProviderRequest {
    var payload = payload
    // There are no others (``DIDProvider/plan(_:)``); an agent's stream that was opened over HTTP is known by its id.
    payload["presenter_type"] = contract.kind == .clip ? "clip" : contract.kind == .talk ? "talk" : nil
    return ProviderRequest(
      method: kind, url: url, headers: [(name: "Authorization", value: try authorization())],
      body: JSONValue.object(payload).serialized, repeatability: repeatability, timeout: timeout)
  }

  private func request(
    _ method: String, _ path: [String], _ body: JSONObject, _ repeatability: ProviderRequest.Repeatability,
    _ timeout: Duration
  ) throws(ProviderFailure) -> ProviderRequest {
    ProviderRequest(
      method: method, url: baseURL.appending(path),
      headers: [
        try authentication(of: VerbatimCall.current?.details.connection), (name: "Content-Type", value: "application/json"),
        (name: "Accept", value: "application/json"),
      ],
      body: JSONValue.object(body).serialized, repeatability: repeatability, timeout: timeout)
  }

  /// The field by which every call is believed.
  /// - Parameter connection: the name of a client's connection; nil for none.
  func authentication(of connection: String?) throws(ProviderFailure) -> (name: String, value: String) {
    (name: "Authorization", value: try authorization(of: connection))
  }

  /// The key, and behind it the name of a connection, as D-ID's client SDK writes both (de-id/agents-sdk,
  /// `auth/get-auth-header.ts`). A client key has a form of its own for it, in which nothing can be added.
  func authorization(of connection: String? = nil) throws(ProviderFailure) -> String {
    let value = try key.get().reveal { $0 }
    guard let connection, !Self.beginning(of: value).hasPrefix("client-key ") else { return value }
    return "\(value)~\(connection)"
  }

  private static func headerValue(of key: Secret) throws(ProviderFailure) -> Secret {
    let value = try Credential.headerValue(of: key)
    return Secret(schemes.contains(where: beginning(of: value).hasPrefix) ? value : "Basic \(value)")
  }

  /// Where a scheme stands, if there is one, in lower case.
  private static func beginning(of value: String) -> String { String(value.prefix(longestScheme)).lowercased() }
}

/// Writes talks and reads what D-ID says of them.
enum DIDTalk {
  /// The body of a talk, without `session_id`.
  /// - Parameter isPart: it is a part of a text, which may be of any length.
  static func body(
    _ script: Script, of kind: DIDStreamKind, extras: ExtraOptions, isPart: Bool = false
  ) throws(ProviderFailure) -> JSONObject {
    try OptionRule.check(script.options, by: DIDOptions.speak(kind), extras: extras)
    var body = JSONObject()
    body["script"] = .object(try self.script(script, isPart: isPart))
    for member in script.options.members where !DIDOptions.scriptOptions.contains(member.name) {
      body[member.name] = member.value
    }
    return body
  }

  private static func script(_ script: Script, isPart: Bool) throws(ProviderFailure) -> JSONObject {
    switch script.content {
    case .text(let text): return try self.text(text, script.options, isPart: isPart)
    case .ssml(let text):
      guard script.options["ssml"] != false else {
        throw ProviderFailure(.rejected, "options.ssml: false, although the script is SSML")
      }
      var object = try self.text(text, script.options)
      object["ssml"] = true
      return object
    case .audio(let url):
      for name in DIDOptions.scriptOptions where script.options[name] != nil {
        throw ProviderFailure(.rejected, "options.\(name): not for a recording")
      }
      guard DIDOptions.isAudioURL(url) else {
        throw ProviderFailure(.rejected, "audioUrl: https or s3 and .m4a, .flac, .mp3, .mp4 or .wav expected")
      }
      return ["type": "audio", "audio_url": .string(url)]
    }
  }

  private static func text(
    _ text: String, _ options: JSONObject, isPart: Bool = false
  ) throws(ProviderFailure) -> JSONObject {
    let length = DIDOptions.textLength
    guard isPart || length.contains(text.utf16.count) else {
      throw ProviderFailure(
        .rejected, "text: \(length.lowerBound) to \(length.upperBound) UTF-16 code units expected")
    }
    var object: JSONObject = ["type": "text", "input": .string(text)]
    for name in DIDOptions.scriptOptions { object[name] = options[name] }
    return object
  }

  /// Reads the reply to a talk. Its id was called `id`, `talkId` and `video_id` over the years, `videoId` where an agent
  /// answers, and it may have none;
  /// the duration is in seconds and may be missing.
  /// - Throws: `.fateUnknown` for what is no JSON object: something answered, but not D-ID's API.
  static func read(_ response: ProviderResponse) throws(ProviderFailure) -> Talk {
    guard let reply = try? JSONParser.parse(response.body), reply.object != nil else {
      throw ProviderFailure(
        .fateUnknown, "D-ID's reply to a talk could not be read; whether it was accepted is not known.",
        vendor: .init(status: response.status))
    }
    let id = ["video_id", "videoId", "talkId", "id"].lazy.compactMap { reply[$0]?.identifier }.first
    return Talk(id: id, duration: Duration(nonzero: reply["duration"], unitsPerSecond: 1))
  }
}
