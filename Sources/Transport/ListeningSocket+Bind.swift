// The sockets that an address of the configuration means.

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
