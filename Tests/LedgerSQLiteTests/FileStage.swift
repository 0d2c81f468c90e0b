// Sets up a folder with a ledger in it on an event loop, keeps its file busy, and counts its commits.
import Basics
import Foundation
import GRDB
import Ledger
import LedgerTestSupport
import MockClock
import Synchronization
import Transport

@testable import LedgerSQLite

/// Everything that a test of the file needs.
struct FileStage {
  let loop: EventLoop
  let clock = SteppableClock()
  let folder: URL

  var path: String { folder.appendingPathComponent("ledger.db").path }

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
    while await ledger.pendingCount < tasks.count { await Task.yield() }
  }

  func letGo() { semaphore.signal() }

  private static func occupy(_ file: LedgerFile, until semaphore: DispatchSemaphore) async {
    await withCheckedContinuation { entered in
      Thread.detachNewThread {
        file.queue.writeWithoutTransaction { _ in
          entered.resume()
          semaphore.wait()
        }
      }
    }
  }
}

/// Counts transactions that changed something.
final class CommitCount: TransactionObserver, Sendable {
  private let commits = Mutex(0)
  var count: Int { commits.withLock { $0 } }

  func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
  func databaseDidChange(with event: DatabaseEvent) {}
  func databaseDidCommit(_ db: Database) { commits.withLock { $0 += 1 } }
  func databaseDidRollback(_ db: Database) {}
}
