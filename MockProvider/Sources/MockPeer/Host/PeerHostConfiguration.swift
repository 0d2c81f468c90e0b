// Where a host listens and what it tells.

/// The addresses and the port of a ``PeerHost``.
public struct PeerHostConfiguration: Sendable, Hashable {
  /// The UDP port of every address; 0 for the system's choice, the same for all.
  public var port: Int
  /// Numeric addresses to bind; nil for every address of the machine but IPv6 link-local ones.
  public var addresses: [String]?
  /// Numeric addresses that candidates name instead of the bound ones, for a machine behind a port forwarding such as
  /// a container's; empty to name the bound ones.
  public var advertised: [String]

  public init(port: Int = 0, addresses: [String]? = nil, advertised: [String] = []) {
    self.port = port
    self.addresses = addresses
    self.advertised = advertised
  }
}
