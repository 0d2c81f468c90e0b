// Where a datagram comes from or goes to.
import CTransport
import Glibc

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

  public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  var socketAddress: SocketAddress { SocketAddress(networkBytes: bytes, port: port) }
}
