// Serves HTTP/1.1 and WebSocket on one address: accepts, counts and watches its connections until it stops.
import Basics
import CTransport
import Glibc
import Logging
import Wire

/// A listening address. HTTP requests go to the HTTP handler, WebSocket messages to the WebSocket handler.
/// Everything but ``port`` is confined to the loop's thread.
public final class Listener: @unchecked Sendable {
  private enum State {
    case listening
    case stopping(Waiters)
    case stopped
  }

  let configuration: ListenerConfiguration
  let loop: EventLoop
  let http: any HTTPHandler
  let webSocket: (any WebSocketHandler)?
  let logger: Logger
  /// The port that the system chose or that was asked for; nil on a unix socket.
  public let port: Int?

  private let context: WebSocketsContext
  private let host: OpaquePointer
  private let sockets: [ListeningSocket]
  private var state = State.listening
  private var connections: [UInt64: ServerConnection] = [:]
  private var connectionsPerAddress = Tally<String>()

  /// Starts to listen.
  /// - Throws: ``TransportError`` (`.addressInUse`, `.invalidAddress`, `.listen`, `.certificate`, `.stopped`).
  public static func start(
    _ configuration: ListenerConfiguration, on loop: EventLoop, http: any HTTPHandler,
    webSocket: (any WebSocketHandler)? = nil, logger: Logger
  ) async throws(TransportError) -> Listener {
    let result = await loop.perform { () -> Result<Listener, TransportError> in
      if loop.isStopping { return .failure(TransportError(.stopped, "the event loop has ended")) }
      return Result { () throws(TransportError) in
        let listener = try Listener(configuration, loop, http, webSocket, logger)
        listener.accept()
        return listener
      }
    }
    return try result.get()
  }

  private init(
    _ configuration: ListenerConfiguration, _ loop: EventLoop, _ http: any HTTPHandler,
    _ webSocket: (any WebSocketHandler)?, _ logger: Logger
  ) throws(TransportError) {
    self.configuration = configuration
    self.loop = loop
    self.http = http
    self.webSocket = webSocket
    self.logger = logger
    if let tls = configuration.tls { try CertificatePair.check(tls) }
    DescriptorLimit.makeRoom(forConnections: configuration.maximumConnections)
    context = try WebSocketsContext.of(loop, logger: logger)
    sockets = try ListeningSocket.bound(to: configuration.address, fileMode: configuration.unixSocketMode)
    port = sockets[0].port
    host = try context.host(for: configuration.tls)
  }

  private func accept() {
    for socket in sockets {
      context.add(socket)
      socket.start(
        on: loop, onAccept: { [self] in accepted($0, $1) },
        onExhaustion: { [self] in
          logger.error("no file descriptors left: accepting pauses")
          loop.spawn { [loop] in
            try? await loop.clock.sleep(for: .milliseconds(100))
            socket.resume()
          }
        })
    }
    loop.spawn { [self] in await watchDeadlines() }
  }

  /// How many connections are open, WebSocket or not.
  public var connectionCount: Int { get async { await loop.perform { [self] in connections.count } } }

  /// Takes the certificate and key files anew for later handshakes; open connections go on.
  /// - Throws: ``TransportError`` `.certificate` when the pair is not usable; the old one stays.
  public func reloadCertificate() async throws(TransportError) {
    guard let tls = configuration.tls else { return }
    let result = await loop.perform { [self] () -> Result<Void, TransportError> in
      guard !loop.isStopping else { return .failure(TransportError(.stopped, "the event loop has ended")) }
      return Result { () throws(TransportError) in
        try CertificatePair.check(tls)
        context.reload(tls)
      }
    }
    try result.get()
  }

  /// Stops to accept, closes every WebSocket with 1001 and every other connection, and returns when all are gone.
  public func stop() async {
    await withCheckedContinuation { continuation in
      loop.execute { [self] in stop(continuation) }
    }
  }

  private func stop(_ continuation: CheckedContinuation<Void, Never>) {
    switch state {
    case .stopped: return continuation.resume()
    case .stopping(var waiters):
      waiters.add(continuation)
      state = .stopping(waiters)
    case .listening:
      var waiters = Waiters()
      waiters.add(continuation)
      state = .stopping(waiters)
      for socket in sockets { context.close(socket) }
      for connection in Array(connections.values) { connection.listenerStops() }
    }
    stopIfEmpty()
  }

  private func stopIfEmpty() {
    guard case .stopping(var waiters) = state, connections.isEmpty else { return }
    state = .stopped
    if configuration.tls != nil { context.remove(host) }
    waiters.resumeAll()
  }
}

// MARK: - On the loop's thread

extension Listener {
  func session(_ id: UInt64) -> WebSocketSession? {
    assert(loop.isCurrent || loop.isStopping, "a WebSocketConnection belongs on the event loop")
    return connections[id]?.session
  }

  /// How much waits for the peer to read.
  func queuedBytes(_ id: UInt64) -> Int { connections[id]?.queuedBytes ?? 0 }

  func answer(_ id: UInt64, _ response: HTTPResponse?) { connections[id]?.exchange?.answer(response) }

  func ended(_ connection: ServerConnection) {
    guard connections.removeValue(forKey: connection.id) != nil else { return }
    connectionsPerAddress.add(-1, to: connection.network)
    stopIfEmpty()
  }

  private func accepted(_ descriptor: Int32, _ peer: SocketAddress) {
    let address = peer.network
    let isUnix = peer.port == nil
    guard connections.count < configuration.maximumConnections,
      isUnix || connectionsPerAddress[address] < configuration.maximumConnectionsPerAddress
    else { return refuse(descriptor) }
    if !isUnix {
      var on: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
    guard let connection = context.adopt(descriptor, host: host, listener: self, address: peer.host) else { return }
    connections[connection.id] = connection
    connection.network = address
    connectionsPerAddress.add(1, to: address)
  }

  /// One connection too many: told so where that takes no handshake, and closed.
  private func refuse(_ descriptor: Int32) {
    let response = HTTPResponse.text(503, "too many connections")
    if configuration.tls == nil,
      let bytes = ResponseEncoder.encode(response, isHead: false, keepsAlive: false, date: HTTPDate.now())
    {
      send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      shutdown(descriptor, Int32(SHUT_WR))
    }
    close(descriptor)
  }

  /// After how many deadlines others get their turn: a look at those of 16,000 connections takes 8 ms.
  private static let deadlinesAtOnce = 512

  /// Looks at all deadlines now and then, which is cheaper than a timer a connection: a quarter of the shortest time,
  /// at most a second. A deadline is met late by that much.
  private func watchDeadlines() async {
    let shortest = min(
      configuration.handshakeTimeout, configuration.keepAliveTimeout, configuration.closeTimeout,
      configuration.pingInterval, configuration.pongTimeout)
    let interval = max(.milliseconds(5), min(.seconds(1), shortest / 4))
    var rest: ArraySlice<ServerConnection> = []
    while (try? await loop.clock.sleep(for: rest.isEmpty ? interval : .milliseconds(1))) != nil {
      if case .stopped = state { return }
      if rest.isEmpty { rest = Array(connections.values)[...] }
      let now = EventLoop.uptime
      for connection in rest.prefix(Self.deadlinesAtOnce) { connection.meetDeadlines(now: now) }
      rest = rest.dropFirst(Self.deadlinesAtOnce)
    }
  }
}
