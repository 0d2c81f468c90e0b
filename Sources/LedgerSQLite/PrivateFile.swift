// A file that nobody but its owner may read.
import Glibc
import Ledger

/// Makes and checks the ledger's file before SQLite sees it; SQLite gives its side files the same permissions.
enum PrivateFile {
  /// Makes the file with mode 0600, or takes group's and others' permissions away from one that is there.
  static func prepare(_ path: String) throws(LedgerFailure) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("the ledger \(path) cannot be opened") }
    defer { _ = Glibc.close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("the ledger \(path) cannot be examined") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw LedgerFailure(.unavailable, "the ledger \(path) is not a file")
    }
    guard status.st_mode & 0o077 != 0 else { return }
    guard fchmod(descriptor, 0o600) == 0 else { throw failure("the ledger \(path) is open to others") }
  }

  /// How many bytes a file has; 0 where there is none.
  static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// What the system said last, with the words around it.
  static func failure(_ what: String) -> LedgerFailure {
    let number = errno
    let words = String(cString: strerror(number))
    let code: LedgerFailure.Code =
      switch number {
      case ENOSPC, EDQUOT: .full
      case EROFS, EACCES, EPERM: .readOnly
      default: .unavailable
      }
    return LedgerFailure(code, "\(what): \(words)")
  }
}
