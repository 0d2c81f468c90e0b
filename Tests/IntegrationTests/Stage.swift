// A relay and a mock on one event loop, with a clock for each that a test can move.
import Configuration
import Logging
import MockProvider
import RelayServer
import StrictJSON
import Synchronization
import TestSupport
import Timekeeping
import Transport

/// Everything that an integration test needs, in one process and on loopback.
struct Stage {
  /// Keys that must appear nowhere.
  static let canary = "canary-key-5f1d"

  let loop: EventLoop
  let mock: MockServer
  let relay: RelayServer
  /// The relay's time: runs with the loop and can be moved forward.
  let relayClock: SteppableClock
  let log: LogCollector

  /// Runs a test on a fresh stage, and takes it down whatever happens.
  static func run(
    mock mockConfiguration: MockConfiguration = MockConfiguration(),
    flags: [ConfigurationKey: ConfigContent] = [:], _ body: (Stage) async throws -> Void
  ) async throws {
    let loop = try EventLoop()
    do {
      let stage = try await Stage(loop, mockConfiguration, flags)
      try await body(stage)
      await stage.relay.stop()
      await stage.mock.stop()
      await loop.stop()
    } catch {
      await loop.stop()
      throw error
    }
  }

  private init(
    _ loop: EventLoop, _ mockConfiguration: MockConfiguration, _ flags: [ConfigurationKey: ConfigContent]
  ) async throws {
    self.loop = loop
    relayClock = SteppableClock(runningWith: loop.clock)
    log = LogCollector()
    mock = try await MockServer.start(mockConfiguration, on: loop)
    var flags = flags
    for key in [ConfigurationKey.didURL, .heygenURL] where flags[key] == nil { flags[key] = .string(mock.baseURL) }
    flags[.listenPort] = .int(0)
    let environment = ["AVATAR_RELAY_DID_KEY": Self.canary, "AVATAR_RELAY_HEYGEN_KEY": Self.canary]
    let sources = try ConfigurationSources(flags: flags, environment: environment)
    let configuration = try RelayConfiguration(sources) { _ in [] }
    let log = log
    let logger = Logger(label: "relay") { LineLogHandler(label: $0, format: .json, level: .trace, write: log.append) }
    relay = try await RelayServer.start(configuration, on: loop, clock: relayClock, logger: logger)
  }

  var port: Int { relay.port! }

  func client() async throws -> SignalingTestClient { try await SignalingTestClient(port: port) }

  /// How many sessions are open in the mock.
  var openAtProvider: Int { get async { await mock.sessions.count(where: \.isOpen) } }

  /// Waits until the mock has no open session. Ends by the test's time limit when that never comes.
  func providerIsEmpty() async {
    while await openAtProvider > 0 { try? await loop.clock.sleep(for: .milliseconds(1)) }
  }

  /// The names of the calls that the mock saw, in order.
  var calls: [CallName] { get async { await mock.journal.compactMap(\.call) } }
}

/// Collects log lines.
final class LogCollector: Sendable {
  private let lines = Mutex<[String]>([])
  func append(_ line: String) { lines.withLock { $0.append(line) } }
  var text: String { lines.withLock { $0.joined() } }
}
