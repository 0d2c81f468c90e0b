// A relay and a mock on one event loop, with a clock for each that a test can move.
import AccessTokens
import Basics
import Foundation
import LogLines
import Logging
import MockClock
import MockProvider
import RelayServer
import StrictJSON
import Synchronization
import TestSupport
import Transport

/// Everything that an integration test needs, in one process and on loopback.
struct Stage {
  /// Keys that must appear nowhere.
  static let canary = "canary-key-5f1d"
  /// The secret with which ``token(_:)`` signs.
  static let tokenSecret = "canary-token-secret-30b9-0123456789abcdef"
  /// What the operator shows where he asks on a port.
  static let adminKey = "canary-admin-key-77d0-0123456789abcdef"
  /// The time of day when the relay's clock begins, in seconds since 1970.
  static let epoch = 1_800_000_000.0

  let loop: EventLoop
  let mock: MockServer
  let relay: RelayServer
  /// The relay's time: runs with the loop and can be moved forward.
  let relayClock: SteppableClock
  private let begin: MonotonicInstant
  let log: LogCollector
  /// Everything that must appear in no log line; looked for when the test is over.
  let secrets = SecretWatch()

  /// Runs a test on a fresh stage, and takes it down whatever happens.
  static func run(
    mock mockConfiguration: MockConfiguration = MockConfiguration(),
    flags: [ConfigurationKey: SettingValue] = [:], asksForTokens: Bool = false, hasAdmin: Bool = false,
    _ body: (Stage) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("relay-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var flags = flags
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    if hasAdmin {
      let file = folder.appendingPathComponent("admin")
      try Data(adminKey.utf8).write(to: file)
      flags[.adminListen] = .string("127.0.0.1:0")
      flags[.adminKeyFile] = .string(file.path)
    }
    if asksForTokens {
      let file = folder.appendingPathComponent("secret")
      try Data(tokenSecret.utf8).write(to: file)
      flags[.accessKeyFiles] = .strings(["dev=hs256:\(file.path)"])
      flags[.accessLeewaySeconds] = .int(0)
    }
    let loop = try EventLoop()
    do {
      let stage = try await Stage(loop, mockConfiguration, flags)
      try await body(stage)
      await stage.secrets.collect()
      await stage.relay.stop()
      await stage.mock.stop()
      await loop.stop()
      stage.secrets.check(stage.log.text)
    } catch {
      await loop.stop()
      throw error
    }
  }

  private init(
    _ loop: EventLoop, _ mockConfiguration: MockConfiguration, _ flags: [ConfigurationKey: SettingValue]
  ) async throws {
    self.loop = loop
    relayClock = SteppableClock(runningWith: loop.clock)
    begin = relayClock.now
    log = LogCollector()
    // The answers of these tests are made up: media could not connect, and the mock would refuse to speak.
    var mockConfiguration = mockConfiguration
    mockConfiguration.media = .none
    mock = try await MockServer.start(mockConfiguration, on: loop)
    var flags = flags
    if flags[.didWebSocketURL] == nil {
      flags[.didWebSocketURL] = .string(mock.baseURL.replacing("http://", with: "ws://"))
    }
    for key in [ConfigurationKey.didURL, .heygenURL] where flags[key] == nil { flags[key] = .string(mock.baseURL) }
    flags[.listenPort] = .int(0)
    if flags[.ledgerStore] == nil { flags[.ledgerStore] = .string("none") }
    let environment = ["AVATAR_RELAY_DID_KEY": Self.canary, "AVATAR_RELAY_HEYGEN_KEY": Self.canary]
    let sources = try ConfigurationSources(flags: flags, environment: environment)
    let configuration = try RelayConfiguration(sources) { _ in [] }
    let log = log
    let logger = Logger(label: "relay") { LineLogHandler(label: $0, format: .json, level: .trace, write: log.append) }
    relay = try await RelayServer.start(
      configuration, on: loop, clock: relayClock,
      secondsSinceEpoch: { [relayClock, begin] in Self.timeOfDay(relayClock, since: begin) }, version: "1.2.3",
      logger: logger)
  }

  var port: Int { relay.port! }

  func client(
    origin: String? = nil, token: String? = nil, firstID: Int64 = 1
  ) async throws -> SignalingTestClient {
    let client = try await SignalingTestClient(port: port, origin: origin, token: token, firstID: firstID)
    secrets.watch(client)
    return client
  }

  /// Cuts a client's connection, and comes back when the relay knows.
  func cut(_ client: SignalingTestClient) async throws {
    let count = await relay.connectionCount
    client.drop()
    try await until { await relay.connectionCount != count }
  }

  /// A token of alice's that is good for an hour, unless it is changed.
  func token(_ change: (inout AccessClaims) -> Void = { _ in }) async throws -> String {
    let now = Self.timeOfDay(relayClock, since: begin).rounded(.down)
    var claims = AccessClaims(subject: "alice", expiry: now + 3600)
    change(&claims)
    let key = try AccessKey(name: "dev", secretFile: Array(Self.tokenSecret.utf8))
    let token = try TokenIssuer(key: key).token(for: claims)
    secrets.add(token: token)
    return token
  }

  private static func timeOfDay(_ clock: SteppableClock, since begin: MonotonicInstant) -> Double {
    epoch + begin.duration(to: clock.now).seconds
  }

  /// How many sessions are open in the mock.
  var openAtProvider: Int { get async { await mock.sessions.count(where: \.isOpen) } }

  /// Waits until the mock has no open session.
  func providerIsEmpty() async throws { try await until { await openAtProvider == 0 } }

  /// Waits for something that happens on the loop and tells nobody; the test's time limit ends it.
  func until(_ condition: () async -> Bool) async throws {
    while await !condition() { try await loop.clock.sleep(for: .milliseconds(1)) }
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
