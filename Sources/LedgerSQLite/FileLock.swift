// Keeps a second relay away from a file.
import Glibc
import Ledger

/// An advisory lock on a file of its own beside the ledger (`flock(2)`). The system lets it go when the process ends,
/// however it ends. The ledger itself stays open to readers, such as a back-up.
final class FileLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock.
  /// - Throws: `.inUse` when another process has it, `.unavailable` when there can be no such file.
  init(path: String) throws(LedgerFailure) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw PrivateFile.failure("the lock file \(path) cannot be opened") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let isTaken = errno == EWOULDBLOCK
      let failure = PrivateFile.failure("the lock file \(path) cannot be locked")
      _ = Glibc.close(descriptor)
      guard isTaken else { throw failure }
      throw LedgerFailure(
        .inUse,
        "another relay uses this ledger (it holds \(path)); give each relay a ledger of its own, or end the other")
    }
    self.descriptor = descriptor
  }

  /// Lets another process have it.
  func release() { _ = flock(descriptor, LOCK_UN) }

  deinit { _ = Glibc.close(descriptor) }
}
