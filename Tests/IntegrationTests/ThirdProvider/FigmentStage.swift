// Puts a relay together whose only provider is one that nobody wrote the relay for.
import Basics
import FigmentProvider
import LogLines
import Logging
import Relay
import RelayTestSupport
import StrictJSON
import TestSupport
import Testing
import Transport
import Wire

@testable import RelayServer

/// The relay's own endpoint, registry and network, Figment's adapter, and a Figment on loopback.
struct FigmentStage {
  let loop: EventLoop
  let figment: FigmentServer
  let registry: SessionRegistry
  let log: LogCollector
  private let listener: Listener

  static func run(_ body: (FigmentStage) async throws -> Void) async throws {
    let loop = try EventLoop()
    do {
      let stage = try await FigmentStage(loop)
      try await body(stage)
      await stage.registry.drain(within: .seconds(5))
      await stage.listener.stop()
      await stage.figment.stop()
      for secret in [FigmentServer.key, "canary-figment-token"] { #expect(!stage.log.text.contains(secret)) }
    } catch {
      await loop.stop()
      throw error
    }
    await loop.stop()
  }

  private init(_ loop: EventLoop) async throws {
    self.loop = loop
    figment = try await FigmentServer.start(on: loop)
    log = LogCollector()
    let log = log
    let logger = Logger(label: "relay") { LineLogHandler(label: $0, format: .json, level: .trace, write: log.append) }
    let provider = FigmentProvider(
      baseURL: await figment.baseURL, key: Secret(FigmentServer.key),
      client: try await HTTPClient.start(.init(), on: loop),
      sockets: try await WebSocketConnector.start(.init(), on: loop, logger: logger), executor: loop, clock: loop.clock)
    registry = SessionRegistry(
      providers: [provider], limits: .withoutQuotas, clock: loop.clock, executor: loop,
      identifiers: RandomIdentifiers(),
      logger: logger)
    let flags: [ConfigurationKey: SettingValue] = [.listenPort: .int(0), .ledgerStore: .string("none")]
    let configuration = try RelayConfiguration(try ConfigurationSources(flags: flags, environment: [:])) { _ in [] }
    let ready = ReadyConnections(
      to: [], by: try await HTTPClient.start(.init(), on: loop), executor: loop, clock: loop.clock, logger: logger)
    let endpoint = SignalingEndpoint(
      configuration, loop: loop, registry: registry, readyConnections: ready, clock: loop.clock, logger: logger)
    listener = try await Listener.start(
      configuration.listener, on: loop, http: NothingElse(), webSocket: endpoint, logger: logger)
  }

  func client() async throws -> SignalingTestClient { try await SignalingTestClient(port: listener.port ?? 0) }

  /// A session that was negotiated and is live.
  func live() async throws -> (SignalingTestClient, SessionScript) {
    let client = try await client()
    let (session, _) = try await SessionScript.open(client, "figment")
    try await session.call("session.offer", ["offer": Self.offer])
    try await session.call("session.report", ["iceConnectionState": "connected"])
    return (client, session)
  }

  static let offer: JSONValue = [
    "type": "offer", "sdp": .string(SessionScript.answer(mid: "0").replacing("setup:active", with: "setup:actpass")),
  ]

  /// Waits for something that happens on the loop and tells nobody; the test's time limit ends it.
  func until(_ condition: () async -> Bool) async throws {
    while await !condition() { try await loop.clock.sleep(for: .milliseconds(1)) }
  }
}

/// Answers what is no WebSocket.
private struct NothingElse: HTTPHandler {
  func respond(to request: HTTPRequest) -> HTTPResponse { .text(404, "nothing here") }
}
