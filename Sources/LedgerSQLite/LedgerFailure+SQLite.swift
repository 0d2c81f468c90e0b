// SQLite's errors in the ledger's words.
import GRDB
import Ledger

extension LedgerFailure {
  /// Takes SQLite's own message, which names no value, and never the statement or its arguments.
  init(_ error: any Error) {
    guard let error = error as? DatabaseError else {
      self = error as? LedgerFailure ?? LedgerFailure(.unavailable, "the ledger's file cannot be used")
      return
    }
    let words = "\(error.message ?? "unknown") (SQLite code \(error.extendedResultCode.rawValue))"
    switch error.resultCode {
    case .SQLITE_FULL: self.init(.full, "no room is left for the ledger: \(words)")
    case .SQLITE_READONLY: self.init(.readOnly, "the ledger cannot be written: \(words)")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      self.init(
        .corrupt,
        "the ledger's file is damaged: \(words). Restore a back-up, or move the file away: then sessions that are open "
          + "at providers stay so until their idle limit")
    case .SQLITE_BUSY, .SQLITE_LOCKED: self.init(.inUse, "another program holds the ledger: \(words)")
    default: self.init(.unavailable, "the ledger cannot be used: \(words)")
    }
  }
}
