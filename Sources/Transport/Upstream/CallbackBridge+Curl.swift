// Leads from the callbacks of libcurl, and of libuv on its behalf, back to Swift.
import CTransport
import Glibc

extension CallbackBridge {
  /// libcurl wants other events of a socket.
  static let curlSocket: curl_socket_callback = { _, descriptor, interest, data, _ in
    object(data!, as: CurlMulti.self).watch(descriptor, interest: interest)
    return 0
  }
  /// libcurl wants to be called after some milliseconds.
  static let curlTimer: curl_multi_timer_callback = { _, milliseconds, data in
    object(data!, as: CurlMulti.self).setTimer(milliseconds)
    return 0
  }
  static let curlTimerFired: uv_timer_cb = { object($0!.pointee.data, as: CurlMulti.self).timerFired() }
  static let curlDeadline: uv_timer_cb = { object($0!.pointee.data, as: CurlMulti.self).deadlineTimerFired() }
  static let curlSocketReady: uv_poll_cb = { handle, status, events in
    object(handle!.pointee.data, as: CurlMulti.self).socketReady(handle!, status: status, events: events)
  }
  static let freePollHandle: uv_close_cb = { handle in
    UnsafeMutableRawPointer(handle!).assumingMemoryBound(to: uv_poll_t.self).deallocate()
  }
  static let freeTimerHandle: uv_close_cb = { handle in
    UnsafeMutableRawPointer(handle!).assumingMemoryBound(to: uv_timer_t.self).deallocate()
  }

  /// A connection is ready and the request is about to be written to it.
  static let curlWillSend: curl_prereq_callback = { data, peerHost, _, peerPort, localPort in
    let host = peerHost.map { String(cString: $0) } ?? ""
    let ends = CurlConnection.Ends(localPort: Int(localPort), peerHost: host, peerPort: Int(peerPort))
    return object(data!, as: CurlTransfer.self).maySend(on: ends) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
  }
  /// What libcurl tells of a transfer once its request may be written.
  static let curlDebug: curl_debug_callback = { _, kind, bytes, count, data in
    guard let bytes, let data else { return 0 }
    object(data, as: CurlTransfer.self).note(kind, UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
  }
  /// A socket was made, and is not connected yet.
  static let curlSocketMade: curl_sockopt_callback = { data, descriptor, _ in
    object(data!, as: CurlTransfer.self).socketMade(descriptor)
    return CURL_SOCKOPT_OK
  }
  static let curlCloseSocket: curl_closesocket_callback = { data, descriptor in
    object(data!, as: CurlMulti.self).closed(descriptor)
    return close(descriptor)
  }
  static let curlHeader: curl_write_callback = { bytes, size, count, data in
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return object(data!, as: CurlTransfer.self).takeHeaderLine(line) ? line.count : 0
  }
  static let curlBody: curl_write_callback = { bytes, size, count, data in
    let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return object(data!, as: CurlTransfer.self).takeBody(part) ? part.count : 0
  }
  /// A connection's TLS context was made.
  static let curlTrust: curl_ssl_ctx_callback = { _, context, data in
    object(data!, as: CurlTrust.self).apply(to: OpaquePointer(context!))
    return CURLE_OK
  }
}
