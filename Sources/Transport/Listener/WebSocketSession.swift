// Speaks WebSocket (RFC 6455) on one connection after its handshake.
import Wire

/// Reads frames, answers pings and closes, and watches whether the peer is alive. Confined to the loop's thread.
final class WebSocketSession {
  private enum State {
    case open
    /// Our close frame is on its way; the peer's answer is awaited.
    case closing(code: UInt16, until: Duration)
    /// Both sides have said all, or the peer broke the protocol; what was said may not have left yet.
    case closed(code: UInt16, by: WebSocketSide, until: Duration)
  }

  /// Whether the peer has shown signs of life.
  private enum Liveness {
    case heard
    /// Our ping went out then; only bytes of the peer count as an answer.
    case asked(at: Duration)
  }

  private unowned let connection: ServerConnection
  private let handler: any WebSocketHandler
  private var decoder: FrameDecoder
  private var state = State.open
  private var liveness = Liveness.heard
  private var lastPing = EventLoop.uptime
  /// When the ping went out whose pong is awaited; nil once it came.
  private var unansweredPing: Duration?
  /// From the latest ping that was answered to its pong; nil before the first.
  private(set) var roundTripTime: Duration?
  private var isAnnounced = false

  init(_ connection: ServerConnection, _ handler: any WebSocketHandler) {
    self.connection = connection
    self.handler = handler
    decoder = FrameDecoder(maximumMessageBytes: connection.configuration.maximumMessageBytes)
  }

  private var handle: WebSocketConnection { WebSocketConnection(id: connection.id, listener: connection.listener) }

  func opened(_ request: HTTPRequest) {
    isAnnounced = true
    handler.opened(handle, request)
  }

  /// The socket is gone.
  func ended() {
    guard isAnnounced else { return }
    isAnnounced = false
    switch state {
    case .open: handler.closed(handle, code: 1006, by: .peer)
    case .closing(let code, _): handler.closed(handle, code: code, by: .server)
    case .closed(let code, let side, _): handler.closed(handle, code: code, by: side)
    }
  }

  // MARK: Input

  func received(_ bytes: UnsafeRawBufferPointer) {
    switch state {
    case .open: break
    case .closing(let code, let end):
      // The answer to our close frame should be among what still comes.
      guard connection.readsOnAfterEnd(bytes.count) else {
        state = .closed(code: code, by: .server, until: end)
        return connection.finish()
      }
    case .closed: return _ = connection.readsOnAfterEnd(bytes.count)
    }
    liveness = .heard
    let input = bytes.bindMemory(to: UInt8.self).span
    var offset = 0
    do {
      while let event = try decoder.next(input, from: &offset) {
        handle(event)
        if case .closed = state { return }
      }
    } catch {
      fail(error)
    }
  }

  private func handle(_ event: FrameDecoder.Event) {
    switch (event, state) {
    case (.text(let text), .open): handler.received(text, on: handle)
    case (.ping(let payload), .open): if isLetThrough { answer(payload) }
    case (.close(let code), .open):
      state = .closed(code: code, by: .peer, until: closeDeadline)
      connection.write(FrameEncoder.frame(.close, CloseFrame.payload(code: code, reason: "")))
      // The server ends the TCP connection first (RFC 6455 section 7.1.1).
      connection.end()
    case (.close, .closing(let code, let end)):
      state = .closed(code: code, by: .server, until: end)
      connection.end()
    case (.pong, .open): if isLetThrough { measure() }
    case (.smallFragment, .open): _ = isLetThrough
    case (.text, _), (.ping, _), (.pong, _), (.smallFragment, _), (.close, _): break
    }
  }

  /// Counts a frame that is no message, and says whether more is done about it.
  private var isLetThrough: Bool {
    guard handler.receivedSmallFrame(on: handle), case .open = state else { return false }
    return true
  }

  private func answer(_ ping: [UInt8]) {
    connection.writePong(FrameEncoder.frame(.pong, ping))
    closeIfSlow()
  }

  /// A pong that nobody asked for measures nothing (RFC 6455 section 5.5.3).
  private func measure() {
    guard let sent = unansweredPing else { return }
    unansweredPing = nil
    roundTripTime = EventLoop.uptime - sent
  }

  private func fail(_ failure: WebSocketFailure) {
    let code = if case .closing(let code, _) = state { code } else { failure.code }
    if case .open = state {
      connection.write(FrameEncoder.frame(.close, CloseFrame.payload(code: failure.code, reason: failure.reason)))
    }
    state = .closed(code: code, by: .server, until: closeDeadline)
    connection.finish()
  }

  // MARK: Output

  func send(_ text: [UInt8]) {
    guard case .open = state else { return }
    queue(.text, text)
  }

  func close(code: UInt16, reason: String) {
    guard case .open = state else { return }
    state = .closing(code: code, until: closeDeadline)
    connection.write(FrameEncoder.frame(.close, CloseFrame.payload(code: code, reason: reason)))
  }

  /// Says why and reads nothing more (RFC 6455 section 7.1.7).
  func fail(code: UInt16, reason: String) {
    guard case .open = state else { return }
    fail(WebSocketFailure(code: code, reason: reason))
  }

  /// Ends the connection at once; nothing more is said.
  func drop() { connection.abort() }

  /// The largest message that is read from now on.
  func setMaximumMessageBytes(_ bytes: Int) { decoder.maximumMessageBytes = bytes }

  private func queue(_ opcode: WebSocketOpcode, _ payload: [UInt8]) {
    connection.write(FrameEncoder.frame(opcode, payload))
    closeIfSlow()
  }

  private var closeDeadline: Duration { EventLoop.uptime + connection.configuration.closeTimeout }

  private func closeIfSlow() {
    guard connection.queuedBytes > connection.configuration.maximumQueuedBytes else { return }
    connection.dropUnbegunWrites()
    close(code: connection.configuration.slowReaderCode, reason: "reads too slowly")
  }

  // MARK: Time

  func meetDeadlines(now: Duration) {
    let configuration = connection.configuration
    switch (state, liveness) {
    // It is closed and still here: the peer does not read what was left to say.
    case (.closing(_, let end), _), (.closed(_, _, let end), _): if now >= end { connection.abort() }
    case (.open, .heard):
      guard now - lastPing >= configuration.pingInterval else { return }
      liveness = .asked(at: now)
      lastPing = now
      if unansweredPing == nil { unansweredPing = EventLoop.uptime }
      queue(.ping, [])
    case (.open, .asked(let asked)):
      guard now - asked >= configuration.pongTimeout else { return }
      close(code: configuration.pingTimeoutCode, reason: "no answer to a ping")
    }
  }
}
