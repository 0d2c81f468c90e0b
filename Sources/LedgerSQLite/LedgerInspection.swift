// Looks at a ledger's file without taking it, so that a relay that runs with it is no obstacle.
import Glibc
import Ledger

extension SQLiteLedger {
  /// Looks whether a ledger could be opened at a path, as far as can be seen without opening it: the folder, whose the
  /// files are, and whether the file is this program's. Nothing is made or changed.
  /// - Throws: ``LedgerFailure`` that says what to do.
  public static func check(path: String) throws(LedgerFailure) {
    let end = path.lastIndex(of: "/")
    let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard access(folder, W_OK | X_OK) == 0 else { throw PrivateFile.failure("the folder \(folder) cannot be written to") }
    try PrivateFile.checkExisting(
      ["\(path).lock": "the lock file \(path).lock", path: "the ledger \(path)"], sideFilesOf: path)
    try FileHead(path)?.check(path)
  }
}

/// The beginning of a database file (sqlite.org/fileformat2.html section 1.3).
private struct FileHead {
  private static let size = 100
  private static let mark = Array("SQLite format 3\0".utf8)
  /// Where the application's id stands, in four bytes.
  private static let applicationID = 68..<72

  private let bytes: [UInt8]

  /// Nil where there is no file, or an empty one.
  init?(_ path: String) throws(LedgerFailure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      guard errno != ENOENT else { return nil }
      throw PrivateFile.failure("the ledger \(path) cannot be opened")
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Self.size)
    let count = read(descriptor, &bytes, Self.size)
    guard count >= 0 else { throw PrivateFile.failure("the ledger \(path) cannot be read") }
    guard count > 0 else { return nil }
    self.bytes = Array(bytes.prefix(count))
  }

  func check(_ path: String) throws(LedgerFailure) {
    guard bytes.count == Self.size, bytes.starts(with: Self.mark) else {
      throw LedgerFailure(.corrupt, "the ledger \(path) is no database; name another file")
    }
    let id = bytes[Self.applicationID].reduce(0) { $0 << 8 | Int32($1) }
    guard id == 0 || id == LedgerSchema.applicationID else {
      throw LedgerFailure(.corrupt, "the ledger \(path) is a database of another program; name another file")
    }
  }
}
