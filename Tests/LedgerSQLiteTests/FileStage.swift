// Sets up a folder with a ledger in it on an event loop, counts its commits, and keeps its file busy.
import Basics
import Foundation
import Ledger
import LedgerTestSupport
import MockClock
import Transport

@testable import LedgerSQLite

/// Everything that a test of the file needs.
struct FileStage {
  let loop: EventLoop
  let clock = SteppableClock()
  let folder: URL

  var path: String { folder.appendingPathComponent("ledger.db").path }

  /// How many transactions stand in the file's log, which is folded in only at its end, or every thousand pages: the
  /// last page of each says how large the file is then (sqlite.org/fileformat2.html section 4.1).
  var commitCount: Int {
    get throws {
      let log = [UInt8](try Data(contentsOf: URL(filePath: path + "-wal")))
      func number(at place: Int) -> Int { log[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
      return stride(from: 32, to: log.count, by: 24 + number(at: 8)).count { number(at: $0 + 4) != 0 }
    }
  }

  /// Runs a test on a fresh stage, and takes it down whatever happens.
  static func run(_ body: (FileStage) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ledger-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let loop = try EventLoop()
    do { try await body(FileStage(loop: loop, folder: folder)) } catch {
      await loop.stop()
      throw error
    }
    await loop.stop()
  }

  func open() throws(LedgerFailure) -> SQLiteLedger { try SQLiteLedger(path: path, executor: loop, clock: clock) }

  func open(_ file: LedgerFile, _ change: (inout SQLiteLedger.Bounds) -> Void = { _ in }) -> SQLiteLedger {
    var bounds = SQLiteLedger.Bounds()
    change(&bounds)
    return SQLiteLedger(file: file, executor: loop, clock: clock, bounds: bounds)
  }

  /// Begins a session while the test does something else.
  func begin(_ session: String, in ledger: SQLiteLedger) -> Task<Lease, any Error> {
    Task(executorPreference: loop) { try await ledger.begin(.sample(session)) }
  }

  /// The failure of opening the file; nil when it could be opened.
  func failureOfOpening() -> LedgerFailure? {
    do throws(LedgerFailure) { _ = try open() } catch { return error }
    return nil
  }
}

/// Keeps the file busy until it is let go.
struct Jam<Value: Sendable> {
  private let semaphore = DispatchSemaphore(value: 0)
  /// What waits, in order.
  let tasks: [Task<Value, any Error>]

  /// Returns once the file is busy and every beginning waits.
  init(_ file: LedgerFile, beginning sessions: [String], in ledger: SQLiteLedger, on stage: FileStage) async
  where Value == Lease {
    await self.init(file, in: ledger) { sessions.map { stage.begin($0, in: ledger) } }
  }

  /// Returns once the file is busy and every fact waits to be recorded.
  init(
    _ file: LedgerFile, recording facts: [(facts: [LedgerFact], session: String, lease: Lease)],
    in ledger: SQLiteLedger, on stage: FileStage
  ) async where Value == Void {
    await self.init(file, in: ledger) {
      facts.map { facts, session, lease in
        Task(executorPreference: stage.loop) { try await ledger.record(facts, of: session, under: lease) }
      }
    }
  }

  private init(_ file: LedgerFile, in ledger: SQLiteLedger, _ ask: () -> [Task<Value, any Error>]) async {
    await Self.occupy(file, until: semaphore)
    tasks = ask()
    while await ledger.pendingCount < tasks.count, !Task.isCancelled { await Task.yield() }
  }

  func letGo() { semaphore.signal() }

  private static func occupy(_ file: LedgerFile, until semaphore: DispatchSemaphore) async {
    await withCheckedContinuation { entered in
      Task.detached {
        await file.use { _ in
          entered.resume()
          semaphore.wait()
        }
      }
    }
  }
}

extension LedgerFile {
  /// Does something to the file past the ledger, in its turn.
  func use<Value: Sendable>(_ body: @Sendable (SQLiteConnection) throws -> Value) rethrows -> Value {
    try body(connection)
  }
}
