// A blocking TCP client for tests, read on a thread of its own.
import Foundation
import Glibc

/// A loopback TCP connection. What arrives comes as a stream of chunks that ends when the peer closes.
public final class RawSocket: Sendable {
  /// Closed when neither the socket nor its reader needs it any more, so that its number is not used again before.
  private final class Descriptor: Sendable {
    let number: Int32
    init(_ number: Int32) { self.number = number }
    deinit { Glibc.close(number) }
  }

  private let descriptor: Descriptor
  public let chunks: AsyncStream<[UInt8]>

  /// Connects to 127.0.0.1.
  public init(port: Int) throws {
    let descriptor = Descriptor(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard descriptor.number >= 0, status == 0 else { throw POSIXError(.ECONNREFUSED) }
    self.descriptor = descriptor
    let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
    chunks = stream
    Thread.detachNewThread {
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(descriptor.number, &buffer, buffer.count)
        guard count > 0 else { break }
        continuation.yield(Array(buffer[..<count]))
      }
      continuation.finish()
    }
  }

  deinit { drop() }

  /// Writes everything; a peer that has gone is noticed by the end of ``chunks``.
  public func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  /// Says that no more will be sent; the answer can still be read.
  public func finishSending() { shutdown(descriptor.number, Int32(SHUT_WR)) }

  /// Ends the connection as a vanished peer would: both directions at once.
  public func drop() { shutdown(descriptor.number, Int32(SHUT_RDWR)) }
}
