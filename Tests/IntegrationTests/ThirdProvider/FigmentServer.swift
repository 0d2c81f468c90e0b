// Serves the API of a vendor that does not exist: sessions by REST, and one WebSocket for each.
import Logging
import StrictJSON
import Transport
import Wire

/// A vendor on loopback that notes what it is asked. Lives on the event loop.
actor FigmentServer: HTTPHandler, WebSocketHandler {
  static let key = "canary-figment-key-91c2"

  /// What it does with the next message of a kind, or with the next `handshake`, which any of them refuses.
  enum Fault: Sendable {
    case refuse(String)
    /// The socket ends without an answer.
    case drop
    /// No answer comes until ``release(_:)``.
    case hold
  }

  private struct Session {
    let token: String
    var socket: WebSocketConnection?
    var isOpen = true
  }

  private nonisolated let loop: EventLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private var listener: Listener?
  private var sessions: [String: Session] = [:]
  private var utterances = 0
  private var faults: [String: Fault] = [:]
  private var held: [String: (session: String, sequence: Int64)] = [:]
  private var maximumSessions = 100
  /// What was asked, in order: a message's `op` with what tells it from others, or the method of a request.
  private(set) var journal: [String] = []

  private init(_ loop: EventLoop) { self.loop = loop }

  static func start(on loop: EventLoop) async throws -> FigmentServer {
    let server = FigmentServer(loop)
    var configuration = ListenerConfiguration(address: .tcp(host: "127.0.0.1", port: 0))
    configuration.webSocketPaths = ["/v1/stream"]
    let listener = try await Listener.start(
      configuration, on: loop, http: server, webSocket: server,
      logger: Logger(label: "figment") { _ in SwiftLogNoOpLogHandler() })
    await server.keep(listener)
    return server
  }

  private func keep(_ listener: Listener) { self.listener = listener }

  var baseURL: String { "http://127.0.0.1:\(listener?.port ?? 0)" }
  var openSessions: Int { sessions.values.count(where: \.isOpen) }
  var openSockets: Int { sessions.values.count { $0.socket != nil } }

  /// Stops it, and lets the listener go, which holds its handler as this holds it.
  func stop() async {
    await listener?.stop()
    listener = nil
  }

  func fault(_ op: String, _ fault: Fault) { faults[op] = fault }
  func allow(_ sessions: Int) { maximumSessions = sessions }

  /// Answers what was held, as if nothing had been.
  func release(_ op: String) {
    guard let (session, sequence) = held.removeValue(forKey: op) else { return }
    answer(sequence, op, [:], of: session)
  }

  // MARK: REST

  func respond(to request: HTTPRequest) -> HTTPResponse {
    let path = request.path.split(separator: "/").map(String.init)
    journal.append(request.method)
    guard request.headers["X-Figment-Key"] == Self.key else { return error(401, "bad_key") }
    switch (request.method, path.count) {
    case ("POST", 2):
      guard openSessions < maximumSessions else { return error(429, "too_many") }
      let number = sessions.count + 1
      let (id, token) = ("fig\(number)", "canary-figment-token-\(number)")
      sessions[id] = Session(token: token)
      return json(201, ["id": .string(id), "token": .string(token), "ice": ["stun:stun.figment.example:3478"]])
    case ("DELETE", 3):
      guard sessions[path[2]]?.isOpen == true else { return error(404, "no_session") }
      finish(path[2])
      return HTTPResponse(status: 204)
    default: return error(404, "no_such_call")
    }
  }

  private func error(_ status: Int, _ code: String) -> HTTPResponse {
    json(status, ["error": ["code": .string(code), "words": "Figment's own words"]])
  }

  private func json(_ status: Int, _ value: JSONValue) -> HTTPResponse {
    HTTPResponse(status: status, headers: ["Content-Type": "application/json"], body: value.serialized)
  }

  // MARK: The socket

  nonisolated func upgrade(_ request: HTTPRequest, offering subprotocols: [String]) -> WebSocketUpgrade {
    let isKnown = assumeIsolated { $0.session(of: request) != nil && $0.faults.removeValue(forKey: "handshake") == nil }
    return isKnown ? .accept(subprotocol: "") : .refuse(.text(401, "no session has that token"))
  }

  nonisolated func opened(_ connection: WebSocketConnection, _ request: HTTPRequest) {
    assumeIsolated { server in
      if let id = server.session(of: request) { server.sessions[id]?.socket = connection }
    }
  }

  nonisolated func received(_ text: [UInt8], on connection: WebSocketConnection) {
    assumeIsolated { $0.take(text, on: connection) }
  }

  nonisolated func receivedSmallFrame(on connection: WebSocketConnection) -> Bool { true }

  nonisolated func closed(_ connection: WebSocketConnection, code: UInt16, by side: WebSocketSide) {
    assumeIsolated { server in
      guard let id = server.session(on: connection) else { return }
      server.sessions[id]?.socket = nil
    }
  }

  private func session(of request: HTTPRequest) -> String? {
    sessions.first { $0.value.isOpen && request.query == "token=" + $0.value.token }?.key
  }

  private func session(on connection: WebSocketConnection) -> String? {
    sessions.first { $0.value.socket == connection }?.key
  }

  private func take(_ text: [UInt8], on connection: WebSocketConnection) {
    guard let id = session(on: connection), let message = try? JSONParser.parse(text),
      let sequence = message["seq"]?.integer, let op = message["op"]?.string
    else { return connection.fail(code: 1008, reason: "no message of Figment's") }
    journal.append(Self.entry(op, message))
    switch faults.removeValue(forKey: op) {
    case .refuse(let code):
      send(["re": .integer(sequence), "error": ["code": .string(code), "words": "Figment's own words"]], to: id)
    case .drop: connection.drop()
    case .hold: held[op] = (id, sequence)
    case nil: answer(sequence, op, message, of: id)
    }
  }

  private static func entry(_ op: String, _ message: JSONValue) -> String {
    let candidate = message["candidate"].map { $0["candidate"]?.string ?? "end" }
    let detail = [
      message["utterance"]?.string, message["index"]?.integer.map(String.init), message["text"]?.string, candidate,
    ]
    return ([op] + detail.compactMap(\.self)).joined(separator: " ")
  }

  private func answer(_ sequence: Int64, _ op: String, _ message: JSONValue, of id: String) {
    var result: JSONObject = [:]
    switch op {
    case "offer":
      // A candidate of its own comes before the answer, one after it, and then the end.
      push(
        ["event": "candidate", "candidate": ["candidate": .string(SessionScript.candidates[0]), "mid": "0"]], to: id)
      result["sdp"] = .string(SessionScript.answer(mid: "0"))
    case "say", "begin":
      utterances += 1
      result["utterance"] = .string("utt\(utterances)")
      // Its events do not wait for the answer.
      push(["event": "speaking", "utterance": .string("utt\(utterances)")], to: id)
    default: break
    }
    send(["re": .integer(sequence), "ok": .object(result)], to: id)
    guard op == "offer" else { return }
    push(["event": "candidate", "candidate": ["candidate": .string(SessionScript.candidates[2]), "mid": "0"]], to: id)
    push(["event": "candidate", "candidate": nil], to: id)
  }

  /// Says something of its own accord.
  func push(_ event: JSONValue, to session: String) { send(event, to: session) }

  /// Ends a session as its own limits would.
  func finish(_ id: String) {
    sessions[id]?.isOpen = false
    sessions[id]?.socket?.close(code: 1000, reason: "over")
  }

  /// The network between relay and vendor breaks.
  func cut(_ id: String) { sessions[id]?.socket?.drop() }

  private func send(_ message: JSONValue, to id: String) { sessions[id]?.socket?.send(message.serialized) }
}
