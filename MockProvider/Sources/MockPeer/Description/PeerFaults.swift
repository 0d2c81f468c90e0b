// What a peer gets wrong on purpose.

/// Steps of connecting that a peer refuses.
public struct PeerFaults: OptionSet, Sendable, Hashable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  public static let none: PeerFaults = []
  /// No connectivity check is answered: the browser's ICE state goes to `checking`, then `failed`.
  public static let silentStun = PeerFaults(rawValue: 1)
  /// The handshake is refused with the alert `handshake_failure` (RFC 5246 section 7.2.2).
  public static let failingDtls = PeerFaults(rawValue: 2)
}
