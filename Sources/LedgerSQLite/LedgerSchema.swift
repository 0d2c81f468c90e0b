// Makes the tables, and turns older files into newer ones.
import GRDB
import Ledger

/// The versions of the file. A version that has been released is never changed.
enum LedgerSchema {
  /// "AvRl", by which the file is known as this program's (SQLite's `application_id`).
  static let applicationID: Int32 = 0x4176_526C

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(
        sql: """
          CREATE TABLE session (
            ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
            session TEXT NOT NULL UNIQUE,
            provider TEXT NOT NULL,
            relay TEXT NOT NULL,
            intendedAt INTEGER NOT NULL,
            subject TEXT,
            intendedIdleMs INTEGER,
            owner TEXT NOT NULL,
            fence INTEGER NOT NULL,
            state TEXT NOT NULL,
            handle TEXT,
            terms TEXT,
            secrets TEXT NOT NULL,
            openedAt INTEGER,
            describedAt INTEGER,
            connectedAt INTEGER,
            lastActiveAt INTEGER NOT NULL,
            highestSpeak INTEGER,
            reason TEXT,
            failedCloses INTEGER NOT NULL,
            ending TEXT
          );
          CREATE INDEX unended ON session (provider) WHERE state <> 'ended';
          CREATE INDEX ended ON session (ordinal) WHERE state = 'ended';
          CREATE TABLE speak (
            session TEXT NOT NULL REFERENCES session (session) ON DELETE CASCADE,
            request INTEGER NOT NULL,
            ordinal INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            at INTEGER NOT NULL,
            outcome TEXT,
            PRIMARY KEY (session, request)
          ) WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("2") { db in
      try db.execute(
        sql: "CREATE TABLE account (day INTEGER PRIMARY KEY, milliseconds INTEGER NOT NULL)")
    }
    migrator.registerMigration("3") { db in
      try db.execute(
        sql: """
          ALTER TABLE session ADD COLUMN endedAt INTEGER;
          ALTER TABLE session ADD COLUMN iceState TEXT;
          ALTER TABLE session ADD COLUMN dataChannel TEXT;
          """)
    }
    return migrator
  }

  /// Brings a file to the newest version, and refuses one that is damaged, newer or another program's.
  static func prepare(_ queue: DatabaseQueue) throws {
    try queue.read { db in
      let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
      let id = try Int32.fetchOne(db, sql: "PRAGMA application_id")
      guard isEmpty || id == applicationID else {
        throw LedgerFailure(.corrupt, "the ledger's file is a database of another program; name another file")
      }
      let check = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
      guard check == "ok" else {
        throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: check)
      }
      guard try !migrator.hasBeenSuperseded(db) else {
        throw LedgerFailure(.tooNew, "the ledger's file was written by a newer version; run that, or name another file")
      }
    }
    try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA application_id = \(applicationID)") }
    try migrator.migrate(queue)
  }
}
