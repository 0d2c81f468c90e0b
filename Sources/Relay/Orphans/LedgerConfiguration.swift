// Says where a registry writes down what it must not lose.
import AvatarProvider
import Ledger

/// A ledger, and under whose name and by which clock it is kept.
public struct LedgerConfiguration: Sendable {
  public var ledger: any Ledger
  /// This life of this relay.
  public var relay: RelayID
  /// How long a claim on a session is good where several relays share the ledger; nil where this is the only one.
  public var leaseTime: Duration?
  /// Providers whose key nobody else uses: a session that is open there and that nobody knows is this relay's own.
  public var exclusiveProviders: Set<ProviderID>
  /// The time of day, by which another life knows how old everything is.
  public var wallTime: @Sendable () -> WallTime

  public init(
    ledger: any Ledger, relay: RelayID, leaseTime: Duration? = nil, exclusiveProviders: Set<ProviderID> = [],
    wallTime: @escaping @Sendable () -> WallTime
  ) {
    self.ledger = ledger
    self.relay = relay
    self.leaseTime = leaseTime
    self.exclusiveProviders = exclusiveProviders
    self.wallTime = wallTime
  }

  /// Nothing is kept.
  public static let none = LedgerConfiguration(ledger: NoLedger(), relay: RelayID(rawValue: "none")) {
    WallTime(millisecondsSinceEpoch: 0)
  }

  /// Whether anything outlives the process.
  var isKept: Bool { !(ledger is NoLedger) }
}
