// Where libwebsockets and the listening sockets call Swift.
import CTransport

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
