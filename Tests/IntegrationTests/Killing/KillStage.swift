// What outlives the relays of a test: the mock, the ledger's file, the clock and the network.
import Basics
import Foundation
import Ledger
import MockClock
import MockProvider
import Transport

/// A mock provider and everything that a killed relay leaves behind.
struct KillStage {
  let loop: EventLoop
  let mock: MockServer
  let network: HTTPClient
  let clock = SteppableClock()
  let ledgerPath: String
  let provider: String
  let usesSessionTokens: Bool
  /// Nobody else uses the key, so what is on the provider's list and unknown is ours.
  let isExclusive: Bool

  /// The machine's, as the mock's is.
  let wallTime: @Sendable () -> WallTime = {
    WallTime(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1000))
  }

  /// Runs a test on a fresh stage, and takes it down whatever happens.
  static func run<Value: Sendable>(
    _ provider: String, usesSessionTokens: Bool = false, isExclusive: Bool = false, on loop: EventLoop,
    _ network: HTTPClient, _ mock: MockServer, _ body: (KillStage) async throws -> Value
  ) async throws -> Value {
    await mock.reset()
    // A kill loses nothing that the system has, so the ledger may be in memory, where it is fast.
    let memory = URL(fileURLWithPath: "/dev/shm")
    let folder =
      FileManager.default.isWritableFile(atPath: memory.path) ? memory : FileManager.default.temporaryDirectory
    let path = folder.appendingPathComponent("kill-\(UUID().uuidString).db").path
    defer {
      for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
    return try await body(
      KillStage(
        loop: loop, mock: mock, network: network, ledgerPath: path, provider: provider,
        usesSessionTokens: usesSessionTokens, isExclusive: isExclusive))
  }
}
