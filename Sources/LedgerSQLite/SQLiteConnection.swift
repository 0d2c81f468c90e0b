// Speaks SQLite: opens a file, runs statements, which stay prepared, and turns result codes into errors.
import CLedgerSQLite
import Ledger

/// A value as SQLite keeps it. The ledger has no fractions and no blobs.
enum SQLiteValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case text(String)

  init(_ integer: Int64?) { self = integer.map { .integer($0) } ?? .null }
  init(_ text: String?) { self = text.map { .text($0) } ?? .null }

  var integer: Int64? { if case .integer(let integer) = self { integer } else { nil } }
  var text: String? { if case .text(let text) = self { text } else { nil } }
}

/// What SQLite refused (sqlite.org/rescode.html).
struct SQLiteError: Error {
  /// The extended result code.
  let code: Int32
  /// SQLite's own words. They may name tables and columns, and never a value.
  let message: String

  /// The primary result code.
  var kind: Int32 { code & 0xFF }
}

/// One row of what a statement found.
struct SQLiteRow {
  /// The columns' names, in order.
  let names: [String]
  let values: [SQLiteValue]

  /// - Throws: ``LedgerFailure`` where it is no integer.
  func integer(_ name: String) throws(LedgerFailure) -> Int64 {
    guard let integer = self[name].integer else { throw Self.unreadable }
    return integer
  }

  /// - Throws: ``LedgerFailure`` where it is no text.
  func text(_ name: String) throws(LedgerFailure) -> String {
    guard let text = self[name].text else { throw Self.unreadable }
    return text
  }

  /// Nil where the row has no value.
  func textIfAny(_ name: String) throws(LedgerFailure) -> String? { self[name] == .null ? nil : try text(name) }

  private subscript(_ name: String) -> SQLiteValue { names.firstIndex(of: name).map { values[$0] } ?? .null }

  /// Another program's hand was in the file, or a newer version's.
  static let unreadable = LedgerFailure(.corrupt, "a line of the ledger cannot be understood")
}

/// An open database file. Whoever uses it is alone with it.
final class SQLiteConnection {
  /// Nil once it is closed.
  private(set) var handle: OpaquePointer?
  /// The statements that were run, by their text. They are as many as this program has texts, none of which holds a
  /// value.
  private var statements: [String: SQLiteStatement] = [:]

  /// Opens a file, or makes one.
  /// - Parameter patience: how long each statement waits for another program that holds the file.
  init(path: String, patience: Duration) throws(SQLiteError) {
    // Without SQLite's own lock: there is never a second user.
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(path, &handle, flags, nil)
    guard code == SQLITE_OK else {
      let failure = failure(code)
      close()
      throw failure
    }
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_timeout(handle, Int32(patience / .milliseconds(1)))
  }

  deinit { close() }

  /// Lets the file go; the last one that does folds the log into it.
  func close() {
    statements = [:]
    sqlite3_close_v2(handle)
    handle = nil
  }

  /// Runs one statement.
  /// - Parameter values: what stands for its question marks, in order.
  /// - Returns: the rows that it found.
  @discardableResult
  func run(_ sql: String, _ values: [SQLiteValue] = []) throws(SQLiteError) -> [SQLiteRow] {
    let statement = try prepared(sql)
    defer { statement.reset() }
    for (index, value) in values.enumerated() { try check(statement.bind(value, at: Int32(index + 1))) }
    var rows: [SQLiteRow] = []
    var names: [String] = []
    while true {
      let code = sqlite3_step(statement.handle)
      switch code {
      case SQLITE_DONE: return rows
      case SQLITE_ROW:
        // Not earlier: a statement that was prepared before the tables changed is prepared anew by its first step.
        if rows.isEmpty { names = statement.names }
        rows.append(SQLiteRow(names: names, values: statement.values))
      default: throw failure(code)
      }
    }
  }

  /// Runs one statement for the first value of its first row; nil where there is none, or it is no integer.
  func integer(_ sql: String, _ values: [SQLiteValue] = []) throws(SQLiteError) -> Int64? {
    try run(sql, values).first?.values.first?.integer
  }

  /// Runs several statements, which have no values and whose rows nobody asks for.
  func runScript(_ sql: String) throws(SQLiteError) { try check(sqlite3_exec(handle, sql, nil, nil, nil)) }

  /// How many rows the last statement that writes has changed.
  var changesCount: Int32 { sqlite3_changes(handle) }

  /// Keeps all that is done in a body, or nothing, should it or the commit throw.
  func transaction<Value>(_ body: () throws -> Value) throws -> Value {
    try run("BEGIN IMMEDIATE")
    do {
      let value = try body()
      try run("COMMIT")
      return value
    } catch {
      // Some failures, such as a full disk, have ended the transaction already. What is thrown is the cause.
      if sqlite3_get_autocommit(handle) == 0 { _ = try? run("ROLLBACK") }
      throw error
    }
  }

  private func prepared(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
    if let statement = statements[sql] { return statement }
    var statement: OpaquePointer?
    try check(sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil))
    guard let statement else { throw failure(SQLITE_MISUSE) }
    let kept = SQLiteStatement(handle: statement)
    statements[sql] = kept
    return kept
  }

  private func check(_ code: Int32) throws(SQLiteError) {
    guard code == SQLITE_OK else { throw failure(code) }
  }

  private func failure(_ code: Int32) -> SQLiteError {
    let words = handle == nil ? sqlite3_errstr(code) : sqlite3_errmsg(handle)
    return SQLiteError(code: code, message: words.map { String(cString: $0) } ?? "unknown")
  }
}

/// A prepared statement of a ``SQLiteConnection``.
private final class SQLiteStatement {
  let handle: OpaquePointer

  init(handle: OpaquePointer) { self.handle = handle }

  deinit { sqlite3_finalize(handle) }

  /// Lets go of the rows and the values, so that it can be run again.
  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  func bind(_ value: SQLiteValue, at place: Int32) -> Int32 {
    switch value {
    case .null: sqlite3_bind_null(handle, place)
    case .integer(let integer): sqlite3_bind_int64(handle, place, integer)
    case .text(let text): avatar_relay_bind_text(handle, place, text, Int32(clamping: text.utf8.count))
    }
  }

  var names: [String] {
    (0..<sqlite3_column_count(handle)).map { column in
      sqlite3_column_name(handle, column).map { String(cString: $0) } ?? ""
    }
  }

  /// The columns of the row that it stands at.
  var values: [SQLiteValue] {
    (0..<sqlite3_column_count(handle)).map { column in
      switch sqlite3_column_type(handle, column) {
      case SQLITE_NULL: return .null
      case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column))
      default:
        // The text is asked for first: that may change its form, and with that its size.
        let text = sqlite3_column_text(handle, column)
        let size = Int(sqlite3_column_bytes(handle, column))
        return .text(String(decoding: UnsafeBufferPointer(start: text, count: size), as: UTF8.self))
      }
    }
  }
}
