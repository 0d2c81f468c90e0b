// A ledger's file that is busy while sessions wait to be begun.
import Foundation
import GRDB
import Ledger

@testable import LedgerSQLite

/// Keeps the file busy until it is let go.
struct Jam {
  private let semaphore = DispatchSemaphore(value: 0)
  /// The beginnings that wait, in order.
  let tasks: [Task<Lease, any Error>]

  /// Returns once the file is busy and every beginning waits.
  init(_ file: LedgerFile, beginning sessions: [String], in ledger: SQLiteLedger, on stage: FileStage) async {
    await Self.occupy(file, until: semaphore)
    tasks = sessions.map { stage.begin($0, in: ledger) }
    while await ledger.pendingCount < sessions.count { await Task.yield() }
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
