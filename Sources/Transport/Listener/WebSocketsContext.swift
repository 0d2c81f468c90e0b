// Has libwebsockets carry the bytes of accepted sockets, with and without TLS, as a guest of the event loop.
import Basics
import CTransport
import Glibc
import Logging
import Synchronization

/// The one libwebsockets context of a loop. Sockets are taken in its raw role: HTTP and WebSocket are read by this
/// module (docs/decisions/0003-libwebsockets-strictness.md says why). Confined to the loop's thread.
final class WebSocketsContext: LoopGuest, @unchecked Sendable {
  /// Most bytes of one read, and of one write.
  static let blockBytes = 16 * 1024
  private static let nextId = Atomic<UInt64>(1)

  private var context: OpaquePointer?
  private var eventDescriptor: EventDescriptorGuard?
  private let loop: EventLoop
  private var plainHost: OpaquePointer?
  private let protocols = UnsafeMutablePointer<lws_protocols>.allocate(capacity: 2)
  private let loops = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: 1)
  /// Never used: libwebsockets makes one for each TLS host otherwise, and leaks it.
  private let clientContext = SSL_CTX_new(TLS_client_method())
  private let name = strdup("bytes")
  private let applicationProtocol = strdup("http/1.1")
  private var connections: [UInt64: ServerConnection] = [:]
  private var outgoing: [UInt64: OutgoingConnection] = [:]
  /// They lend libwebsockets what it points to as long as it lives.
  private var outgoingHosts: [OutgoingHost] = []
  /// Those that have something to write at the end of the loop's turn.
  private var unflushed: [ServerConnection] = []
  private var sockets: [ObjectIdentifier: ListeningSocket] = [:]

  /// The loop's context, made when there is none yet.
  static func of(_ loop: EventLoop, logger: Logger) throws(TransportError) -> WebSocketsContext {
    if let context = loop.webSockets { return context }
    LibraryLog.install(logger)
    let context = try WebSocketsContext(loop)
    loop.webSockets = context
    loop.join(context)
    return context
  }

  private init(_ loop: EventLoop) throws(TransportError) {
    self.loop = loop
    protocols.initialize(repeating: lws_protocols(), count: 2)
    protocols[0].name = UnsafePointer(name)
    protocols[0].callback = CallbackBridge.webSockets
    protocols[0].tx_packet_size = Self.blockBytes
    loops.initialize(to: UnsafeMutableRawPointer(loop.uvLoop))
    var info = lws_context_creation_info()
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER
    info.options =
      UInt64(LWS_SERVER_OPTION_LIBUV) | UInt64(LWS_SERVER_OPTION_EXPLICIT_VHOSTS)
      | UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT) | UInt64(LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS)
    info.foreign_loops = loops
    info.pt_serv_buf_size = UInt32(Self.blockBytes)
    // The listener has its own, finer deadlines; this one must never be the first to strike.
    info.timeout_secs = 24 * 3600
    info.user = CallbackBridge.pointer(to: self)
    var created: OpaquePointer?
    eventDescriptor = ProcessLock.alone {
      EventDescriptorGuard(loop.uvLoop) { PluginFolder.visit { created = lws_create_context(&info) } }
    }
    context = created
    guard context != nil else {
      throw TransportError(.listen, "libwebsockets could not start on libuv (is libwebsockets-evlib-uv installed?)")
    }
    plainHost = try? makeHost(nil)
  }

  deinit {
    protocols.deallocate()
    loops.deallocate()
    SSL_CTX_free(clientContext)
    free(name)
    free(applicationProtocol)
  }

  /// Where accepted sockets of a listener go; plain ones share one.
  func host(for tls: ListenerConfiguration.TLS?) throws(TransportError) -> OpaquePointer {
    if let tls { return try makeHost(tls) }
    guard let plainHost else { throw TransportError(.listen, "libwebsockets refused the configuration") }
    return plainHost
  }

  private func makeHost(_ tls: ListenerConfiguration.TLS?) throws(TransportError) -> OpaquePointer {
    var info = lws_context_creation_info()
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER
    // A host without the first option serves plain bytes even with a certificate; without the second it loads all of
    // the system's authorities for client calls that are never made.
    if tls != nil {
      info.options = UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT) | UInt64(LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS)
      info.provided_client_ssl_ctx = clientContext
    }
    info.protocols = UnsafePointer(protocols)
    info.timeout_secs = 24 * 3600
    // Only HTTP/1.1 is offered, so that no browser comes with HTTP/2 or a WebSocket inside of it.
    info.alpn = UnsafePointer(applicationProtocol)
    let certificate = tls.map { strdup($0.certificateFile) } ?? nil
    let key = tls.map { strdup($0.keyFile) } ?? nil
    defer {
      free(certificate)
      free(key)
    }
    info.ssl_cert_filepath = UnsafePointer(certificate)
    info.ssl_private_key_filepath = UnsafePointer(key)
    guard let host = lws_create_vhost(context, &info) else {
      throw TransportError(tls == nil ? .listen : .certificate, "libwebsockets refused the configuration")
    }
    return host
  }

  /// Frees the host of a TLS listener whose connections have gone.
  func remove(_ host: OpaquePointer?) {
    if let host, host != plainHost, context != nil { lws_vhost_destroy(host) }
  }

  /// Loads certificate and key anew into the host that was made with the same paths.
  func reload(_ files: ListenerConfiguration.TLS) {
    lws_tls_cert_updated(context, files.certificateFile, files.keyFile, nil, 0, nil, 0)
  }

  // MARK: Connections

  static func newID() -> UInt64 { nextId.add(1, ordering: .relaxed).oldValue }

  func connection(_ id: UInt64) -> ServerConnection? { connections[id] }

  /// Hands an accepted socket to libwebsockets.
  func adopt(_ descriptor: Int32, host: OpaquePointer?, listener: Listener, address: String) -> ServerConnection? {
    let id = Self.newID()
    let connection = ServerConnection(id: id, listener: listener, context: self, address: address)
    connections[id] = connection
    var adoption = lws_adopt_desc_t()
    adoption.vh = host
    adoption.type = lws_adoption_type(
      LWS_ADOPT_SOCKET.rawValue | (listener.configuration.tls == nil ? 0 : LWS_ADOPT_ALLOW_SSL.rawValue))
    adoption.fd.sockfd = descriptor
    adoption.opaque = UnsafeMutableRawPointer(bitPattern: UInt(id))
    let socket = name.flatMap { name in
      adoption.vh_prot_name = UnsafePointer(name)
      return lws_adopt_descriptor_vhost_via_info(&adoption)
    }
    guard let socket, connections[id] != nil else {
      // libwebsockets has closed the descriptor.
      connections[id] = nil
      return nil
    }
    connection.socket = socket
    return connection
  }

  func forget(_ connection: ServerConnection) { connections[connection.id] = nil }

  // MARK: Connections that go out

  func outgoingHost(
    _ trust: CurlTrust, _ configuration: WebSocketConnectorConfiguration
  ) throws(TransportError) -> OutgoingHost {
    guard let context else { throw TransportError(.stopped, "the event loop has ended") }
    let host = try OutgoingHost(context, trust, configuration)
    outgoingHosts.append(host)
    return host
  }

  func outgoing(_ id: UInt64) -> OutgoingConnection? { outgoing[id] }

  /// - Returns: false when the loop ends.
  func add(_ connection: OutgoingConnection) -> Bool {
    guard context != nil, !loop.isStopping else { return false }
    outgoing[connection.id] = connection
    return true
  }

  func forget(_ connection: OutgoingConnection) { outgoing[connection.id] = nil }

  // MARK: Writing

  /// Has a connection write what it has at the end of the loop's turn.
  func flushSoon(_ connection: ServerConnection) {
    if unflushed.last !== connection { unflushed.append(connection) }
  }

  func finishTurn() {
    let waiting = unflushed
    unflushed = []
    for connection in waiting { connection.flush() }
  }

  /// Makes libwebsockets look at timeouts that were set outside of its callbacks.
  func wake() { if let context { lws_cancel_service(context) } }

  // MARK: Listening sockets

  func add(_ socket: ListeningSocket) { sockets[ObjectIdentifier(socket)] = socket }

  func close(_ socket: ListeningSocket) {
    let identifier = ObjectIdentifier(socket)
    socket.close { [self] in sockets[identifier] = nil }
  }

  // MARK: The end

  func beginShutdown() {
    for socket in Array(sockets.values) { close(socket) }
    for connection in Array(connections.values) { connection.loopEnds() }
    for connection in outgoing.values { connection.loopEnds() }
    unflushed = []
    ProcessLock.alone {
      eventDescriptor?.freeReserve()
      lws_context_destroy(context)
      eventDescriptor?.holdNumber()
    }
  }

  func finishShutdown() {
    for connection in Array(connections.values) { connection.socketClosed() }
    for connection in Array(outgoing.values) { connection.socketClosed() }
    freeContext()
  }

  private func freeContext() {
    ProcessLock.alone { lws_context_destroy(context) }
    context = nil
  }
}

