// The file itself: opened, checked, and written a batch at a time.
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

  /// Carries requests out in one transaction: all of what is not refused is durable when it returns, or nothing is.
  func carryOut(_ requests: [LedgerRequest]) async -> [Result<LedgerReply, LedgerFailure>] {
    do {
      return try await queue.write { db in
        let tables = LedgerTables(db: db)
        return try requests.map { request in
          do { return .success(try tables.carryOut(request)) } catch let failure as LedgerFailure {
            return .failure(failure)
          } catch let error where !(error is DatabaseError) {
            return .failure(LedgerFailure(.corrupt, "a line of the ledger cannot be understood"))
          }
        }
      }
    } catch {
      let failure = LedgerFailure(error)
      return requests.map { _ in .failure(failure) }
    }
  }

  /// Folds the log into the file and lets both go.
  func close() {
    try? queue.close()
    lock.release()
  }
}
