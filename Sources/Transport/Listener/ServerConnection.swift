// Decides for one accepted socket what is written to it, how it ends, and which protocol is spoken on it.
import CTransport
import Glibc

/// Owns the socket's side of a connection and hands its bytes to the protocol. Confined to the loop's thread.
final class ServerConnection: @unchecked Sendable {
  /// What is spoken.
  private enum Layer {
    case http(HTTPExchange)
    case webSocket(WebSocketSession)
  }

  /// How far the connection has come.
  private enum Phase {
    case open
    /// Our last byte was written; what the peer still sends is dropped until it ends or the time is over.
    case lingering(until: Duration)
    case ended
  }

  /// What happens when the queue has been written.
  private enum AfterFlush {
    case goOn
    case end
    case linger
  }

  let id: UInt64
  let listener: Listener
  /// The peer's numeric address.
  let address: String
  /// What it is counted for.
  var network = ""
  private unowned let context: WebSocketsContext
  var socket: OpaquePointer?
  private var layer: Layer?
  private var phase = Phase.open
  private var queue = WriteQueue()
  private var afterFlush = AfterFlush.goOn
  /// How much more is read of a peer to whom everything was said.
  private var readsAfterEnd: Int
  /// When the socket last took a byte while others waited.
  private var stalledSince: Duration?
  private var callbackDepth = 0
  private var wantsInput = true
  private var readsInput = true

  init(id: UInt64, listener: Listener, context: WebSocketsContext, address: String) {
    self.id = id
    self.listener = listener
    self.context = context
    self.address = address
    readsAfterEnd = listener.configuration.maximumBytesAfterEnd
    layer = .http(HTTPExchange(self))
  }

  var configuration: ListenerConfiguration { listener.configuration }

  /// The WebSocket, once the handshake is done.
  var session: WebSocketSession? { if case .webSocket(let session) = layer { session } else { nil } }

  /// The HTTP side, until a handshake is done.
  var exchange: HTTPExchange? { if case .http(let exchange) = layer { exchange } else { nil } }

  /// What waits to be written, with what keeping it costs.
  var queuedBytes: Int { queue.cost }

  // MARK: Events of the socket; the result tells libwebsockets to close it

  func socketReceived(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    inCallback {
      guard case .open = phase else { return _ = readsOnAfterEnd(bytes.count) }
      switch layer {
      case .http(let exchange): exchange.received(bytes)
      case .webSocket(let session): session.received(bytes)
      case nil: break
      }
    }
  }

  func socketIsWritable() -> Int32 {
    inCallback { flush() }
  }

  func socketClosed() {
    socket = nil
    phase = .ended
    queue = WriteQueue()
    context.forget(self)
    exchange?.ended()
    session?.ended()
    layer = nil
    listener.ended(self)
  }

  /// Counts what comes from a peer to whom everything was said, and reads no more once that is too much.
  /// - Returns: whether more is read.
  func readsOnAfterEnd(_ count: Int) -> Bool {
    readsAfterEnd -= count
    if readsAfterEnd <= 0 { setWantsInput(false) }
    return readsAfterEnd > 0
  }

  private func inCallback(_ body: () -> Void) -> Int32 {
    callbackDepth += 1
    body()
    callbackDepth -= 1
    if case .ended = phase { return -1 }
    return 0
  }

  // MARK: What the protocols do

  /// Writes bytes at the end of the loop's turn, together with what else is written until then. More than a block is not
  /// put off, nor what would make the peer look slow before the socket was asked.
  func write(_ bytes: [UInt8]) {
    guard case .goOn = afterFlush, socket != nil else { return }
    queue.append(bytes)
    let mostPutOff = min(WebSocketsContext.blockBytes, configuration.maximumQueuedBytes)
    if queue.cost >= mostPutOff { flush() } else { context.flushSoon(self) }
  }

  /// Writes a pong at the end of the loop's turn; at most one of them waits.
  func writePong(_ frame: [UInt8]) {
    guard case .goOn = afterFlush, socket != nil else { return }
    queue.appendPong(frame)
    context.flushSoon(self)
  }

  /// Writes what waits, then ends our side and waits a while for the peer's end, so that the last bytes reach it
  /// (RFC 9112 section 9.6 on staged closing).
  func finish() {
    guard case .goOn = afterFlush else { return }
    afterFlush = .linger
    flush()
  }

  /// Writes what waits, then ends the connection; for a peer that has nothing more to say.
  func end() {
    guard case .goOn = afterFlush else { return }
    afterFlush = .end
    flush()
  }

