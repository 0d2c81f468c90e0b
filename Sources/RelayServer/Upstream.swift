// Makes what a relay calls: an adapter for each provider that has a key, and the ledger.
import AvatarProvider
import Basics
import DIDProvider
import HeyGenProvider
import Ledger
import LedgerRedis
import LedgerSQLite
import Logging
import ProviderHTTP
import Relay
import Transport

/// Makes one adapter for each provider that has a key.
enum ConfiguredProviders {
  static func make(
    _ configuration: RelayConfiguration, client: any ProviderHTTPClient,
    didSockets: (any ProviderHTTPClient)? = nil, clock: any MonotonicClock,
    secondsSinceEpoch: @escaping @Sendable () -> Double
  ) -> [any AvatarProvider] {
    var providers: [any AvatarProvider] = []
    for name in configuration.didNames {
      guard let key = configuration.did.key else { break }
      var did = DIDProvider.Configuration(
        baseURL: configuration.did.url, key: key, idleLimit: configuration.did.idleLimit,
        defaultSourceURL: configuration.didSourceURL)
      did.extraOptions.names = Set(configuration.did.extraOptions)
      did.id = ProviderID(rawValue: name)
      let isCalledByMessages = configuration.isCalledByMessages(name)
      if isCalledByMessages, let url = configuration.didWebSocketURL { did.transport = .webSocket(url) }
      providers.append(
        DIDProvider(
          configuration: did, client: isCalledByMessages ? didSockets ?? client : client, clock: clock,
          millisecondsSinceEpoch: { Int64(secondsSinceEpoch() * 1000) }))
    }
    if let key = configuration.heygen.key {
      var heygen = HeyGenProvider.Configuration(
        baseURL: configuration.heygen.url, key: key,
        authentication: configuration.heygenUsesSessionTokens ? .sessionToken : .apiKey,
        idleLimit: configuration.heygen.idleLimit)
      heygen.extraOptions.names = Set(configuration.heygen.extraOptions)
      providers.append(HeyGenProvider(configuration: heygen, client: client, clock: clock))
    }
    return providers
  }
}

/// Makes what speaks with D-ID over WebSockets.
enum DIDSockets {
  /// What carries D-ID's calls where they are messages.
  /// - Returns: nil where D-ID is called over HTTP.
  static func client(
    _ configuration: RelayConfiguration, on loop: EventLoop, logger: Logger
  ) async throws(ConfigurationError) -> DIDSocketClient? {
    guard configuration.didWebSocketURL != nil else { return nil }
    return DIDSocketClient(
      try await connector(configuration, on: loop, logger: logger), executor: loop, clock: loop.clock,
      maximumSockets: configuration.limits.maximumSessions)
  }

  /// What opens the sockets on which agents' clients are told what happens.
  /// - Returns: nil where no page may have one.
  static func notifications(
    _ configuration: RelayConfiguration, on loop: EventLoop, logger: Logger
  ) async throws(ConfigurationError) -> DIDNotifications? {
    guard let url = configuration.didNotificationsURL, let key = configuration.did.key else { return nil }
    let connector = try await connector(configuration, on: loop, logger: logger)
    return DIDNotifications(DIDProvider.Configuration(key: key), url: url, sockets: connector)
  }

  private static func connector(
    _ configuration: RelayConfiguration, on loop: EventLoop, logger: Logger
  ) async throws(ConfigurationError) -> WebSocketConnector {
    var settings = WebSocketConnectorConfiguration()
    settings.extraCAFile = configuration.upstream.extraCAFile
    do throws(TransportError) {
      return try await WebSocketConnector.start(settings, on: loop, logger: logger)
    } catch { throw ConfigurationError(.unreadableFile, "upstream.ca-file: \(error.detail)") }
  }
}

/// Opens the ledger that a relay writes its sessions down in.
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

  /// Looks at the ledger without taking it: another relay may be running with it.
  /// - Throws: ``ConfigurationError`` for one that could not be opened.
  static func check(_ configuration: RelayConfiguration, on loop: EventLoop) async throws(ConfigurationError) {
    switch configuration.ledger {
    case .none: break
    case .file(let path):
      do throws(LedgerFailure) { try SQLiteLedger.check(path: path) } catch { throw ConfigurationError(error, path: path) }
    case .redis:
      let silent = Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }
      await (try ledger(configuration, on: loop, clock: loop.clock, logger: silent)).close()
    }
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
        settings.keyPrefix = "{\(configuration.ledgerKeyPrefix)}:"
        settings.onUnreadable = { session in
          logger.error(
            "a session's record in the ledger cannot be understood; nobody ends the session", metadata: ["session": "\(session)"])
        }
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
