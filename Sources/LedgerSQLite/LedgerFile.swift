// Opens the ledger's file, checks it, and writes to it a batch at a time; keeps other programs and other eyes away.
import Glibc
import GRDB
import Ledger

/// An SQLite database in WAL mode that one process at a time writes.
struct LedgerFile: Sendable {
  /// What a commit waits for.
  enum Durability: String, Sendable, CaseIterable {
    /// The disk has it: it survives a power cut.
    case full = "FULL"
    /// The system has it: it survives the process.
    case normal = "NORMAL"
  }

  private let lock: FileLock
  let queue: DatabaseQueue

  /// Opens a file, or makes one.
  /// - Throws: ``LedgerFailure`` that says what to do about it.
  init(path: String, durability: Durability) throws(LedgerFailure) {
    lock = try FileLock(path: path + ".lock")
    try PrivateFile.prepare(path)
    do {
      queue = try DatabaseQueue(path: path, configuration: Self.configuration(durability))
      try LedgerSchema.prepare(queue)
    } catch { throw LedgerFailure(error) }
  }

  private static func configuration(_ durability: Durability) -> Configuration {
    var configuration = Configuration()
    configuration.label = "avatar-relay.ledger"
    configuration.journalMode = .wal
    // A back-up that reads may hold the file for a moment.
    configuration.busyMode = .timeout(2)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = \(durability.rawValue)")
      // Handles may hold credentials: what is deleted is overwritten.
      try db.execute(sql: "PRAGMA secure_delete = ON")
    }
    return configuration
  }

  /// A call of the ledger on its way into the file: it works on the tables and returns how its caller is told what came
  /// of it. It throws only what spoils the whole transaction.
  typealias Work = @Sendable (LedgerTables) throws -> @Sendable () -> Void

  /// Carries calls out in one transaction: all of what is not refused is durable when it returns, or nothing is.
  /// - Returns: for each call, in order, how its caller is told.
  func carryOut(_ work: [Work]) async throws(LedgerFailure) -> [@Sendable () -> Void] {
    do {
      return try await queue.write { db in
        let tables = LedgerTables(db: db)
        return try work.map { try $0(tables) }
      }
    } catch { throw LedgerFailure(error) }
  }

  /// Folds the log into the file and lets both go.
  func close() {
    try? queue.close()
    lock.release()
  }
}

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

/// Makes and checks the ledger's file before SQLite sees it; SQLite gives its side files the same permissions.
enum PrivateFile {
  /// Makes the file with mode 0600, or takes group's and others' permissions away from one that is there.
  static func prepare(_ path: String) throws(LedgerFailure) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("the ledger \(path) cannot be opened") }
    defer { _ = Glibc.close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("the ledger \(path) cannot be examined") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw LedgerFailure(.unavailable, "the ledger \(path) is not a file")
    }
    guard status.st_mode & 0o077 != 0 else { return }
    guard fchmod(descriptor, 0o600) == 0 else { throw failure("the ledger \(path) is open to others") }
  }

  /// What the system said last, with the words around it.
  static func failure(_ what: String) -> LedgerFailure {
    let number = errno
    let words = String(cString: strerror(number))
    let code: LedgerFailure.Code =
      switch number {
      case ENOSPC, EDQUOT: .full
      case EROFS, EACCES, EPERM: .readOnly
      default: .unavailable
      }
    return LedgerFailure(code, "\(what): \(words)")
  }
}
