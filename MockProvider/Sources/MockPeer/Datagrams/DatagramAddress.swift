// Holds the addresses that datagrams come from and go to, and finds those of this machine.
import Basics
import Glibc
import Transport

/// A numeric IPv4 or IPv6 address with a port, small enough to be a key.
public struct DatagramAddress: Sendable, Hashable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64
  public let isIPv6: Bool
  public let port: UInt16

  /// Reads a numeric address; nil for anything else, and for a port above 65535.
  public init?(host: String, port: Int) {
    guard let address = SocketAddress(host: host, port: port) else { return nil }
    self.init(address)
  }

  /// - Returns: nil when it is of another family.
  init?(_ address: SocketAddress) {
    guard address.family == AF_INET || address.family == AF_INET6, let port = address.port else { return nil }
    let isIPv6 = address.family == AF_INET6
    let (high, low) = withUnsafeBytes(of: address.storage) { bytes in
      isIPv6
        ? (
          bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
          bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        )
        : (0, UInt64(bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    }
    self.high = high
    self.low = low
    self.isIPv6 = isIPv6
    self.port = UInt16(port)
  }

  /// The address in network order: 4 bytes, or 16.
  public var bytes: [UInt8] {
    let all = withUnsafeBytes(of: (high, low)) { Array($0) }
    return isIPv6 ? all : Array(all[8..<12])
  }

  /// The numeric address without its port.
  public var host: String { socketAddress.host }

  public var isLoopback: Bool {
    let bytes = bytes
    return isIPv6 ? bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1 : bytes[0] == 127
  }

  /// fe80::/10 (RFC 4291 section 2.5.6): useless without the name of an interface.
  public var isLinkLocal: Bool {
    let bytes = bytes
    return isIPv6 && bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
  }

  public var description: String { HostName.authority(host, port: Int(port)) }

  /// The address as the system takes it.
  var socketAddress: SocketAddress {
    if isIPv6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
      return withUnsafeBytes(of: address) { SocketAddress(system: $0) }
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes) }
    return withUnsafeBytes(of: address) { SocketAddress(system: $0) }
  }
}

extension DatagramAddress {
  /// The addresses of all interfaces that are up, with port 0: others before loopback, and IPv4 before IPv6 in each;
  /// IPv6 link-local ones are left out. Empty when the system does not tell.
  public static func ofInterfaces() -> [DatagramAddress] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    let isUsable = UInt32(IFF_UP | IFF_RUNNING)
    var found: [DatagramAddress] = []
    for interface in sequence(first: list, next: { $0?.pointee.ifa_next }) {
      guard let entry = interface?.pointee, let address = entry.ifa_addr, entry.ifa_flags & isUsable == isUsable else {
        continue
      }
      let length: Int
      switch Int32(address.pointee.sa_family) {
      case AF_INET: length = MemoryLayout<sockaddr_in>.size
      case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
      default: continue
      }
      let own = DatagramAddress(SocketAddress(system: UnsafeRawBufferPointer(start: address, count: length)))
      guard let own = own?.with(port: 0), !own.isLinkLocal, !found.contains(own) else { continue }
      found.append(own)
    }
    let rank = { (address: DatagramAddress) in (address.isLoopback ? 2 : 0) + (address.isIPv6 ? 1 : 0) }
    return (0...3).flatMap { wanted in found.filter { rank($0) == wanted } }
  }

  private func with(port: Int) -> DatagramAddress? { DatagramAddress(host: host, port: port) }
}
