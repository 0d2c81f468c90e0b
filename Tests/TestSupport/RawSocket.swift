// Sends and reads raw bytes as a client that keeps no rules: TCP or a unix socket, with HTTP and WebSocket on top.
import Foundation
import Glibc

/// A client's connection. It is read either by calls that block, or as a stream of ``chunks()``; one thread reads and one
/// may send. A blocking read that gets nothing for ten seconds counts as the end, so that a failing test ends too.
public final class RawSocket: @unchecked Sendable {
  public struct ConnectionFailure: Error { public let cause: Int32 }

  /// Closed when neither the socket nor its reader needs it any more, so that its number is not used again before.
  private final class Descriptor: Sendable {
    let number: Int32
    init(_ number: Int32) { self.number = number }
    deinit { close(number) }
  }

  private let descriptor: Descriptor
  private var buffer: [UInt8] = []
  private var isStreaming = false

  public init(port: Int, host: String = "127.0.0.1", receiveBuffer: Int32? = nil) throws {
    var storage = sockaddr_storage()
    if host.contains(":") {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = UInt16(port).bigEndian
      inet_pton(AF_INET6, host, &address.sin6_addr)
      withUnsafeMutableBytes(of: &storage) { bytes in withUnsafeBytes(of: address) { bytes.copyBytes(from: $0) } }
      descriptor = Descriptor(socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0))
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(port).bigEndian
      inet_pton(AF_INET, host, &address.sin_addr)
      withUnsafeMutableBytes(of: &storage) { bytes in withUnsafeBytes(of: address) { bytes.copyBytes(from: $0) } }
      descriptor = Descriptor(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    }
    if var receiveBuffer {
      setsockopt(descriptor.number, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
    }
    let isV6 = storage.ss_family == sa_family_t(AF_INET6)
    try connect(&storage, isV6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
  }

  public init(path: String) throws {
    descriptor = Descriptor(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { bytes in withUnsafeBytes(of: address) { bytes.copyBytes(from: $0) } }
    try connect(&storage, MemoryLayout<sockaddr_un>.size)
  }

  private func connect(_ storage: inout sockaddr_storage, _ size: Int) throws {
    setTimeout(SO_RCVTIMEO, seconds: 60)
    setTimeout(SO_SNDTIMEO, seconds: 10)
    let status = withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor.number, $0, socklen_t(size))
      }
    }
    guard status == 0 else { throw ConnectionFailure(cause: errno) }
  }

  private func setTimeout(_ option: Int32, seconds: Int) {
    var timeout = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor.number, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
  }

  // The reading thread holds the descriptor; it ends with the connection.
  deinit { if isStreaming { drop() } }

  // MARK: Bytes

  /// Sends all of it; false when the peer has closed or takes nothing for ten seconds.
  @discardableResult
  public func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor.number, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  @discardableResult
  public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Says that no more will be sent; the answer can still be read.
  public func finishSending() { shutdown(descriptor.number, Int32(SHUT_WR)) }

  /// Ends the connection as a vanished peer would: both directions at once.
  public func drop() { shutdown(descriptor.number, Int32(SHUT_RDWR)) }

  /// Makes the close of this socket a reset.
  public func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor.number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// What arrives from now on, read on a thread of its own, for as long as the connection lasts. Called once, and instead
  /// of the reads that block.
  public func chunks() -> AsyncStream<[UInt8]> {
    precondition(!isStreaming, "a connection has one reader")
    isStreaming = true
    setTimeout(SO_RCVTIMEO, seconds: 0)
    let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
    Thread.detachNewThread { [descriptor] in
      while let chunk = Self.receive(descriptor) { continuation.yield(chunk) }
      continuation.finish()
    }
    return stream
  }

  private static func receive(_ descriptor: Descriptor) -> [UInt8]? {
    var block = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor.number, &block, block.count, 0)
    return count > 0 ? Array(block.prefix(count)) : nil
  }

  /// Reads some bytes; false at the end.
  private func fill() -> Bool {
    guard let chunk = Self.receive(descriptor) else { return false }
    buffer += chunk
    return true
  }

  /// Waits so many milliseconds for something to read, or for the end.
  public func hasBytes(within milliseconds: Int32) -> Bool {
    var watched = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
    return poll(&watched, 1, milliseconds) > 0
  }

  /// Reads exactly that many bytes; nil when the end comes before.
  public func read(_ count: Int) -> [UInt8]? {
    while buffer.count < count { guard fill() else { return nil } }
    defer { buffer.removeFirst(count) }
    return Array(buffer.prefix(count))
  }

  /// Reads to the end.
  public func readToEnd() -> [UInt8] {
    while fill() {}
    defer { buffer = [] }
    return buffer
  }

  /// True when the peer has ended without another byte.
  public var isAtEnd: Bool { buffer.isEmpty && !fill() }

  // MARK: HTTP

  /// Reads one response.
  public func response(toHead: Bool = false) -> TestResponse? {
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
  public func exchange(_ text: String) -> TestResponse? {
    send(text)
    return response()
  }

  // MARK: WebSocket

  public func sendFrame(_ opcode: UInt8, _ payload: [UInt8], final: Bool = true) {
    send(TestFrame.bytes(opcode, payload, final: final))
  }

  /// Reads one frame from the server.
  public func frame() -> TestFrame? {
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
  public func closeCode() -> Int? {
    while let frame = frame() {
      if frame.opcode == 8 {
        return frame.payload.count >= 2 ? Int(frame.payload[0]) << 8 | Int(frame.payload[1]) : 1005
      }
    }
    return nil
  }
}

/// An HTTP response as a test reads it.
public struct TestResponse {
  public let head: String
  public var body: [UInt8] = []

  public init(head: String) { self.head = head }

  public var status: Int { Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0 }
  public var text: String { String(decoding: body, as: UTF8.self) }

  public func header(_ name: String) -> String? {
    for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix(name.lowercased() + ":") {
      return String(line.dropFirst(name.utf8.count + 1).drop { $0 == " " })
    }
    return nil
  }
}
