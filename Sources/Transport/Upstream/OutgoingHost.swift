// Has libwebsockets make WebSockets to servers: what they share, and the events that it tells of them.
import CTransport
import Glibc

/// A libwebsockets host for connections that go out: their trust, and how long a server may be silent. Confined to the loop's thread.
final class OutgoingHost: @unchecked Sendable {
  private let name = strdup("messages")
  private let protocols = UnsafeMutablePointer<lws_protocols>.allocate(capacity: 2)
  private let patience = UnsafeMutablePointer<lws_retry_bo_t>.allocate(capacity: 1)
  private let tls = SSL_CTX_new(TLS_client_method())
  private let context: OpaquePointer
  private var host: OpaquePointer?

  /// - Parameter context: libwebsockets' own.
  init(
    _ context: OpaquePointer, _ trust: CurlTrust, _ configuration: WebSocketConnectorConfiguration
  ) throws(TransportError) {
    self.context = context
    protocols.initialize(repeating: lws_protocols(), count: 2)
    protocols[0].name = UnsafePointer(name)
    protocols[0].callback = CallbackBridge.outgoing
    protocols[0].rx_buffer_size = WebSocketsContext.blockBytes
    let ping = UInt16(clamping: max(1, configuration.pingInterval.components.seconds))
    patience.initialize(to: lws_retry_bo_t())
    patience.pointee.secs_since_valid_ping = ping
    patience.pointee.secs_since_valid_hangup =
      ping.addingReportingOverflow(UInt16(clamping: max(1, configuration.pongTimeout.components.seconds))).partialValue
    if let tls {
      SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, nil)
      trust.apply(to: tls)
    }
    var info = lws_context_creation_info()
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER
    info.options = UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT) | UInt64(LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS)
    info.provided_client_ssl_ctx = tls
    info.protocols = UnsafePointer(protocols)
    info.timeout_secs = 24 * 3600
    host = lws_create_vhost(context, &info)
    guard host != nil, tls != nil else { throw TransportError(.listen, "libwebsockets refused the configuration") }
  }

  deinit {
    protocols.deallocate()
    patience.deallocate()
    SSL_CTX_free(tls)
    free(name)
  }

  /// Begins a connection.
  /// - Parameter id: what its events are told for.
  /// - Returns: nil when it has failed already.
  func connect(_ target: WebSocketTarget, address: String, _ subprotocols: [String], id: UInt64) -> OpaquePointer? {
    let offer: String = subprotocols.joined(separator: ",")
    let words: [String] = [address, target.path, target.authority, offer, "http/1.1"]
    let texts = words.map { (word: String) in strdup(word) }
    defer { for text in texts { free(text) } }
    var info = lws_client_connect_info()
    info.context = context
    info.vhost = host
    info.address = UnsafePointer(texts[0])
    info.port = Int32(target.port)
    info.path = UnsafePointer(texts[1])
    // The certificate is checked for it, without its port.
    info.host = UnsafePointer(texts[2])
    if !subprotocols.isEmpty { info.protocol = UnsafePointer(texts[3]) }
    info.local_protocol_name = UnsafePointer(name)
    info.alpn = UnsafePointer(texts[4])
    info.ietf_version_or_minus_one = -1
    let flags = LCCSCF_HTTP_NO_FOLLOW_REDIRECT.rawValue | (target.isSecure ? LCCSCF_USE_SSL.rawValue : 0)
    info.ssl_connection = Int32(flags)
    info.opaque_user_data = UnsafeMutableRawPointer(bitPattern: UInt(id))
    info.retry_and_idle_policy = UnsafePointer(patience)
    return lws_client_connect_via_info(&info)
  }
}

extension CallbackBridge {
  /// All events of all connections that went out. A socket's user data is its connection's id, never a pointer.
  static let outgoing: WebSocketsCallback = { socket, reason, _, bytes, count in
    guard let socket, let user = lws_context_user(lws_get_context(socket)) else { return 0 }
    let context = object(user, as: WebSocketsContext.self)
    guard let connection = context.outgoing(UInt64(UInt(bitPattern: lws_get_opaque_user_data(socket)))) else {
      return reason == LWS_CALLBACK_CLIENT_RECEIVE || reason == LWS_CALLBACK_CLIENT_WRITEABLE ? -1 : 0
    }
    let payload = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)
    switch reason {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
      guard let bytes else { return 0 }
      return connection.append(to: bytes.assumingMemoryBound(to: UnsafeMutablePointer<UInt8>?.self), count, socket)
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH: return connection.checkAnswer(socket)
    case LWS_CALLBACK_CLIENT_ESTABLISHED: return connection.opened(socket)
    case LWS_CALLBACK_CLIENT_RECEIVE: return connection.received(socket, payload)
    case LWS_CALLBACK_CLIENT_WRITEABLE: return connection.writable(socket)
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: connection.peerCloses(payload)
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
      connection.failed(socket, String(decoding: payload.prefix { $0 != 0 }, as: UTF8.self))
    case LWS_CALLBACK_CLIENT_CLOSED, LWS_CALLBACK_WSI_DESTROY: connection.socketClosed()
    default: break
    }
    return 0
  }
}
