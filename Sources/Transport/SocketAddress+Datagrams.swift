// Socket addresses of datagrams.
import CTransport
import Glibc

extension SocketAddress {
  /// Receives one datagram.
  /// - Returns: its length, or -1 with `errno`, and its sender.
  static func receive(
    _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
  ) -> (count: Int, sender: SocketAddress) {
    var sender = SocketAddress()
    let count = sender.withMutablePointer { recvfrom(descriptor, buffer.baseAddress, buffer.count, 0, $0, $1) }
    return (count, sender)
  }
}
