// Drives one WebSocket to a server through libwebsockets' client role, from its handshake to its end.
import Basics
import CTransport
import Glibc
import Wire

/// The socket's side of an ``OutgoingWebSocket``. Confined to the loop's thread.
final class OutgoingConnection: @unchecked Sendable {
  typealias Opened = Result<UInt64, WebSocketOpenFailure>

  private enum State {
    case idle
    case opening(CheckedContinuation<Opened, Never>)
    case open
    /// What is queued is sent, then a close frame; `isSaid` once libwebsockets has it.
    case closing(code: UInt16, reason: [UInt8], isSaid: Bool)
    /// The server has said the end, or the connection is given up.
    case ending(code: UInt16)
    case ended
  }

  /// Why a handshake is not waited for any more.
  enum GivingUp { case timeout, cancelled }

  let id: UInt64
  let request: WebSocketRequest
  private let target: WebSocketTarget
  private let address: String
  private let handler: any OutgoingWebSocketHandler
  private let connector: WebSocketConnector
  private unowned let context: WebSocketsContext
  private var socket: OpaquePointer?
  private var state = State.idle
  /// What the handshake fails with, where that is decided before libwebsockets ends it.
  private var verdict: WebSocketOpenFailure?
  /// The connection is made and secured, and a handshake is written.
  private var isConnected = false

  private var queue: [[UInt8]] = []
  private var queuedBytes = 0
  private var taken = 0
  private var written = 0
  private var message: [UInt8] = []

  init(
    _ request: WebSocketRequest, _ target: WebSocketTarget, address: String, handler: any OutgoingWebSocketHandler,
    connector: WebSocketConnector, context: WebSocketsContext
  ) {
    id = WebSocketsContext.newID()
    self.request = request
    self.target = target
    self.address = address
    self.handler = handler
    self.connector = connector
    self.context = context
  }

  private var handle: OutgoingWebSocket { OutgoingWebSocket(id: id, connector: connector) }

  // MARK: The handshake

  func connect(through host: OutgoingHost, _ continuation: CheckedContinuation<Opened, Never>) {
    if let verdict { return continuation.resume(returning: .failure(verdict)) }
    state = .opening(continuation)
    guard context.add(self) else {
      loopEnds()
      return finish(code: 1006, "")
    }
    let created = host.connect(target, address: address, request.subprotocols, id: id)
    // It may have failed, and have said so, before it was returned.
    guard case .opening = state else { return }
    socket = created
    if created == nil { finish(code: 1006, "no socket") }
  }

  func giveUp(_ reason: GivingUp) {
    verdict =
      reason == .timeout
      ? WebSocketOpenFailure(.timeout, "the handshake took too long")
      : WebSocketOpenFailure(.cancelled, "the handshake was given up")
    if case .opening = state { abort() }
  }

  /// Writes the further header fields into the handshake.
  func append(
    to place: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, _ room: Int, _ socket: OpaquePointer
  ) -> Int32 {
    guard let start = place.pointee else { return 0 }
    isConnected = true
    return request.headers.allSatisfy { name, value in
      let bytes = Array(value.utf8)
      return lws_add_http_header_by_name(
        socket, Array("\(name):\0".utf8), bytes, Int32(bytes.count), place, start + room) == 0
    } ? 0 : -1
  }

