// Keeps the threads of one process out of each other's way where C libraries do not.
import Glibc

/// One lock for what belongs to the whole process. Held alone while a library context is made or freed, and shared
/// while a descriptor is opened, so that none is opened in the moment in which libwebsockets frees a number that it
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
