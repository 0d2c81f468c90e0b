// Makes the tables, and turns older files into newer ones.
import CLedgerSQLite
import Ledger

/// The versions of the file. A version that has been released is never changed.
enum LedgerSchema {
  /// "AvRl", by which the file is known as this program's (SQLite's `application_id`).
  static let applicationID: Int32 = 0x4176_526C

  /// What each version does to a file of the one before it. The file lists the names of those that it has had.
  private static let migrations: [(name: String, script: String)] = [
    (
      "1",
      """
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
      """
    ),
    ("2", "CREATE TABLE account (day INTEGER PRIMARY KEY, milliseconds INTEGER NOT NULL)"),
    (
      "3",
      """
      ALTER TABLE session ADD COLUMN endedAt INTEGER;
      ALTER TABLE session ADD COLUMN iceState TEXT;
      ALTER TABLE session ADD COLUMN dataChannel TEXT;
      """
    ),
    ("4", "ALTER TABLE speak ADD COLUMN parts TEXT"),
  ]

  /// Brings a file to the newest version, and refuses one that is damaged, newer or another program's.
  static func prepare(_ db: SQLiteConnection) throws {
    let isEmpty = try db.integer("SELECT count(*) FROM sqlite_master") == 0
    guard try isEmpty || db.integer("PRAGMA application_id") == Int64(applicationID) else {
      throw LedgerFailure(.corrupt, "the ledger's file is a database of another program; name another file")
    }
    let check = try db.run("PRAGMA quick_check(1)").first?.values.first
    guard check == .text("ok") else {
      throw SQLiteError(code: SQLITE_CORRUPT, message: check?.text ?? "no answer")
    }
    if isEmpty {
      try db.transaction {
        try db.run("PRAGMA application_id = \(applicationID)")
        // The name is that of GRDB, the library that files of earlier releases were made with.
        try db.run("CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
      }
    }
    let had = Set(try db.run("SELECT identifier FROM grdb_migrations").map { try $0.text("identifier") })
    guard had.isSubset(of: migrations.map(\.name)) else {
      throw LedgerFailure(.tooNew, "the ledger's file was written by a newer version; run that, or name another file")
    }
    for migration in migrations where !had.contains(migration.name) {
      try db.transaction {
        try db.runScript(migration.script)
        try db.run("INSERT INTO grdb_migrations (identifier) VALUES (?)", [.text(migration.name)])
      }
    }
  }
}
