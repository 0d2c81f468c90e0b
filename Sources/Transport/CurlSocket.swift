// One socket of libcurl's that the event loop watches.
import CTransport

/// Watches a descriptor that libcurl owns; confined to the loop's thread.
final class CurlSocket {
  private let handle: UnsafeMutablePointer<uv_poll_t>
  private var events: Int32 = 0

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
    events = 0
    if interest & CURL_POLL_IN != 0 { events |= Int32(UV_READABLE.rawValue) }
    if interest & CURL_POLL_OUT != 0 { events |= Int32(UV_WRITABLE.rawValue) }
    arm()
  }

  /// Watches again for the same events: libuv stops a handle by itself when it meets an error.
  func rearmIfStopped() {
    let isActive = uv_is_active(handle.asHandle) != 0
    if !isActive { arm() }
  }

  /// Stops to watch; libcurl may close the descriptor right afterwards.
  func close() {
    uv_close(handle.asHandle, CallbackBridge.freePollHandle)
  }

  private func arm() { uv_poll_start(handle, events, CallbackBridge.curlSocketReady) }
}
