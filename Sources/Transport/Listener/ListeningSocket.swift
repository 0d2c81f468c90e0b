// Binds the sockets that a configured address means, and accepts connections on them.
import CTransport
import Glibc

/// Binds, listens and accepts; confined to the loop's thread once started.
final class ListeningSocket: @unchecked Sendable {
  private let descriptor: Int32
  private let poll: UnsafeMutablePointer<uv_poll_t>
  private let unixFile: UnixSocketFile?
  private var isOpen = true
  private var onAccept: ((Int32, SocketAddress) -> Void)?
  private var onExhaustion: (() -> Void)?
  private var onClosed: (() -> Void)?

  /// How many connections are taken before others get their turn.
  private static let burst = 64
  /// As many as the system allows (net.core.somaxconn cuts it).
  private static let backlog: Int32 = 4096

  let port: Int?

  /// Binds and listens.
  init(
    _ address: SocketAddress, unixFile: UnixSocketFile? = nil, fileMode: UInt32? = nil
  ) throws(TransportError) {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = ProcessLock.shared { socket(address.family, kind, 0) }
    guard descriptor >= 0 else { throw TransportError(system: errno) }
    var on: Int32 = 1
    // Lets a restarted program have its port back from connections in TIME_WAIT, and no two programs share one.
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    // Linux gives the file the mode of the socket, so that it never is there with another one.
    if let fileMode { fchmod(descriptor, fileMode) }
    var status = address.withPointer { bind(descriptor, $0, $1) }
    if status == 0 { status = listen(descriptor, Self.backlog) }
    if status != 0 {
      let cause = errno
      Glibc.close(descriptor)
      throw TransportError(system: cause)
    }
    self.descriptor = descriptor
    poll = .allocate(capacity: 1)
    port = SocketAddress.local(of: descriptor).port
    self.unixFile = unixFile
    unixFile?.remember()
  }

  deinit {
    if isOpen { Glibc.close(descriptor) }
    poll.deallocate()
  }

  /// Accepts from now on.
  /// - Parameters:
  ///   - onAccept: is given each new descriptor and has to close it.
  ///   - onExhaustion: is called when there are no descriptors left; accepting then pauses until ``resume()``.
  func start(
    on loop: EventLoop, onAccept: @escaping (Int32, SocketAddress) -> Void, onExhaustion: @escaping () -> Void
  ) {
    self.onAccept = onAccept
    self.onExhaustion = onExhaustion
    uv_poll_init(loop.uvLoop, poll, descriptor)
    poll.pointee.data = CallbackBridge.pointer(to: self)
    resume()
  }

  func resume() {
    guard isOpen else { return }
    uv_poll_start(poll, Int32(UV_READABLE.rawValue), CallbackBridge.acceptable)
  }

  func acceptWaiting() {
    for _ in 0..<Self.burst where isOpen {
      let (accepted, peer) = SocketAddress.accept(descriptor)
      if accepted >= 0 {
        onAccept?(accepted, peer)
        continue
      }
      switch errno {
      case EINTR, ECONNABORTED: continue
      case EMFILE, ENFILE, ENOBUFS, ENOMEM:
        // The socket stays readable: without a pause the loop would spin.
        uv_poll_stop(poll)
        onExhaustion?()
        return
      default: return
      }
    }
  }

  /// Closes the socket. The object has to live until `closed` is called, which the loop does once it has run on.
  func close(_ closed: @escaping () -> Void) {
    guard isOpen else { return }
    isOpen = false
    onAccept = nil
    onExhaustion = nil
    onClosed = closed
    unixFile?.remove()
    uv_close(poll.asHandle, CallbackBridge.listeningSocketClosed)
    Glibc.close(descriptor)
  }

  func didClose() {
    onClosed?()
    onClosed = nil
  }
}

extension ListeningSocket {
  /// How often another port is tried when the system's choice for one loopback is taken on the other.
  private static let attempts = 16

  /// Binds and listens; two sockets with the same port for `localhost` where there is IPv6.
  static func bound(
    to address: ListenerConfiguration.Address, fileMode: UInt32?
  ) throws(TransportError) -> [ListeningSocket] {
    switch address {
    case .unix(let path):
      guard let socketAddress = SocketAddress(path: path) else {
        throw TransportError(.invalidAddress, "a socket path has 1 to 107 bytes")
      }
      let file = UnixSocketFile(path: path)
      try file.makeWay(socketAddress)
      return [try ListeningSocket(socketAddress, unixFile: file, fileMode: fileMode)]
    case .tcp("localhost", let port): return try loopbacks(port)
    case .tcp(let host, let port):
      guard let socketAddress = SocketAddress(host: host, port: port) else {
        throw TransportError(.invalidAddress, "a numeric address or localhost, and a port from 0 to 65535, are needed")
      }
      return [try ListeningSocket(socketAddress)]
    }
  }

  private static func loopbacks(_ port: Int) throws(TransportError) -> [ListeningSocket] {
    var attempt = 1
    while true {
      guard let v4 = SocketAddress(host: "127.0.0.1", port: port) else {
        throw TransportError(.invalidAddress, "a port from 0 to 65535 is needed")
      }
      let first = try ListeningSocket(v4)
      guard let chosen = first.port, let v6 = SocketAddress(host: "::1", port: chosen) else { return [first] }
      do { return [first, try ListeningSocket(v6)] } catch {
        switch error.code {
        // A machine without IPv6.
        case .invalidAddress, .listen: return [first]
        case .addressInUse where port == 0 && attempt < attempts: attempt += 1
        default: throw error
        }
      }
    }
  }
}

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
