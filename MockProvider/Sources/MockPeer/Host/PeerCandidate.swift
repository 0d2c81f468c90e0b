// An address that a peer can be reached at.

/// A host candidate (RFC 8445 section 5.1.1.1).
public struct PeerCandidate: Sendable, Hashable {
  /// The numeric address.
  public let address: String
  public let port: Int
  /// By RFC 8445 section 5.1.2.1, for component 1.
  public let priority: UInt32
  /// The same for the same address.
  public let foundation: String

  /// - Parameter rank: 0 for the address to be tried first; up to 65535.
  public init(address: String, port: Int, rank: Int) {
    self.address = address
    self.port = port
    // Type preference of a host candidate 126, local preference falling by rank, component 1.
    priority = 126 << 24 + UInt32(65_535 - min(max(rank, 0), 65_535)) << 8 + 255
    foundation = String(rank + 1)
  }

  /// The `candidate-attribute` of RFC 8839 section 5.1, without `a=`.
  /// - Parameter component: 1 for RTP, 2 for RTCP.
  public func attribute(component: UInt32 = 1) -> String {
    "candidate:\(foundation) \(component) udp \(priority + 1 - component) \(address) \(port) typ host"
  }
}
