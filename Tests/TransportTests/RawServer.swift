// A server whose every byte and every close a test decides: plain TCP on loopback, one thread a connection.
import Foundation
import Glibc
import Synchronization

/// Listens on a free loopback port and runs the script on each connection. Keeps what it has read.
final class RawServer: Sendable {
  typealias Script = @Sendable (RawConnection) -> Void

  let port: Int
  private let listening: Int32
  private let state = Mutex(State())

  private struct State {
    var requests: [RawRequest] = []
    var connectionCount = 0
    var open: Set<Int32> = []
  }

  init(_ script: @escaping Script) throws {
    listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let (descriptor, size) = (listening, length)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(descriptor, generic, size) | listen(descriptor, 128) | getsockname(descriptor, generic, &length)
      }
    }
    guard status == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [self] in acceptAll(script) }
  }

  var url: String { "http://127.0.0.1:\(port)" }
  /// Everything read so far, in order of arrival.
  var requests: [RawRequest] { state.withLock { $0.requests } }
  var connectionCount: Int { state.withLock { $0.connectionCount } }
  var openConnectionCount: Int { state.withLock { $0.open.count } }

  /// How often each path was seen.
  var countByPath: [String: Int] { requests.reduce(into: [:]) { $0[$1.path, default: 0] += 1 } }

  /// Waits until that many requests were read.
  func sawRequests(_ count: Int) async { while requests.count < count { await Task.yield() } }

  func stop() {
    // The accepting thread closes it, so that it cannot accept on a number that is another socket's by then.
    shutdown(listening, Int32(SHUT_RDWR))
    state.withLock { state in for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) } }
  }

  func note(_ request: RawRequest) { state.withLock { $0.requests.append(request) } }

  private func acceptAll(_ script: @escaping Script) {
    while true {
      let descriptor = accept(listening, nil, nil)
      if descriptor < 0, errno == EINTR { continue }
      guard descriptor >= 0 else {
        close(listening)
        return
      }
      // A child process that held it as well would keep it open.
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      let number = state.withLock { state in
        state.connectionCount += 1
        state.open.insert(descriptor)
        return state.connectionCount
      }
      Thread.detachNewThread { [self] in
        let connection = RawConnection(descriptor, number: number, server: self)
        script(connection)
        // Taken off the list first: the number may belong to another connection as soon as it is closed.
        state.withLock { _ = $0.open.remove(descriptor) }
        connection.end()
      }
    }
  }
}
