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
    try await accepted(early)
    for text in Self.candidates.dropFirst() {
      try await accepted(client.post("session.candidate", candidate(text, mid: mid)))
    }
    try await call("session.candidate", ["candidate": nil])
    try await call("session.report", ["iceConnectionState": "connected"])
  }

  private func accepted(_ request: Int64) async throws {
    let answer = try await client.answer(to: request)
    guard answer["result"] != nil else { throw Failed(answer: answer) }
  }

  private func candidate(_ text: String, mid: String) -> JSONValue {
    .object(
      with([
        "candidate": [
          "candidate": .string(text), "sdpMid": .string(mid), "sdpMLineIndex": 0, "usernameFragment": "aBcD",
        ]
      ]))
  }

  private func with(_ params: JSONObject) -> JSONObject {
    var params = params
    params["session"] = .string(session)
    return params
  }

  /// An answer as a browser writes it, cut to what its reader needs: a section for each of the offer's.
  static func answer(mid: String) -> String {
    let isDID = mid == "a"
    let mids = isDID ? ["a", "v", "d"] : ["0", "1", "2"]
    let audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111"
    let video = "m=video 9 UDP/TLS/RTP/SAVPF \(isDID ? 102 : 96)"
    let media = (isDID ? [audio, video] : [video, audio]) + ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel"]
    let fingerprint = Array(repeating: "AB", count: 32).joined(separator: ":")
    var lines = [
      "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0",
      "a=group:BUNDLE \(mids.joined(separator: " "))",
    ]
    for (line, mid) in zip(media, mids) {
      lines += [
        line, "c=IN IP4 0.0.0.0", "a=ice-ufrag:aBcD", "a=ice-pwd:0123456789abcdefghijklmn",
        "a=fingerprint:sha-256 \(fingerprint)", "a=setup:active", "a=mid:\(mid)",
      ]
    }
    return lines.map { $0 + "\r\n" }.joined()
  }
}
