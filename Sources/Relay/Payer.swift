// Whom something is counted for.

/// The one on whose account sessions and talks go: the subject of a token or, where no tokens are in use, the address
/// of the connection.
public enum Payer: Sendable, Hashable, CustomStringConvertible {
  case subject(String)
  case address(String)

  public var description: String {
    switch self {
    case .subject(let name), .address(let name): name
    }
  }
}