extension CallbackBridge {
  typealias WebSocketsCallback =
    @Sendable @convention(c) (
      OpaquePointer?, lws_callback_reasons, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int
    ) -> Int32

  /// All events of all accepted sockets. A socket's user data is its connection's id, never a pointer: an id whose
  /// connection is gone finds nothing.
  static let webSockets: WebSocketsCallback = { socket, reason, _, bytes, count in
    switch reason {
    case LWS_CALLBACK_RAW_RX, LWS_CALLBACK_RAW_WRITEABLE, LWS_CALLBACK_RAW_CLOSE, LWS_CALLBACK_WSI_DESTROY: break
    default: return 0
    }
    guard let socket, let user = lws_context_user(lws_get_context(socket)) else { return 0 }
    let context = object(user, as: WebSocketsContext.self)
    guard let connection = context.connection(UInt64(UInt(bitPattern: lws_get_opaque_user_data(socket)))) else {
      return reason == LWS_CALLBACK_RAW_RX || reason == LWS_CALLBACK_RAW_WRITEABLE ? -1 : 0
    }
    switch reason {
    case LWS_CALLBACK_RAW_RX: return connection.socketReceived(UnsafeRawBufferPointer(start: bytes, count: count))
    case LWS_CALLBACK_RAW_WRITEABLE: return connection.socketIsWritable()
    default:
      connection.socketClosed()
      return 0
    }
  }

