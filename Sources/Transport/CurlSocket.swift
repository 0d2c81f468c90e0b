// One socket of libcurl's that the event loop watches.
import CTransport

/// Watches a descriptor that libcurl owns; confined to the loop's thread.
///
/// Each change of what is watched costs system calls, and libcurl gives a connection up and takes it again with every
/// request. So what was watched last is watched on while nobody wants it, until something happens on it.
final class CurlSocket {
  private let handle: UnsafeMutablePointer<uv_poll_t>
  /// What libcurl wants to hear of; nothing between two requests.
  private var wanted: Int32 = 0
  /// What libuv watches for.
  private var watched: Int32 = 0

  /// - Returns: nil when libuv refuses the descriptor: something else has closed it or still watches its number. The
  ///   transfer then ends by its deadline.
  init?(_ descriptor: curl_socket_t, on loop: UnsafeMutablePointer<uv_loop_t>, for multi: CurlMulti) {
    handle = .allocate(capacity: 1)
    let status = uv_poll_init(loop, handle, descriptor)
    guard status == 0 else {
      handle.deallocate()
      assertionFailure("descriptor \(descriptor) of libcurl cannot be watched: \(status)")
      return nil
    }
    handle.pointee.data = CallbackBridge.pointer(to: multi)
  }

  func watch(interest: Int32) {
    wanted = 0
    if interest & CURL_POLL_IN != 0 { wanted |= Int32(UV_READABLE.rawValue) }
    if interest & CURL_POLL_OUT != 0 { wanted |= Int32(UV_WRITABLE.rawValue) }
    if watched != wanted { arm() }
  }

  /// Nobody wants to hear of it for now.
  func rest() { wanted = 0 }

  /// Whether libcurl has to be told that something happened; if not, it is not watched any more.
  func isWanted() -> Bool {
    if wanted == 0 {
      uv_poll_stop(handle)
      watched = 0
    }
    return wanted != 0
  }

  /// libuv stops a handle by itself when it meets an error.
  func stoppedByError() { watched = 0 }

  /// Watches again after an error that libcurl was told of.
  func rearmIfStopped() { if wanted != 0, watched != wanted { arm() } }

  /// Stops to watch; libcurl may close the descriptor right afterwards.
  func close() {
    uv_close(handle.asHandle, CallbackBridge.freePollHandle)
  }

  private func arm() {
    watched = wanted
    uv_poll_start(handle, wanted, CallbackBridge.curlSocketReady)
  }
}
