// Puts a relay together, starts and stops it: listeners, sessions, providers and files on one event loop.
import AccessTokens
import AvatarProvider
import Basics
import DIDProvider
import Foundation
import HeyGenProvider
import LogLines
import Logging
import Relay
import Transport

/// A running relay. It lives on the event loop that it was started on.
public actor RelayServer {
  private let loop: EventLoop
  private let configuration: RelayConfiguration
  private let registry: SessionRegistry
  private let ledger: LedgerConfiguration
  private let routes: HTTPRoutes
  private let listener: Listener
  private let operators: OperatorListeners
  private let readyConnections: ReadyConnections
  /// Whose keys sign tokens; nil where everybody is let in.
  private let keyRing: AccessKeyRing?
  private let secondsSinceEpoch: @Sendable () -> Double
  private let logger: Logger

  public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private init(
    loop: EventLoop, configuration: RelayConfiguration, registry: SessionRegistry, ledger: LedgerConfiguration,
    routes: HTTPRoutes, listener: Listener, operators: OperatorListeners, readyConnections: ReadyConnections,
    keyRing: AccessKeyRing?, secondsSinceEpoch: @escaping @Sendable () -> Double, logger: Logger
  ) {
    self.loop = loop
    self.configuration = configuration
    self.registry = registry
    self.ledger = ledger
    self.routes = routes
    self.listener = listener
    self.operators = operators
    self.readyConnections = readyConnections
    self.keyRing = keyRing
    self.secondsSinceEpoch = secondsSinceEpoch
    self.logger = logger
  }

  /// Starts a relay.
  /// - Parameters:
  ///   - clock: the time by which sessions expire; the loop's own where none is given. A ``MovableClock`` goes with the
  ///     mock's, where there is a mock.
  ///   - secondsSinceEpoch: the time of day, by which tokens expire, records are dated and interruptions too.
  ///   - version: the program's, for the numbers.
  /// - Throws: ``ConfigurationError`` when the web folder or an access key cannot be read, or the address or a
  ///   certificate cannot be used.
  public static func start(
    _ configuration: RelayConfiguration, on loop: EventLoop, clock: (any MonotonicClock)? = nil,
    secondsSinceEpoch: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }, version: String,
    logger: Logger
  ) async throws(ConfigurationError) -> RelayServer {
    // Each session may have a WebSocket to D-ID, and where it has one another one to end it; each page that listens for
    // notifications has one, too.
    let socketsPerSession = configuration.didWebSocketURL == nil ? 1 : 2
    DescriptorLimit.makeRoom(
      forConnections: configuration.listener.maximumConnections
        + socketsPerSession * configuration.limits.maximumSessions + NotificationSockets.maximumSockets)
    let files = try configuration.webRoot.map { path throws(ConfigurationError) in try StaticFiles(folder: path) }
    let clock = clock ?? loop.clock
    let client = try await upstreamClient(configuration, on: loop)
    let keyRing = try await keyRing(configuration, client, on: loop, clock: clock, logger)
    let gate = gate(configuration, await keyRing?.keys, secondsSinceEpoch)
    let providers = ConfiguredProviders.make(
      configuration, client: client, didSockets: try await DIDSockets.client(configuration, on: loop, logger: logger),
      clock: clock, secondsSinceEpoch: secondsSinceEpoch)
    let ledger = try await RelayLedger.open(
      configuration, on: loop, clock: clock, providers: providers, secondsSinceEpoch: secondsSinceEpoch,
      logger: logger)
    let registry = SessionRegistry(
      providers: providers, limits: configuration.limits, clock: clock, executor: loop,
      identifiers: RandomIdentifiers(), gate: gate, ledger: ledger, logger: logger)
    let didNotifications = try await DIDSockets.notifications(configuration, on: loop, logger: logger)
    // A WebSocket is made for each session, and is no connection to be kept ready.
    let requested = configuration.providers.filter { !configuration.isCalledByMessages($0.name) }
    let providerURLs = requested.map(\.provider.url)
    let readyConnections = ReadyConnections(
      to: configuration.keepsConnectionsReady ? providerURLs : [], by: client, executor: loop,
      clock: loop.clock, logger: logger)
    let passThrough = configuration.passThrough.map {
      PassThrough(
        $0, configuration, loop: loop, registry: registry,
        // What a page writes for D-ID's HTTP API is no message of its WebSocket.
        providers: providers.filter { !configuration.isCalledByMessages($0.id.rawValue) },
        didNotifications: didNotifications, readyConnections: readyConnections, clock: clock, gate: gate, logger: logger)
    }
    let routes = HTTPRoutes(
      loop: loop, files: files ?? StaticFiles(), readiness: providers.isEmpty ? .noProvider : .ready,
      origins: OriginPolicy(configuration), clientAddress: configuration.clientAddress,
      providers: providers.map(\.id.rawValue),
      mockControl: configuration.mock.map {
        MockControl(loop: loop, mock: $0, client: client, clock: clock as? any MovableClock)
      }, passThrough: passThrough,
      validation: gate.map { TokenValidation(gate: $0, clock: clock) })
    let endpoint = SignalingEndpoint(
      configuration, loop: loop, registry: registry, readyConnections: readyConnections, clock: clock, logger: logger)
    do { try await registry.recover() } catch {
      await ledger.store.close()
      throw ConfigurationError(error, path: "\(configuration.ledger)")
    }
    var operators = OperatorListeners()
    do throws(ConfigurationError) {
      operators = try await OperatorListeners.start(
        configuration, about: .init(registry: registry, endpoint: endpoint, version: version), on: loop, logger: logger)
      let listener = try await publicListener(
        configuration, loop, routes, endpoint, passThrough?.notifications, logger)
      if providers.isEmpty { logger.warning("\(ConfigurationReport.noProvider)") }
      for warning in ConfigurationReport.warnings(configuration) { logger.warning("\(warning)") }
      if !configuration.ignored.isEmpty {
        logger.notice(
          "variables that Kubernetes or Docker set for services of this name are no settings",
          metadata: ["variables": "\(configuration.ignored.joined(separator: " "))"])
      }
      await registry.watchLedger()
      let server = RelayServer(
        loop: loop, configuration: configuration, registry: registry, ledger: ledger, routes: routes,
        listener: listener, operators: operators, readyConnections: readyConnections, keyRing: keyRing,
        secondsSinceEpoch: secondsSinceEpoch, logger: logger)
      await keyRing?.keepFresh { [weak server] in await server?.use($0) }
      return server
    } catch {
      await operators.stop()
      await registry.drain(within: .zero)
      await ledger.store.close()
      throw error
    }
  }

  /// The port that is listened on; nil on a unix socket.
  public nonisolated var port: Int? { listener.port }

  /// The port of the admin listener; nil where there is none.
  public nonisolated var adminPort: Int? { operators.admin?.port }

  /// The port where the numbers are asked for besides; nil where there is none.
  public nonisolated var metricsPort: Int? { operators.metrics?.port }

  /// The names of the providers that sessions can be opened at.
  public nonisolated var providers: [String] { configuration.providers.map(\.name) }

  /// How many connections are open.
  public var connectionCount: Int {
    get async { await listener.connectionCount }
  }

  /// Reads certificate, access keys and web folder again. What cannot be read stays as it was, and the log says so.
  public func reload() async {
    if configuration.listener.tls != nil {
      do {
        try await listener.reloadCertificate()
        try await operators.reloadCertificate()
        logger.notice("certificate reloaded")
      } catch {
        logger.error("certificate not reloaded, the old one stays", metadata: ["cause": "\(error)"])
      }
    }
    if let keyRing, let keys = await keyRing.readAgain() { await use(keys) }
    guard let folder = configuration.webRoot else { return }
    do {
      await routes.replace(files: try StaticFiles(folder: folder))
      logger.notice("web folder reloaded")
    } catch {
      logger.error("web folder not reloaded, the old files stay", metadata: ["cause": "\(error)"])
    }
  }

  /// Ends every session at its provider, then every connection. New sessions are refused from the first moment.
  public func stop() async {
    await routes.set(.draining)
    await registry.drain(within: configuration.drainDeadline)
    await listener.stop()
    await operators.stop()
    await readyConnections.stop()
    await keyRing?.stop()
    await ledger.store.close()
  }

  /// Gives a drain that is under way little time: what is not closed by then is left open, and said.
  public func hurry() async { await registry.hurryDrain() }

  private func use(_ keys: AccessKeys) async {
    guard let gate = Self.gate(configuration, keys, secondsSinceEpoch) else { return }
    await registry.replace(gate: gate)
    await routes.replace(gate: gate)
  }
}