  /// The server has agreed to switch protocols, to what it says.
  func checkAnswer(_ socket: OpaquePointer) -> Int32 {
    self.socket = socket
    var text = [CChar](repeating: 0, count: 128)
    let length = lws_hdr_copy(socket, &text, Int32(text.count), WSI_TOKEN_PROTOCOL)
    let selected = String(decoding: text.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard request.subprotocols.isEmpty ? selected.isEmpty : request.subprotocols.contains(selected) else {
      verdict = WebSocketOpenFailure(.badHandshake, "the server selects no sub-protocol that was offered")
      return -1
    }
    return 0
  }

  func opened(_ socket: OpaquePointer) -> Int32 {
    self.socket = socket
    guard case .opening(let continuation) = state else { return -1 }
    guard verdict == nil else { return -1 }
    state = .open
    continuation.resume(returning: .success(id))
    return 0
  }

  func failed(_ socket: OpaquePointer, _ words: String) {
    var (peer, length) = (sockaddr_storage(), socklen_t(MemoryLayout<sockaddr_storage>.size))
    let wasReached = withUnsafeMutableBytes(of: &peer) {
      getpeername(lws_get_socket_fd(socket), $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length) == 0
    }
    finish(code: 1006, words, status: Int(lws_http_client_http_response(socket)), wasReached: wasReached)
  }

  // MARK: Input

  func received(_ socket: OpaquePointer, _ bytes: UnsafeRawBufferPointer) -> Int32 {
    guard case .open = state else { return 0 }
    if lws_is_first_fragment(socket) != 0 {
      message = []
      guard lws_frame_is_binary(socket) == 0 else { return fail(1003, "text messages only") }
    }
    guard message.count + bytes.count <= connector.configuration.maximumMessageBytes else {
      return fail(1009, "message too large")
    }
    message.append(contentsOf: bytes)
    guard lws_is_final_fragment(socket) != 0, lws_remaining_packet_payload(socket) == 0 else { return 0 }
    let text = message
    message = []
    do { _ = try UTF8Span(validating: text.span) } catch { return fail(1007, "text is not UTF-8") }
    handler.received(text, on: handle)
    return 0
  }

  /// Says why in a close frame, and ends the connection.
  private func fail(_ code: UInt16, _ reason: String) -> Int32 {
    state = .closing(code: code, reason: Array(reason.utf8), isSaid: false)
    queue = []
    queuedBytes = 0
    askToWrite()
    return 0
  }

  /// The server has sent a close frame; libwebsockets answers it.
  func peerCloses(_ payload: UnsafeRawBufferPointer) {
    let code = payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : 1005
    if case .open = state { state = .ending(code: code) }
  }

  // MARK: Output

  func send(_ text: [UInt8]) -> Int? {
    guard case .open = state, queuedBytes + text.count <= connector.configuration.maximumQueuedBytes else { return nil }
    queue.append([UInt8](repeating: 0, count: Int(shim_lws_pre)) + text)
    queuedBytes += text.count
    taken += 1
    askToWrite()
    return taken
  }

  func close(_ code: UInt16, _ reason: String) {
    guard case .open = state else { return }
    state = .closing(
      code: code, reason: Array(CloseFrame.payload(code: code, reason: reason).dropFirst(2)), isSaid: false)
    askToWrite()
  }

  private func askToWrite() {
    guard let socket else { return }
    lws_callback_on_writable(socket)
    if case .closing = state { watchClose() }
  }

  /// A server that does not answer a close frame, or does not read, is left.
  private func watchClose() {
    connector.loop.spawn { [connector, id] in
      try? await connector.loop.clock.sleep(for: connector.configuration.closeTimeout)
      connector.loop.execute { connector.connection(id)?.abort() }
    }
  }

  /// - Returns: -1 to have libwebsockets close the connection.
  func writable(_ socket: OpaquePointer) -> Int32 {
    // It also comes when libwebsockets has sent the rest of its own.
    guard lws_partial_buffered(socket) == 0 else { return 0 }
    if !queue.isEmpty {
      var next = queue.removeFirst()
      let count = next.count - Int(shim_lws_pre)
      queuedBytes -= count
      written += 1
      let sent = next.withUnsafeMutableBufferPointer {
        lws_write(socket, $0.baseAddress! + Int(shim_lws_pre), count, LWS_WRITE_TEXT)
      }
      guard sent >= 0 else { return -1 }
      lws_callback_on_writable(socket)
      return 0
    }
    guard case .closing(let code, var reason, false) = state else { return 0 }
    state = .closing(code: code, reason: reason, isSaid: true)
    lws_close_reason(socket, lws_close_status(rawValue: UInt32(code)), &reason, reason.count)
    return -1
  }

  // MARK: The end

  /// Ends the connection without another byte.
  func abort() {
    guard let socket else { return }
    if case .ended = state { return }
    // A handshake that goes a step further in this very turn of the loop gets its next timeout in place of this one; a
    // socket that is shut down ends in every step.
    shutdown(lws_get_socket_fd(socket), Int32(SHUT_RDWR))
    lws_set_timeout(socket, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC)
    context.wake()
  }

  /// The loop ends in this moment.
  func loopEnds() { verdict = verdict ?? WebSocketOpenFailure(.cancelled, "the event loop ends") }

  func socketClosed() { finish(code: 1006, "the connection ended") }

  private func finish(code: UInt16, _ words: String, status: Int = 0, wasReached: Bool = false) {
    socket = nil
    context.forget(self)
    let before = state
    state = .ended
    switch before {
    case .idle, .ended: break
    case .opening(let continuation):
      continuation.resume(returning: .failure(verdict ?? failure(words, status, wasReached)))
    case .open: handler.closed(handle, OutgoingWebSocketEnd(code: code, written: written))
    case .closing(let own, _, _): handler.closed(handle, OutgoingWebSocketEnd(code: own, written: written))
    case .ending(let theirs): handler.closed(handle, OutgoingWebSocketEnd(code: theirs, written: written))
    }
  }

  private func failure(_ words: String, _ status: Int, _ wasReached: Bool) -> WebSocketOpenFailure {
    if status != 0, status != 101 { return WebSocketOpenFailure(.refused, status: status, "HTTP \(status)") }
    if words.hasPrefix("HS:") { return WebSocketOpenFailure(.badHandshake, words) }
    if isConnected { return WebSocketOpenFailure(.badHandshake, words) }
    return WebSocketOpenFailure(wasReached ? .tls : .unreachable, words)
  }
}
