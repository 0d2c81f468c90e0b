// Opens the ledger that a relay keeps.
import AvatarProvider
import Ledger
import LedgerRedis
import LedgerSQLite
import Logging
import Relay
import Timekeeping
import Transport

enum RelayLedger {
  /// Opens the ledger under a new name for this life of the relay.
  /// - Throws: ``ConfigurationError`` that says what to do about the file.
  static func open(
    _ configuration: RelayConfiguration, on loop: EventLoop, clock: any MonotonicClock, providers: [any AvatarProvider],
    secondsSinceEpoch: @escaping @Sendable () -> Double, logger: Logger
  ) async throws(ConfigurationError) -> LedgerConfiguration {
    var identifiers = RandomIdentifiers()
    return LedgerConfiguration(
      store: try await ledger(configuration, on: loop, clock: clock, logger: logger),
      relay: RelayID(rawValue: identifiers.makeSessionID().rawValue),
      leaseTime: configuration.ledger.isShared ? configuration.ledgerLeaseTime : nil,
      exclusiveProviders: configuration.hasExclusiveKeys ? Set(providers.map(\.id)) : [],
      wallTime: { WallTime(millisecondsSinceEpoch: Int64(secondsSinceEpoch() * 1000)) })
  }

  private static func ledger(
    _ configuration: RelayConfiguration, on loop: EventLoop, clock: any MonotonicClock, logger: Logger
  ) async throws(ConfigurationError) -> any Ledger {
    do throws(LedgerFailure) {
      switch configuration.ledger {
      case .none: return NoLedger()
      case .file(let path): return try SQLiteLedger(path: path, executor: loop, clock: clock)
      case .redis(let address):
        var settings = RedisLedger.Settings(address: address, password: configuration.ledgerPassword)
        settings.leaseTime = configuration.ledgerLeaseTime
        let ledger = try await RedisLedger.open(settings, on: loop, clock: clock)
        for advice in await ledger.advice { logger.warning("\(advice)") }
        if !address.isLocal {
          logger.warning("the ledger, which may hold providers' session tokens, crosses the network in the clear")
        }
        return ledger
      }
    } catch { throw ConfigurationError(error, path: "\(configuration.ledger)") }
  }
}

extension ConfigurationError {
  /// A ledger that cannot be used: nothing is served, since sessions could be lost.
  init(_ failure: LedgerFailure, path: String) {
    self.init(.refusedBySystem, "ledger \(path) cannot be used (\(failure.code.rawValue)): \(failure.message)")
  }
}
