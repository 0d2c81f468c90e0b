// Serves plain TCP on loopback, one thread a connection, where a test decides every byte and every close.
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
  func sawRequests(_ count: Int) async { while requests.count < count, !Task.isCancelled { await Task.yield() } }

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

/// One accepted connection; used by its own thread only.
final class RawConnection {
  let number: Int
  private let descriptor: Int32
  private let server: RawServer
  private var buffer: [UInt8] = []

  init(_ descriptor: Int32, number: Int, server: RawServer) {
    self.descriptor = descriptor
    self.number = number
    self.server = server
  }

  /// Reads one request and its body by `Content-Length`, and notes it; nil when the client has gone.
  func readRequest() -> RawRequest? {
    guard let head = read(through: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].components(separatedBy: " ")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    guard let body = read(count: Int(headers["content-length"] ?? "0") ?? 0) else { return nil }
    let request = RawRequest(connection: number, method: words[0], path: words[1], headers: headers, body: body)
    server.note(request)
    return request
  }

  func write(_ text: String) { write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// A response with a length, after which the connection stays open.
  func respond(_ status: String = "200 OK", headers: String = "", _ body: String = "") {
    write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
  }

  /// Makes the end of the script a reset (RST) instead of an orderly close.
  func resetAtEnd() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// Blocks until the client closes.
  func waitForEnd() { while fill() {} }

  func end() { close(descriptor) }

  private func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count > 0 else { return false }
    buffer += chunk[..<count]
    return true
  }

  private func read(through mark: [UInt8]) -> [UInt8]? {
    while true {
      if let range = buffer.firstRange(of: mark) {
        defer { buffer.removeSubrange(..<range.upperBound) }
        return Array(buffer[..<range.lowerBound])
      }
      guard fill() else { return nil }
    }
  }

  /// Blocks until so many bytes have come; nil when the client has gone.
  func read(count: Int) -> [UInt8]? {
    while buffer.count < count { guard fill() else { return nil } }
    defer { buffer.removeSubrange(..<count) }
    return Array(buffer[..<count])
  }
}

/// One request as it was read.
struct RawRequest: Sendable {
  let connection: Int
  let method: String
  let path: String
  /// Names in lower case.
  let headers: [String: String]
  let body: [UInt8]
}

/// Holds each thread that comes to it until so many have come, and stays open then.
final class Gate: @unchecked Sendable {
  private let changed = NSCondition()
  private var missing: Int

  init(opensAt count: Int) { missing = count }

  func pass() {
    changed.lock()
    defer { changed.unlock() }
    missing -= 1
    changed.broadcast()
    while missing > 0 { changed.wait() }
  }
}
