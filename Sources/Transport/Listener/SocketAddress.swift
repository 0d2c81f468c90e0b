// Writes and reads socket addresses as the system wants and gives them, and says which of them count as one network.
import CTransport
import Glibc

/// One address to bind to, or the address of a peer.
package struct SocketAddress {
  package private(set) var storage = sockaddr_storage()
  private(set) var length = socklen_t(0)

  /// `AF_INET`, `AF_INET6` or `AF_UNIX`.
  package var family: Int32 { Int32(storage.ss_family) }

  /// A numeric IPv4 or IPv6 address; nil for anything else.
  package init?(host: String, port: Int) {
    guard let port = UInt16(exactly: port) else { return nil }
    var v4 = in_addr()
    var v6 = in6_addr()
    if inet_pton(AF_INET, host, &v4) == 1 {
      store(
        sockaddr_in(
          sin_family: sa_family_t(AF_INET), sin_port: port.bigEndian, sin_addr: v4, sin_zero: (0, 0, 0, 0, 0, 0, 0, 0)))
    } else if inet_pton(AF_INET6, host, &v6) == 1 {
      store(
        sockaddr_in6(
          sin6_family: sa_family_t(AF_INET6), sin6_port: port.bigEndian, sin6_flowinfo: 0, sin6_addr: v6,
          sin6_scope_id: 0))
    } else {
      return nil
    }
  }

  /// A copy of what the system wrote.
  package init(system bytes: UnsafeRawBufferPointer) {
    let count = min(bytes.count, MemoryLayout<sockaddr_storage>.size)
    withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: bytes[..<count]) }
    length = socklen_t(count)
  }

  /// A path of a unix socket; nil when it is empty or longer than the system takes (107 bytes).
  init?(path: String) {
    var address = sockaddr_un()
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
      return nil
    }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    store(address)
  }

  /// Empty, for the system to fill.
  package init() { length = socklen_t(MemoryLayout<sockaddr_storage>.size) }

  /// The address that a socket is bound to.
  package static func local(of descriptor: Int32) -> SocketAddress {
    var address = SocketAddress()
    _ = address.withMutablePointer { getsockname(descriptor, $0, $1) }
    return address
  }

  /// The address that a socket is connected to.
  static func peer(of descriptor: Int32) -> SocketAddress {
    var address = SocketAddress()
    _ = address.withMutablePointer { getpeername(descriptor, $0, $1) }
    return address
  }

  /// Takes a connection from a listening socket.
  /// - Returns: the new descriptor, or -1 with `errno`.
  static func accept(_ descriptor: Int32) -> (descriptor: Int32, peer: SocketAddress) {
    var peer = SocketAddress()
    let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let accepted = ProcessLock.shared { peer.withMutablePointer { accept4(descriptor, $0, $1, flags) } }
    return (accepted, peer)
  }

  private mutating func store<Address>(_ address: Address) {
    withUnsafeMutableBytes(of: &storage) { bytes in
      withUnsafeBytes(of: address) { bytes.copyBytes(from: $0) }
    }
    length = socklen_t(MemoryLayout<Address>.size)
  }

  package func withPointer<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  package mutating func withMutablePointer<Value>(
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Value
  ) -> Value {
    withUnsafeMutablePointer(to: &storage) { [length] pointer in
      var size = length
      return pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) }
    }
  }

  /// The port; nil on a unix socket.
  package var port: Int? {
    guard family == AF_INET || family == AF_INET6 else { return nil }
    // Both families have the port after the family.
    return withUnsafeBytes(of: storage) { Int(UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self))) }
  }

  /// The numeric address without its port; `unix` on a unix socket. An IPv4 address that is mapped into IPv6 is given as IPv4.
  package var host: String {
    guard family == AF_INET || family == AF_INET6 else { return "unix" }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    withUnsafeBytes(of: storage) { bytes in
      let offset = family == AF_INET ? 4 : 8
      _ = inet_ntop(family, bytes.baseAddress! + offset, &text, socklen_t(text.count))
    }
    let host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return host.hasPrefix("::ffff:") && host.contains(".") ? String(host.dropFirst(7)) : host
  }

  /// The numeric address in the order of the network: 4 bytes, or 16 of IPv6; none on a unix socket. An IPv4 address that
  /// is mapped into IPv6 has 4.
  var addressBytes: [UInt8] {
    guard family == AF_INET || family == AF_INET6 else { return [] }
    let bytes = withUnsafeBytes(of: storage) { family == AF_INET ? Array($0[4..<8]) : Array($0[8..<24]) }
    return bytes.starts(with: Self.mappedPrefix) ? Array(bytes.suffix(4)) : bytes
  }

  /// RFC 4291 section 2.5.5.2.
  private static let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

  /// The same without the last 64 bits of an IPv6 address, which are for its owner to choose.
  var network: String {
    guard family == AF_INET6, !host.contains(".") else { return host }
    // The loopback address is the only one of its network that anybody has.
    guard host != "::1" else { return Self.loopbackNetwork }
    var prefix = self
    withUnsafeMutableBytes(of: &prefix.storage) { bytes in
      for index in 16..<24 { bytes[index] = 0 }
    }
    return prefix.host + "/64"
  }

  static let loopbackNetwork = "::1"
}

/// The network that connections of one peer are counted for: an IPv4 address itself, and the first 64 bits of an IPv6
/// address, since whoever has one of those has all of them (RFC 4291 section 2.5.1, RFC 6177 section 2).
public struct PeerNetwork: Sendable, Hashable, CustomStringConvertible {
  /// An IPv4 address, `<prefix>::/64`, or `unix`.
  public let description: String

  /// - Parameter address: a numeric IPv4 or IPv6 address, or `unix`; nil for anything else.
  public init?(address: String) {
    if address == "unix" {
      description = address
      return
    }
    let withoutZone = address.prefix { $0 != "%" }
    guard let parsed = SocketAddress(host: String(withoutZone), port: 0) else { return nil }
    description = parsed.network
  }

  /// True for addresses of this machine alone.
  public var isLocal: Bool {
    description == "unix" || description.hasPrefix("127.") || description == SocketAddress.loopbackNetwork
  }
}
