// The steps of a session as a browser takes them, with made-up SDP.
import StrictJSON
import TestSupport

/// A client that follows the protocol of docs/protocol.md with a canned answer.
struct SessionScript {
  let client: SignalingTestClient
  let session: String

  static let candidates = [
    "candidate:1 1 udp 2122260223 127.0.0.1 50001 typ host generation 0 ufrag aBcD network-id 1",
    "candidate:2 1 udp 2122194687 4f2c7a0e-8d5d-4b8e-9a51-0f5f8ad6f6aa.local 50002 typ host generation 0",
    "candidate:3 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0",
  ]

  /// Opens a session; the offer is in `result`.
  static func open(
    _ client: SignalingTestClient, _ provider: String, avatar: String? = nil, options: JSONObject = [:]
  ) async throws -> (SessionScript, result: JSONValue) {
    var params: JSONObject = ["provider": .string(provider), "options": .object(options)]
    if let avatar { params["avatar"] = .string(avatar) }
    let answer = try await client.call("session.open", .object(params))
    guard let result = answer["result"], let session = result["session"]?.string else { throw Failed(answer: answer) }
    return (SessionScript(client: client, session: session), result)
  }

  /// A call was answered with an error.
  struct Failed: Error, CustomStringConvertible {
    let answer: JSONValue
    var kind: String? { answer["error"]?["data"]?["kind"]?.string }
    var description: String { answer.text }
  }

  /// Calls a method of the session and returns its result.
  @discardableResult
  func call(_ method: String, _ params: JSONObject = [:]) async throws -> JSONValue {
    let answer = try await client.call(method, .object(with(params)))
    guard let result = answer["result"] else { throw Failed(answer: answer) }
    return result
  }

  /// Calls a method that is expected to fail; returns the kind of its error.
  func failure(_ method: String, _ params: JSONObject = [:]) async throws -> String? {
    do {
      try await call(method, params)
      return nil
    } catch let failed as Failed { return failed.kind }
  }

  /// Posts candidates before the answer, as a fast browser does, then the answer and the rest.
  func negotiate(mid: String) async throws {
    let early = await client.post("session.candidate", candidate(Self.candidates[0], mid: mid))
    try await call("session.answer", ["answer": ["type": "answer", "sdp": .string(Self.answer(mid: mid))]])
    _ = try await client.answer(to: early)
    for text in Self.candidates.dropFirst() {
      _ = try await client.answer(to: client.post("session.candidate", candidate(text, mid: mid)))
    }
    try await call("session.candidate", ["candidate": nil])
    try await call("session.report", ["iceConnectionState": "connected"])
  }

  private func candidate(_ text: String, mid: String) -> JSONValue {
    .object(
      with(["candidate": [
        "candidate": .string(text), "sdpMid": .string(mid), "sdpMLineIndex": 0, "usernameFragment": "aBcD",
      ]]))
  }

  private func with(_ params: JSONObject) -> JSONObject {
    var params = params
    params["session"] = .string(session)
    return params
  }

  /// An answer as a browser writes it, cut to what its reader needs.
  static func answer(mid: String) -> String {
    """
    v=0\r
    o=- 4611731400430051336 2 IN IP4 127.0.0.1\r
    s=-\r
    t=0 0\r
    a=group:BUNDLE \(mid)\r
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r
    c=IN IP4 0.0.0.0\r
    a=ice-ufrag:aBcD\r
    a=ice-pwd:0123456789abcdefghijklmn\r
    a=fingerprint:sha-256 \(Array(repeating: "AB", count: 32).joined(separator: ":"))\r
    a=setup:active\r
    a=mid:\(mid)\r
    a=sctp-port:5000\r

    """
  }
}
