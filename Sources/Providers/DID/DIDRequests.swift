// Writes D-ID's requests; the only reader of the D-ID key.
import AvatarProvider
import ProviderCalls
import ProviderHTTP
import SessionValues
import StrictJSON

/// Builds the five calls of a stream.
struct DIDRequests: Sendable {
  /// Header values that name their scheme are sent as they are.
  private static let schemes = ["basic ", "bearer ", "client-key "]
  private static let longestScheme = schemes.map(\.count).max() ?? 0

  private let key: Secret
  private let baseURL: BaseURL
  private let timeouts: CallTimeouts

  init(configuration: DIDProvider.Configuration) {
    key = configuration.key
    baseURL = BaseURL(configuration.baseURL)
    timeouts = configuration.timeouts
  }

  func create(_ plan: SessionPlan) throws(ProviderFailure) -> ProviderRequest {
    try request("POST", DIDStreamContract(plan.contract).path + ["streams"], plan.body, .once, timeouts.open)
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
    guard let candidate, !candidate.candidate.isEmpty else {
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
    let body = try DIDTalk.body(script, of: DIDStreamContract(session.contract).kind)
    return try request("POST", in: session, nil, body, .once, timeouts.speak)
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
    let path = DIDStreamContract(session.contract).path + ["streams", session.id] + (call.map { [$0] } ?? [])
    return try request(method, path, body, repeatability, timeout)
  }

  private func request(
    _ method: String, _ path: [String], _ body: JSONObject, _ repeatability: ProviderRequest.Repeatability,
    _ timeout: Duration
  ) throws(ProviderFailure) -> ProviderRequest {
    ProviderRequest(
      method: method, url: baseURL.appending(path),
      headers: [
        (name: "Authorization", value: try authorization()), (name: "Content-Type", value: "application/json"),
        (name: "Accept", value: "application/json"),
      ],
      body: JSONValue.object(body).serialized, repeatability: repeatability, timeout: timeout)
  }

  private func authorization() throws(ProviderFailure) -> String {
    let value = try Credential.headerValue(of: key)
    let start = String(value.prefix(Self.longestScheme)).lowercased()
    return Self.schemes.contains(where: start.hasPrefix) ? value : "Basic \(value)"
  }
}
