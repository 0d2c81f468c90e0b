// A Redis server and event loops with ledgers on them.
import Ledger
import LedgerTestSupport
import ProviderHTTP
import Transport

@testable import LedgerRedis

/// Everything that a test of the ledger in Redis needs.
final class RedisStage {
  let server: RedisServerProcess
  let loop: EventLoop
  private var ledgers: [RedisLedger] = []

  private init(server: RedisServerProcess, loop: EventLoop) {
    self.server = server
    self.loop = loop
  }

  /// Runs a test on a fresh stage, and takes it down whatever happens.
  static func run(_ options: [String] = [], _ body: (RedisStage) async throws -> Void) async throws {
    let server = try RedisServerProcess(options)
    let loop = try EventLoop()
    let stage = RedisStage(server: server, loop: loop)
    let result: Result<Void, any Error>
    do { result = .success(try await body(stage)) } catch { result = .failure(error) }
    for ledger in stage.ledgers { await ledger.close() }
    await loop.stop()
    try result.get()
  }

  var settings: RedisLedger.Settings { RedisLedger.Settings(address: RedisAddress(.unix(path: server.socket))) }

  func open(
    clock: SteppableClock? = nil, _ change: (inout RedisLedger.Settings) -> Void = { _ in }
  ) async throws -> RedisLedger {
    var settings = settings
    change(&settings)
    let clock = clock ?? SteppableClock(runningWith: loop.clock)
    let ledger = try await RedisLedger.open(settings, on: loop, clock: clock)
    ledgers.append(ledger)
    return ledger
  }

  /// The failure of opening a ledger; nil when it could be opened.
  func failureOfOpening(_ change: (inout RedisLedger.Settings) -> Void = { _ in }) async -> LedgerFailure? {
    do {
      await (try open(change)).close()
      return nil
    } catch { return error as? LedgerFailure }
  }

  private func open(_ change: (inout RedisLedger.Settings) -> Void) async throws -> RedisLedger {
    try await open(clock: nil, change)
  }
}

/// The code of what a body throws; nil when it throws nothing.
func code(_ body: () async throws -> some Sendable) async -> LedgerFailure.Code? {
  do { _ = try await body() } catch { return (error as? LedgerFailure)?.code }
  return nil
}
