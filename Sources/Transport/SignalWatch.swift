// A handler of one POSIX signal on the event loop.
import CTransport

/// Watches one signal; confined to the loop's thread.
final class SignalWatch: @unchecked Sendable {
  private let handle = UnsafeMutablePointer<uv_signal_t>.allocate(capacity: 1)
  let handler: @Sendable () -> Void

  init(handler: @escaping @Sendable () -> Void) { self.handler = handler }
  deinit { handle.deallocate() }

  func start(on loop: UnsafeMutablePointer<uv_loop_t>, number: Int32) {
    uv_signal_init(loop, handle)
    handle.pointee.data = CallbackBridge.pointer(to: self)
    uv_signal_start(handle, CallbackBridge.signal, number)
  }

  /// Closes the handle; the object has to live until the loop has run once more.
  func stop() {
    uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self), nil)
  }
}
