// Opens the ledger that a relay keeps.
import AvatarProvider
import Ledger
import LedgerSQLite
import Relay
import Timekeeping
import Transport

enum RelayLedger {
  /// Opens the ledger under a new name for this life of the relay.
  /// - Throws: ``ConfigurationError`` that says what to do about the file.
  static func open(
    _ configuration: RelayConfiguration, on loop: EventLoop, clock: any MonotonicClock, providers: [any AvatarProvider],
    secondsSinceEpoch: @escaping @Sendable () -> Double
  ) throws(ConfigurationError) -> Bookkeeping {
    var identifiers = RandomIdentifiers()
    return Bookkeeping(
      ledger: try ledger(configuration.ledger, on: loop, clock: clock),
      relay: RelayID(rawValue: identifiers.makeSessionID().rawValue),
      exclusiveProviders: configuration.hasExclusiveKeys ? Set(providers.map(\.id)) : [],
      wallTime: { WallTime(millisecondsSinceEpoch: Int64(secondsSinceEpoch() * 1000)) })
  }

  private static func ledger(
    _ choice: LedgerChoice, on loop: EventLoop, clock: any MonotonicClock
  ) throws(ConfigurationError) -> any Ledger {
    switch choice {
    case .none: return NoLedger()
    case .file(let path):
      do throws(LedgerFailure) { return try SQLiteLedger(path: path, executor: loop, clock: clock) } catch {
        throw ConfigurationError(error, path: path)
      }
    }
  }
}

extension ConfigurationError {
  /// A ledger that cannot be used: nothing is served, since sessions could be lost.
  init(_ failure: LedgerFailure, path: String) {
    self.init(.refusedBySystem, "ledger \(path) cannot be used (\(failure.code.rawValue)): \(failure.message)")
  }
}
