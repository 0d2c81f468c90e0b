// A folder with a ledger in it, on an event loop.
import Foundation
import Ledger
import LedgerTestSupport
import Timekeeping
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
