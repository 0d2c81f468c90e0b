// Keeps the threads of one process from closing each other's descriptors where C libraries do not, and sets how many
// there may be.
import CTransport
import Glibc
import Synchronization

/// One lock for what belongs to the whole process. It is held exclusively while a library context is made or freed, and
/// shared while a descriptor is opened, so that none is opened at the moment when libwebsockets frees a number that it
/// will close again (``EventDescriptorGuard``). Without contention it costs some nanoseconds.
package enum ProcessLock {
  private final class Lock: @unchecked Sendable {
    let handle = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
    init() { pthread_rwlock_init(handle, nil) }
  }
  /// Never freed: it lives as long as the process.
  private static let lock = Lock()

  static func alone<Value>(_ body: () -> Value) -> Value {
    pthread_rwlock_wrlock(lock.handle)
    defer { pthread_rwlock_unlock(lock.handle) }
    return body()
  }

  package static func shared<Value>(_ body: () -> Value) -> Value {
    pthread_rwlock_rdlock(lock.handle)
    defer { pthread_rwlock_unlock(lock.handle) }
    return body()
  }
}

/// `lws_context_destroy` closes the context's eventfd at once and, on a foreign libuv loop, again from the close
/// callback (strace of one start and stop shows `close(26) = 0`, `close(26) = EBADF`). In a process with several loops
/// another thread may own that number by then.
///
/// The system gives out the lowest free number. So some numbers below the eventfd are kept in reserve from before it
/// was made, and are freed just before the first close: what other threads open in that moment lands there. Right after
/// it, the eventfd's number is taken by a copy that the second close closes.
struct EventDescriptorGuard {
  /// How many descriptors others may open between the first close and ``holdNumber()``. What this module opens waits for
  /// ``ProcessLock`` meanwhile; the reserve is for what it does not know of.
  static let reserveCount = 32

  private let loop: UnsafeMutablePointer<uv_loop_t>
  private var reserve: [Int32]
  private let descriptor: Int32?

  /// Runs what creates the context, and finds the descriptor that it added to the loop.
  init(_ loop: UnsafeMutablePointer<uv_loop_t>, around create: () -> Void) {
    self.loop = loop
    let taken = (0..<Self.reserveCount).map { _ in fcntl(uv_backend_fd(loop), F_DUPFD_CLOEXEC, 3) }.filter { $0 >= 0 }
    let before = Self.polled(loop)
    create()
    let added = Self.polled(loop).subtracting(before).first
    descriptor = added
    reserve = taken.filter { $0 < added ?? 0 }
    for number in taken where number >= added ?? 0 { close(number) }
  }

  /// To be called right before the first destroy.
  mutating func freeReserve() {
    for number in reserve { close(number) }
    reserve = []
  }

  /// To be called right after the first destroy.
  func holdNumber() {
    guard let descriptor else { return }
    let copy = fcntl(uv_backend_fd(loop), F_DUPFD_CLOEXEC, descriptor)
    // Taken already, against all odds: nothing that we own may stay behind.
    if copy >= 0, copy != descriptor { close(copy) }
  }

  /// The descriptors of all sockets that the loop watches.
  private static func polled(_ loop: UnsafeMutablePointer<uv_loop_t>) -> Set<Int32> {
    let found = DescriptorSet()
    uv_walk(loop, CallbackBridge.collectDescriptor, CallbackBridge.pointer(to: found))
    return found.descriptors
  }
}

/// What a walk over the loop's handles finds.
final class DescriptorSet {
  var descriptors: Set<Int32> = []
}

/// The soft limit of file descriptors.
public enum DescriptorLimit {
  /// The most that is asked for. A hard limit of a billion, as containers have it, must not be taken as it is:
  /// libwebsockets allocates tables for the whole limit.
  static let maximum = 262_144
  /// For what is open besides: files, pipes, connections to providers.
  static let besides = 4096
  /// For how many connections there is to be room.
  private static let wanted = Mutex(0)

  /// Sets the soft limit to what so many connections need, or to the hard one where that is less. The largest number that
  /// was asked for counts.
  ///
  /// It has to be known before the first listener: libwebsockets 4.1.6 looks through a table as long as the limit whenever a
  /// connection comes or goes, to be sure that its number is not there twice. With 262,144 that takes 1.7 million
  /// instructions, four times what else a connection costs.
  public static func makeRoom(forConnections count: Int) {
    let wanted = wanted.withLock { wanted in
      wanted = max(wanted, min(count, maximum - besides))
      return wanted + besides
    }
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, rlim_t(wanted))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
