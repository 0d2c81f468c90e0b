// The file of a unix socket.
import CTransport
import Glibc

/// Makes way for a unix socket and cleans up after it, without touching what is not its own.
final class UnixSocketFile {
  private let path: String
  private var identity: (dev_t, ino_t)?

  init(path: String) { self.path = path }

  /// Removes a socket file that nobody listens on.
  /// - Throws: `.addressInUse` when somebody does, `.listen` when the file is no socket.
  func makeWay(_ address: SocketAddress) throws(TransportError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw TransportError(.listen, "a file that is no socket is there")
    }
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let probe = ProcessLock.shared { socket(AF_UNIX, kind, 0) }
    guard probe >= 0 else { throw TransportError(system: errno) }
    defer { close(probe) }
    if address.withPointer({ connect(probe, $0, $1) }) == 0 || errno != ECONNREFUSED {
      throw TransportError(.addressInUse, "another program listens on the socket")
    }
    unlink(path)
  }

  /// Notes which file was made.
  func remember() {
    var status = stat()
    if lstat(path, &status) == 0 { identity = (status.st_dev, status.st_ino) }
  }

  /// Removes the file if it is still the one that was made.
  func remove() {
    var status = stat()
    guard let identity, lstat(path, &status) == 0, (status.st_dev, status.st_ino) == identity else { return }
    unlink(path)
  }
}
