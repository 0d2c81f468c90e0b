// A ledger's file that is busy while sessions wait to be begun.
import Foundation
import GRDB
import Ledger

@testable import LedgerSQLite

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
