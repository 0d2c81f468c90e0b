// Speaks HTTP/1.1 on one connection: requests in, one response after the other out.
import Basics
import CTransport
import Glibc
import Wire

/// Reads requests, lets the handler answer them in order, and takes WebSocket handshakes. Confined to the loop's
/// thread.
final class HTTPExchange {
  private enum State {
    case reading(since: Duration, RequestReader.Progress)
    case answering(isHead: Bool, keepsAlive: Bool, Task<Void, Never>)
    /// The response is on its way; the next request waits until the peer has read it.
    case flushing
    case finished
  }

  private unowned let connection: ServerConnection
  private var reader: RequestReader
  /// The head of the request whose body is being read.
  private var head: RequestHead?
  /// Gives back what a handler has set aside for the body that is being read; nil where that is nothing.
  private var giveBackRoom: (@Sendable () -> Void)?
  private var state: State

  init(_ connection: ServerConnection) {
    self.connection = connection
    let configuration = connection.listener.configuration
    reader = RequestReader(
      maximumHeaderBytes: configuration.maximumHeaderBytes, maximumBodyBytes: configuration.maximumBodyBytes)
    // A new connection may not be idle: its first request has to come within the time for a head.
    state = .reading(since: EventLoop.uptime, .head)
  }

  func received(_ bytes: UnsafeRawBufferPointer) {
    if case .finished = state { return }
    reader.append(bytes.bindMemory(to: UInt8.self).span)
    if case .reading = state { return readOn() }
    // Requests that came early wait; too many of them wait in the socket.
    if reader.bufferedBytes > connection.configuration.maximumHeaderBytes { connection.setWantsInput(false) }
  }

  /// The peer has read everything that was written.
  func flushed() {
    guard case .flushing = state else { return }
    state = .reading(since: EventLoop.uptime, .idle)
    connection.setWantsInput(true)
    readOn()
  }

  /// The connection is gone; nobody waits for an answer.
  func ended() {
    if case .answering(_, _, let task) = state { task.cancel() }
    state = .finished
    takeRoom()?()
  }

  func meetDeadlines(now: Duration) {
    guard case .reading(let since, let progress) = state else { return }
    let configuration = connection.configuration
    switch progress {
    case .idle: if now - since >= configuration.keepAliveTimeout { connection.abort() }
    case .head, .body:
      let bought = Duration.seconds(reader.bodyBytes / configuration.slowestBodyBytesPerSecond)
      guard now - since >= configuration.handshakeTimeout + bought else { return }
      if reader.progress == .idle { return connection.abort() }
      refuse(.text(408, "the request took too long"))
    }
  }

  // MARK: Reading

  private func readOn() {
    while case .reading(_, let progress) = state {
      switch reader.next() {
      case .head(let head):
        self.head = head
        switch bodyLimit(of: head) {
        case .bytes(let limit): reader.admit(bodyUpTo: limit)
        case .reserved(let limit, let giveBack):
          giveBackRoom = giveBack
          reader.admit(bodyUpTo: limit)
        case .refused(let response): return send(response, isHead: head.method == "HEAD", keepsAlive: false)
        }
      case .awaitsContinue: connection.write(ResponseEncoder.continueLine)
      case .refused(let refusal): return refuse(response(to: refusal))
      case .request(let head, let body): return start(head, body)
      case .incomplete:
        // Each part of a request has its own time, counted from its first byte.
        let reached = reader.progress
        if reached != progress, reached != .idle { state = .reading(since: EventLoop.uptime, reached) }
        return
      }
    }
  }

  private func response(to refusal: HTTPRefusal) -> HTTPResponse {
    guard refusal == .bodyTooLarge, let head else { return .text(refusal.status, refusal.reason) }
    return connection.listener.http.responseToLargerBody(of: request(head, []))
  }

  /// A handshake has no body, and what reads one says how much.
  private func bodyLimit(of head: RequestHead) -> RequestBodyLimit {
    if isForWebSocket(head), case .failure(let refusal) = WebSocketHandshake.check(head) {
      return .refused(refusal.response)
    }
    if asksForWebSocketElsewhere(head) { return .refused(Self.noWebSocketHere) }
    return connection.listener.http.bodyLimit(of: request(head, []))
  }

  private func isForWebSocket(_ head: RequestHead) -> Bool {
    guard connection.listener.webSocket != nil, connection.configuration.webSocketPaths.contains(head.path) else {
      return false
    }
    return head.asksForWebSocket || !connection.configuration.servesHTTPBesideWebSocket
  }

