// Sets up a Redis server of a test's own, with ledgers on an event loop.
import Foundation
import Ledger
import LedgerTestSupport
import MockClock
import ProviderHTTP
import TestSupport
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

/// A server with a folder and a unix socket of its own. What it wrote survives ``kill()`` and ``start()``.
final class RedisServerProcess {
  let folder: URL
  private let options: [String]
  private var process: ChildProcess?

  var socket: String { folder.appendingPathComponent("s").path }

  init(_ options: [String] = []) throws {
    // A socket's path has at most 107 bytes.
    folder = URL(fileURLWithPath: "/tmp").appendingPathComponent("redis-\(UUID().uuidString.prefix(8))")
    self.options = options
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try start()
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Starts the server and returns once it accepts connections.
  func start() throws {
    let process = try ChildProcess(
      [
        "redis-server", "--port", "0", "--unixsocket", socket, "--dir", folder.path, "--save", "", "--appendonly",
        "yes",
        "--appendfsync", "always",
      ] + options)
    var said = ""
    while !said.contains("eady to accept connections") {
      guard let bytes = process.read() else { throw POSIXError(.ECONNREFUSED) }
      said += String(decoding: bytes, as: UTF8.self)
    }
    self.process = process
  }

  /// Ends the server as a crash would.
  func kill() { signal(SIGKILL, thenForget: true) }
  /// The server answers nobody until ``goOn()``.
  func halt() { signal(SIGSTOP) }
  func goOn() { signal(SIGCONT) }

  private func signal(_ number: Int32, thenForget: Bool = false) {
    guard let process else { return }
    Foundation.kill(process.id, number)
    guard thenForget else { return }
    process.end()
    self.process = nil
  }

  /// Runs a command as an operator would.
  func command(_ words: String...) throws -> String {
    let client = try ChildProcess(["redis-cli", "-s", socket] + words)
    var said: [UInt8] = []
    while let bytes = client.read() { said += bytes }
    client.end()
    return String(decoding: said, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
