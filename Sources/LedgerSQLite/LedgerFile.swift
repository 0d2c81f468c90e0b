// Opens the ledger's file, checks it, and writes to it a batch at a time; keeps other programs and other eyes away.
import CLedgerSQLite
import Dispatch
import Glibc
import Ledger

/// An SQLite database in WAL mode that one process at a time writes. It has a thread of its own, since a disk takes its
/// time.
actor LedgerFile {
  /// What a commit waits for.
  enum Durability: String, Sendable, CaseIterable {
    /// The disk has it: it survives a power cut.
    case full = "FULL"
    /// The system has it: it survives the process.
    case normal = "NORMAL"
  }

  /// A call of the ledger on its way into the file: it works on the tables and returns how its caller is told what came
  /// of it. It throws only what spoils the whole transaction.
  typealias Work = @Sendable (LedgerTables) throws -> @Sendable () -> Void

  private nonisolated let thread = FileExecutor()
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  private let lock: FileLock
  let connection: SQLiteConnection
  private let counts = SpeakCounts()

  /// Opens a file, or makes one; blocks until it is checked.
  /// - Throws: ``LedgerFailure`` that says what to do about it.
  init(path: String, durability: Durability) throws(LedgerFailure) {
    lock = try FileLock(path: path + ".lock")
    try PrivateFile.prepare(path)
    do {
      // A back-up that reads may hold the file for a moment.
      connection = try SQLiteConnection(path: path, patience: .seconds(2))
      guard try connection.run("PRAGMA journal_mode = WAL").first?.values == [.text("wal")] else {
        throw SQLiteError(code: SQLITE_CANTOPEN, message: "no write-ahead log is possible there")
      }
      try connection.run("PRAGMA synchronous = \(durability.rawValue)")
      // Handles may hold credentials: what is deleted is overwritten.
      try connection.run("PRAGMA secure_delete = ON")
      try connection.run("PRAGMA foreign_keys = ON")
      try LedgerSchema.prepare(connection)
    } catch { throw LedgerFailure(error) }
  }

  /// Carries calls out in one transaction: all of what is not refused is durable when it returns, or nothing is.
  /// - Returns: for each call, in order, how its caller is told.
  func carryOut(_ work: [Work]) throws(LedgerFailure) -> [@Sendable () -> Void] {
    do {
      let tables = LedgerTables(db: connection, counts: counts)
      return try connection.transaction { try work.map { try $0(tables) } }
    } catch {
      counts.forgetAll()
      throw LedgerFailure(error)
    }
  }

  /// Folds the log into the file and lets both go.
  func close() {
    connection.close()
    lock.release()
  }
}

/// Runs what happens to one file, one thing after the other, on a thread that may wait for the disk.
private final class FileExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "avatar-relay.ledger")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

/// An advisory lock on a file of its own beside the ledger (`flock(2)`). The system lets it go when the process ends,
/// however it ends. The ledger itself stays open to readers, such as a back-up.
final class FileLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock.
  /// - Throws: `.inUse` when another process has it, `.unavailable` when there can be no such file.
  init(path: String) throws(LedgerFailure) {
    let descriptor = try PrivateFile.open(path, "the lock file \(path)")
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
  /// Makes the file with mode 0600, or takes group's and others' permissions away from one that is there. SQLite's side
  /// files, which it opens by itself, must be this user's own files too where they are there already.
  static func prepare(_ path: String) throws(LedgerFailure) {
    try checkExisting([:], sideFilesOf: path)
    let descriptor = try open(path, "the ledger \(path)")
    defer { _ = Glibc.close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("the ledger \(path) cannot be examined") }
    guard status.st_mode & 0o077 != 0 else { return }
    guard fchmod(descriptor, 0o600) == 0 else { throw failure("the ledger \(path) is open to others") }
  }

  /// Looks at files that are there already.
  /// - Parameter files: what each is called in an error, by its path.
  static func checkExisting(_ files: [String: String], sideFilesOf path: String) throws(LedgerFailure) {
    let sideFiles = ["\(path)-wal", "\(path)-shm", "\(path)-journal"].map { ($0, "the ledger's side file \($0)") }
    for (file, name) in files.sorted(by: { $0.key < $1.key }) + sideFiles {
      var status = stat()
      guard lstat(file, &status) == 0 else { continue }
      try check(status, name)
    }
  }

  /// Opens a file of this user's own, or makes it.
  /// - Parameter name: what it is called in an error.
  static func open(_ path: String, _ name: String) throws(LedgerFailure) -> Int32 {
    // Whoever may write in the folder could name a file of somebody else's by a link. A pipe would be waited for.
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else {
      throw errno == ELOOP
        ? LedgerFailure(.unavailable, "\(name) is a link; name the file itself") : failure("\(name) cannot be opened")
    }
    var status = stat()
    do throws(LedgerFailure) {
      guard fstat(descriptor, &status) == 0 else { throw failure("\(name) cannot be examined") }
      try check(status, name)
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func check(_ status: stat, _ name: String) throws(LedgerFailure) {
    guard status.st_mode & S_IFMT != S_IFLNK, status.st_nlink <= 1 else {
      throw LedgerFailure(.unavailable, "\(name) is a link; name the file itself")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw LedgerFailure(.unavailable, "\(name) is not a file") }
    guard status.st_uid == geteuid() else {
      throw LedgerFailure(.unavailable, "\(name) is another user's; give the relay a file of its own")
    }
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