  private func asksForWebSocketElsewhere(_ head: RequestHead) -> Bool {
    let configuration = connection.configuration
    return connection.listener.webSocket != nil && !configuration.webSocketPaths.isEmpty && head.asksForWebSocket
      && !configuration.servesHTTPBesideWebSocket
  }

  private static let noWebSocketHere = HTTPResponse.text(404, "no WebSocket here")

  private func request(_ head: RequestHead, _ body: [UInt8]) -> HTTPRequest {
    HTTPRequest(
      method: head.method, path: head.path, query: head.query, headers: head.headers, body: body,
      remoteAddress: connection.address)
  }

  private func start(_ head: RequestHead, _ body: [UInt8]) {
    self.head = nil
    let request = request(head, body)
    if isForWebSocket(head), let handler = connection.listener.webSocket { return shakeHands(head, request, handler) }
    if asksForWebSocketElsewhere(head) { return refuse(Self.noWebSocketHere) }
    let (id, listener, giveBack) = (connection.id, connection.listener, takeRoom())
    let task = listener.loop.spawn {
      let response = try? await listener.http.respond(to: request)
      giveBack?()
      listener.answer(id, response)
    }
    state = .answering(isHead: head.method == "HEAD", keepsAlive: head.keepsAlive, task)
  }

  /// What gives the room of a body back, for whoever does it now.
  private func takeRoom() -> (@Sendable () -> Void)? {
    defer { giveBackRoom = nil }
    return giveBackRoom
  }

  // MARK: Answering

  /// The handler has answered.
  /// - Parameter response: nil where the connection ends without one.
  func answer(_ response: HTTPResponse?) {
    guard case .answering(let isHead, var keepsAlive, _) = state else { return }
    guard let response else { return connection.abort() }
    if response.headers.lists("close", in: "Connection") { keepsAlive = false }
    send(response, isHead: isHead, keepsAlive: keepsAlive)
  }

  /// Answers what is no acceptable request and ends the connection.
  private func refuse(_ response: HTTPResponse) { send(response, isHead: false, keepsAlive: false) }

  private func send(_ response: HTTPResponse, isHead: Bool, keepsAlive: Bool) {
    var bytes = ResponseEncoder.encode(response, isHead: isHead, keepsAlive: keepsAlive, date: HTTPDate.now())
    if bytes == nil {
      connection.listener.logger.error(
        "a handler's response cannot be sent", metadata: ["status": "\(response.status)"])
      bytes = ResponseEncoder.encode(
        .text(500, "the answer could not be sent"), isHead: isHead, keepsAlive: keepsAlive, date: HTTPDate.now())
    }
    state = keepsAlive ? .flushing : .finished
    takeRoom()?()
    connection.write(bytes ?? [])
    if !keepsAlive { connection.finish() }
  }

  // MARK: WebSocket

  private func shakeHands(_ head: RequestHead, _ request: HTTPRequest, _ handler: any WebSocketHandler) {
    let handshake: WebSocketHandshake
    switch WebSocketHandshake.check(head) {
    case .success(let checked): handshake = checked
    case .failure(let refusal): return refuse(refusal.response)
    }
    switch handler.upgrade(request, offering: handshake.subprotocols) {
    case .refuse(let response): refuse(response)
    case .accept(let subprotocol):
      guard subprotocol.isEmpty || handshake.subprotocols.contains(subprotocol),
        let bytes = ResponseEncoder.encode(
          handshake.acceptance(subprotocol: subprotocol, accept: handshake.accept), isHead: false, keepsAlive: true,
          date: HTTPDate.now())
      else {
        connection.listener.logger.error("a handler selected a sub-protocol that was not offered")
        return refuse(.text(500, "no sub-protocol"))
      }
      switchProtocols(bytes, request, handler)
    }
  }

  private func switchProtocols(_ response: [UInt8], _ request: HTTPRequest, _ handler: any WebSocketHandler) {
    state = .finished
    let session = WebSocketSession(connection, handler)
    let rest = reader.takeRest()
    // The switch comes first: the write may find the connection at its end.
    connection.upgrade(to: session)
    connection.write(response)
    session.opened(request)
    if !rest.isEmpty { rest.withUnsafeBytes(session.received) }
  }
}

extension HTTPDate {
  /// The system's time.
  static func now() -> String { text(secondsSince1970: time(nil)) }
}

extension WebSocketHandshake {
  fileprivate var accept: String { Self.accept(challenge) }

  /// The SHA-1 digest of a challenge in base64.
  static func accept(_ input: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: 20)
    SHA1(input, input.count, &digest)
    var text = [UInt8](repeating: 0, count: 29)
    EVP_EncodeBlock(&text, digest, 20)
    return String(decoding: text.prefix(28), as: UTF8.self)
  }
}