  /// Drops what was not begun, for a peer that does not read.
  func dropUnbegunWrites() { queue.dropUnbegun() }

  /// Switches protocols after a handshake.
  func upgrade(to session: WebSocketSession) { layer = .webSocket(session) }

  /// Whether the protocol can take more input now.
  func setWantsInput(_ wants: Bool) {
    wantsInput = wants
    updateReading()
  }

  /// Ends the connection at once, without a further byte.
  func abort() {
    if case .ended = phase { return }
    phase = .ended
    queue = WriteQueue()
    exchange?.ended()
    guard let socket else { return }
    // Without this libwebsockets would wait for a peer that does not read.
    if lws_partial_buffered(socket) != 0 { shutdown(lws_get_socket_fd(socket), Int32(SHUT_RDWR)) }
    // Inside a callback its result closes the socket.
    guard callbackDepth == 0 else { return }
    lws_set_timeout(socket, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC)
    context.wake()
  }

  /// Meets the deadlines that have passed.
  func meetDeadlines(now: Duration) {
    if let stalledSince, now - stalledSince >= configuration.keepAliveTimeout { return abort() }
    switch phase {
    case .open:
      exchange?.meetDeadlines(now: now)
      session?.meetDeadlines(now: now)
    case .lingering(let end): if now >= end { abort() }
    case .ended: break
    }
  }

  /// The listener stops: a WebSocket is closed with 1001, anything else at once.
  func listenerStops() {
    if let session { session.close(code: 1001, reason: "going away") } else { abort() }
  }

  /// The loop ends in this moment: a last frame if the socket takes it.
  func loopEnds() {
    session?.close(code: 1001, reason: "going away")
    flush()
    if let socket, lws_partial_buffered(socket) != 0 { shutdown(lws_get_socket_fd(socket), Int32(SHUT_RDWR)) }
  }

  // MARK: Writing

  /// Writes what the socket takes and keeps the rest.
  func flush() {
    guard let socket else { return }
    let send = lws_get_ssl(socket) == nil ? Self.sendPlainly : Self.sendSecurely
    while !queue.isEmpty {
      var sent: Int? = 0
      queue.writeNext(WebSocketsContext.blockBytes) { block in
        sent = send(socket, block)
        return sent ?? 0
      }
      guard let sent else { return abort() }
      guard sent > 0 else { break }
      if stalledSince != nil { stalledSince = EventLoop.uptime }
    }
    let isPending = !queue.isEmpty || lws_partial_buffered(socket) != 0
    if isPending {
      if stalledSince == nil { stalledSince = EventLoop.uptime }
      lws_callback_on_writable(socket)
    } else {
      stalledSince = nil
    }
    updateReading()
    if !isPending { flushed() }
  }

  /// Writes to the socket itself: libwebsockets would ask it first, with another system call, and would keep what it
  /// does not take.
  /// - Returns: how many bytes the socket took, nil when it is broken.
  private static func sendPlainly(_ socket: OpaquePointer, _ block: UnsafeMutableRawBufferPointer) -> Int? {
    let sent = Glibc.send(
      lws_get_socket_fd(socket), block.baseAddress, block.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    if sent >= 0 { return sent }
    return errno == EAGAIN || errno == EINTR ? 0 : nil
  }

  /// Writes through TLS. libwebsockets must not be given a block while it still holds a part of one: it would leave input
  /// unread meanwhile and the loop would spin.
  private static func sendSecurely(_ socket: OpaquePointer, _ block: UnsafeMutableRawBufferPointer) -> Int? {
    guard lws_partial_buffered(socket) == 0, lws_send_pipe_choked(socket) == 0 else { return 0 }
    let base = block.baseAddress?.assumingMemoryBound(to: UInt8.self)
    return lws_write(socket, base, block.count, LWS_WRITE_HTTP) < 0 ? nil : block.count
  }

  private func flushed() {
    guard case .open = phase else { return }
    switch afterFlush {
    case .goOn: exchange?.flushed()
    case .end: abort()
    case .linger: linger()
    }
  }

  private func linger() {
    exchange?.ended()
    phase = .lingering(until: EventLoop.uptime + configuration.closeTimeout)
    if let socket {
      if let tls = lws_get_ssl(socket) { SSL_shutdown(tls) }
      shutdown(lws_get_socket_fd(socket), Int32(SHUT_WR))
    }
    setWantsInput(true)
  }

  private func updateReading() {
    guard let socket else { return }
    let reads = wantsInput && lws_partial_buffered(socket) == 0
    guard reads != readsInput else { return }
    readsInput = reads
    lws_rx_flow_control(socket, reads ? 1 : 0)
  }
}
