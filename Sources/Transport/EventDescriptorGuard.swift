// Works around a double close in libwebsockets 4.1.6.
import CTransport
import Glibc

/// `lws_context_destroy` closes the context's eventfd at once and, on a foreign libuv loop, again from the close callback
/// (strace of one start and stop shows `close(26) = 0`, `close(26) = EBADF`). In a process with several loops another
/// thread may own that number by then. This keeps the number taken between the two, by a copy that the second one closes.
struct EventDescriptorGuard {
  private let loop: UnsafeMutablePointer<uv_loop_t>
  private let descriptor: Int32?

  /// Runs what creates the context, and finds the descriptor that it added to the loop.
  init(_ loop: UnsafeMutablePointer<uv_loop_t>, around create: () -> Void) {
    self.loop = loop
    let before = Self.polled(loop)
    create()
    descriptor = Self.polled(loop).subtracting(before).first
  }

  /// To be called right after the first destroy.
  func holdNumber() {
    guard let descriptor else { return }
    let copy = fcntl(uv_backend_fd(loop), F_DUPFD_CLOEXEC, descriptor)
    // The number was taken already: nothing that we own may stay behind.
    if copy >= 0, copy != descriptor { close(copy) }
  }

  /// The descriptors of all sockets that the loop watches.
  private static func polled(_ loop: UnsafeMutablePointer<uv_loop_t>) -> Set<Int32> {
    let found = DescriptorSet()
    uv_walk(loop, CallbackBridge.collectDescriptor, CallbackBridge.pointer(to: found))
    return found.descriptors
  }
}

/// What a walk over the loop's handles collects.
final class DescriptorSet {
  var descriptors: Set<Int32> = []
}
