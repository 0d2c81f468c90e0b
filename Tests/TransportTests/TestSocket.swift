// A client that sends and reads raw bytes, as a browser never would.
import Glibc

@testable import Transport

/// A blocking socket; one thread reads and one may send. A read that gets nothing for ten seconds counts as the end,
/// so that a failing test ends too.
final class TestSocket: @unchecked Sendable {
  struct ConnectionFailure: Error { let cause: Int32 }

  private let descriptor: Int32
  private var buffer: [UInt8] = []

  init(port: Int, host: String = "127.0.0.1", receiveBuffer: Int32? = nil) throws {
    let isV6 = host.contains(":")
    descriptor = ProcessLock.shared { socket(isV6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
    if var receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
    }
    var storage = sockaddr_storage()
    let size: Int
    if isV6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = UInt16(port).bigEndian
      inet_pton(AF_INET6, host, &address.sin6_addr)
      size = MemoryLayout<sockaddr_in6>.size
      withUnsafeMutableBytes(of: &storage) { bytes in withUnsafeBytes(of: address) { bytes.copyBytes(from: $0) } }
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(port).bigEndian
      inet_pton(AF_INET, host, &address.sin_addr)
      size = MemoryLayout<sockaddr_in>.size
      withUnsafeMutableBytes(of: &storage) { bytes in withUnsafeBytes(of: address) { bytes.copyBytes(from: $0) } }
    }
    try connect(&storage, size)
  }

  init(path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { bytes in withUnsafeBytes(of: address) { bytes.copyBytes(from: $0) } }
    try connect(&storage, MemoryLayout<sockaddr_un>.size)
  }

  private func connect(_ storage: inout sockaddr_storage, _ size: Int) throws {
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    let status = withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, socklen_t(size)) }
    }
    guard status == 0 else { throw ConnectionFailure(cause: errno) }
  }

  deinit { close(descriptor) }

  // MARK: Bytes

  /// Sends all of it; false when the peer has closed or takes nothing for ten seconds.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Makes the close of this socket a reset.
  func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// Reads some bytes; false at the end.
  @discardableResult
  private func fill() -> Bool {
    var block = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &block, block.count, 0)
    guard count > 0 else { return false }
    buffer += block.prefix(count)
    return true
  }

  /// Waits so many milliseconds for something to read, or for the end.
  func hasBytes(within milliseconds: Int32) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&watched, 1, milliseconds) > 0
  }

  /// Reads exactly that many bytes; nil when the end comes before.
  func read(_ count: Int) -> [UInt8]? {
    while buffer.count < count { guard fill() else { return nil } }
    defer { buffer.removeFirst(count) }
    return Array(buffer.prefix(count))
  }

  /// Reads to the end.
  func readToEnd() -> [UInt8] {
    while fill() {}
    defer { buffer = [] }
    return buffer
  }

  /// True when the peer has ended without another byte.
  var isAtEnd: Bool { buffer.isEmpty && !fill() }

  // MARK: HTTP

  /// Reads one response.
  func response(toHead: Bool = false) -> TestResponse? {
    while buffer.firstRange(of: Array("\r\n\r\n".utf8)) == nil { guard fill() else { return nil } }
    guard let end = buffer.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound, let head = read(end) else { return nil }
    var response = TestResponse(head: String(decoding: head, as: UTF8.self))
    if !toHead, response.status != 101, let length = response.header("content-length").flatMap({ Int($0) }) {
      guard let body = read(length) else { return nil }
      response.body = body
    }
    return response
  }

  /// Sends a request and reads its response.
  func exchange(_ text: String) -> TestResponse? {
    send(text)
    return response()
  }

  // MARK: WebSocket

  static let handshake = """
    GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: test.v1\r\n\r\n
    """

  func sendFrame(_ opcode: UInt8, _ payload: [UInt8], final: Bool = true) {
    send(TestFrame.bytes(opcode, payload, final: final))
  }

  /// Reads one frame from the server.
  func frame() -> TestFrame? {
    guard let start = read(2), start[1] & 0x80 == 0 else { return nil }
    var length = Int(start[1])
    if length >= 126 {
      guard let extended = read(length == 126 ? 2 : 8) else { return nil }
      length = extended.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let payload = read(length) else { return nil }
    return TestFrame(first: start[0], payload: payload)
  }

  /// Reads until a close frame and gives its code; nil when there is none.
  func closeCode() -> Int? {
    while let frame = frame() {
      if frame.opcode == 8 {
        return frame.payload.count >= 2 ? Int(frame.payload[0]) << 8 | Int(frame.payload[1]) : 1005
      }
    }
    return nil
  }
}
