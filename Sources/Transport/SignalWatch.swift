// A handler of one POSIX signal on the event loop.
import CTransport
import Glibc

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
    // A program that was started from a thread which blocks signals inherits that; here they are wanted.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, number)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Closes the handle; the object has to live until the loop has run once more.
  func stop() {
    uv_close(handle.asHandle, nil)
  }
}