  static let logLine: @convention(c) (Int32, UnsafePointer<CChar>?) -> Void = { level, line in
    if let line { LibraryLog.write(level: level, String(cString: line)) }
  }

  /// Answers that there is no passphrase, instead of asking for one on the terminal.
  static let noPassphrase:
    @Sendable @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = {
      _, _, _, _ in -1
    }

  static let acceptable: uv_poll_cb = { handle, _, _ in
    object(handle!.pointee.data, as: ListeningSocket.self).acceptWaiting()
  }

  /// Adds the descriptor of a watched socket to a set.
  static let collectDescriptor: uv_walk_cb = { handle, set in
    guard let handle, handle.pointee.type == UV_POLL else { return }
    var descriptor: uv_os_fd_t = -1
    if uv_fileno(handle, &descriptor) == 0 { object(set!, as: DescriptorSet.self).descriptors.insert(descriptor) }
  }

  static let listeningSocketClosed: uv_close_cb = { handle in
    object(handle!.pointee.data, as: ListeningSocket.self).didClose()
  }
}

/// libwebsockets has one log function a process; its lines go to the logger of the listener that started first.
enum LibraryLog {
  private static let logger = Mutex<Logger?>(nil)

  /// Warnings and errors only; Debian's build has nothing below notices.
  static func install(_ newLogger: Logger) {
    logger.withLock { logger in
      guard logger == nil else { return }
      logger = newLogger
      lws_set_log_level(Int32(LLL_ERR | LLL_WARN), CallbackBridge.logLine)
    }
  }

  static func write(level: Int32, _ line: String) {
    let text = line.trimmingEnd(while: \.isWhitespace)
    let level: Logger.Level = level == Int32(LLL_ERR) ? .error : .warning
    logger.withLock { $0 }?.log(level: level, "libwebsockets: \(text)")
  }
}
