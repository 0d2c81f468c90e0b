// One listening socket on the event loop.
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
