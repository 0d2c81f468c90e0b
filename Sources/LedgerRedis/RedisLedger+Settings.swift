// With what a ledger in Redis is made, and what it may keep waiting.
import ProviderHTTP

extension RedisLedger {
  /// The settings and bounds of one ``RedisLedger``.
  public struct Settings: Sendable {
    public var address: RedisAddress
    public var password: Secret?
    /// How long a claim is good. A relay that is dead for as long has lost its sessions to the others.
    public var leaseTime = Duration.seconds(10)
    /// How long one call may take, a new connection included; then it fails as `.unavailable`.
    public var patience = Duration.seconds(2)
    /// The pause before the first attempt to connect again; each later one is twice as long.
    public var firstPause = Duration.milliseconds(50)
    /// The longest of these pauses.
    public var longestPause = Duration.seconds(1)
    /// Calls that wait for a reply; one more fails as `.overloaded`.
    public var maximumCalls = 4096
    /// Sessions whose record is kept in memory; of others it is read again before each change.
    public var recordsKept = 10_000
    /// Leases that are renewed by one script.
    public var leasesPerScript = 256
    /// The beginning of every key. The braces keep them together where keys are spread.
    public var keyPrefix = "{avatar-relay}:"

    public init(address: RedisAddress, password: Secret? = nil) {
      self.address = address
      self.password = password
    }
  }
}