// MARK: - The parts

extension RelayServer {
  /// Reads the keys of access tokens; nil where everybody is let in.
  static func keyRing(
    _ configuration: RelayConfiguration, _ client: HTTPClient, on loop: EventLoop, clock: any MonotonicClock,
    _ logger: Logger
  ) async throws(ConfigurationError) -> AccessKeyRing? {
    guard let access = configuration.access else { return nil }
    let ring = AccessKeyRing(access, client: client, executor: loop, clock: clock, logger: logger)
    try await ring.readAll()
    return ring
  }

  /// What checks access tokens; nil where everybody is let in.
  private static func gate(
    _ configuration: RelayConfiguration, _ keys: AccessKeys?, _ secondsSinceEpoch: @escaping @Sendable () -> Double
  ) -> TokenGate? {
    guard let access = configuration.access, let keys else { return nil }
    let verifier = TokenVerifier(
      keys: keys, leewaySeconds: access.leewaySeconds, audience: access.audience, issuer: access.issuer)
    return TokenGate(verifier, secondsSinceEpoch: secondsSinceEpoch)
  }

  /// What calls the providers.
  static func upstreamClient(
    _ configuration: RelayConfiguration, on loop: EventLoop
  ) async throws(ConfigurationError) -> HTTPClient {
    if let path = configuration.upstream.extraCAFile {
      do { _ = try SmallFile.read(path) } catch { throw ConfigurationError(unreadable: path, of: "upstream.ca-file", error) }
    }
    do { return try await HTTPClient.start(configuration.upstream, on: loop) } catch {
      throw ConfigurationError(error, calling: configuration.upstream)
    }
  }

  /// Where browsers connect.
  private static func publicListener(
    _ configuration: RelayConfiguration, _ loop: EventLoop, _ routes: HTTPRoutes, _ endpoint: SignalingEndpoint,
    _ notifications: NotificationSockets?, _ logger: Logger
  ) async throws(ConfigurationError) -> Listener {
    var settings = configuration.listener
    if notifications != nil { settings.webSocketPaths.insert(NotificationSockets.path) }
    let webSocket = notifications.map { WebSocketRoutes(signaling: endpoint, notifications: $0) as any WebSocketHandler }
    do {
      return try await Listener.start(
        settings, on: loop, http: routes, webSocket: webSocket ?? endpoint, logger: logger.ofStrangers)
    } catch { throw ConfigurationError(error, listeningAs: configuration.listener) }
  }
}
