// A client of the signaling protocol for tests: plain JSON over a WebSocket.
import StrictJSON

/// Sends requests and sorts what comes back into answers and notifications.
public actor SignalingTestClient {
  private let webSocket: WebSocketClient
  /// The id of the next request: one counter a client instance, over its connections.
  public private(set) var nextID: Int64
  private var answers: [Int64: JSONValue] = [:]
  /// All notifications so far, in order.
  public private(set) var notifications: [JSONValue] = []
  /// Every text that came, as it came.
  public private(set) var received: [String] = []
  /// The secrets of the sessions that were opened.
  public private(set) var secrets: Set<String> = []

  /// - Parameters:
  ///   - token: an access token to bring as a sub-protocol.
  ///   - firstID: where the counter of an earlier connection stood.
  public init(port: Int, origin: String? = nil, token: String? = nil, firstID: Int64 = 1) async throws {
    nextID = firstID
    let offered = "avatar-relay.v1" + (token.map { ", avatar-relay.token.\($0)" } ?? "")
    webSocket = try await WebSocketClient(port: port, subprotocol: offered, origin: origin)
  }

  /// Sends a request and waits for its answer, a whole JSON-RPC response.
  public func call(_ method: String, _ params: JSONValue? = nil) async throws -> JSONValue {
    try await answer(to: post(method, params))
  }

  /// Sends a request without waiting; returns its id.
  public func post(_ method: String, _ params: JSONValue? = nil) -> Int64 {
    let id = nextID
    nextID += 1
    post(method, params, again: id)
    return id
  }

  /// Sends a request of an earlier connection again.
  public func post(_ method: String, _ params: JSONValue? = nil, again id: Int64) {
    var request: JSONObject = ["jsonrpc": "2.0", "id": .integer(id), "method": .string(method)]
    if let params { request["params"] = params }
    webSocket.send(JSONValue.object(request).text)
  }

  /// Waits for the answer to a request.
  public func answer(to id: Int64) async throws -> JSONValue {
    while answers[id] == nil { try await readOne() }
    return answers.removeValue(forKey: id)!
  }

  /// Waits for a notification that matches, past ones included.
  public func notification(_ method: String, where matches: @Sendable (JSONValue) -> Bool = { _ in true })
    async throws -> JSONValue
  {
    var seen = 0
    while true {
      while seen < notifications.count {
        let notification = notifications[seen]
        seen += 1
        if notification["method"]?.string == method, matches(notification["params"] ?? .null) { return notification }
      }
      try await readOne()
    }
  }

  /// Sends raw text.
  public nonisolated func send(raw text: String) { webSocket.send(text) }

  /// Says goodbye with a close frame.
  public nonisolated func close(_ code: UInt16) { webSocket.close(code) }

  /// Vanishes without a close frame.
  public nonisolated func drop() { webSocket.drop() }

  /// Reads until the server closes; returns its code, or nil when there was none.
  public func waitForClose() async throws -> UInt16? {
    while true {
      do { try await readOne() } catch let closed as Closed { return closed.code }
    }
  }

  /// The connection ended.
  public struct Closed: Error, Sendable { public let code: UInt16? }

  private func readOne() async throws {
    switch await webSocket.next() {
    case .text(let text):
      let message = try JSONParser.parse(text)
      received.append(text)
      if let secret = message["result"]?["secret"]?.string { secrets.insert(secret) }
      if let id = message["id"]?.integer { answers[id] = message } else { notifications.append(message) }
    case .close(let code): throw Closed(code: code)
    case .end: throw Closed(code: nil)
    }
  }
}
