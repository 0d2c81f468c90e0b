// Which addresses count as one.
import Glibc

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
