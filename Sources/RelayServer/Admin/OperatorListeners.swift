// Listens for the operator's requests, and for those who may ask for the numbers alone.
import Logging
import Relay
import Transport

/// The listeners of `admin.listen` and `metrics.listen`, where these are set.
struct OperatorListeners: Sendable {
  private(set) var admin: Listener?
  private(set) var metrics: Listener?

  /// What their answers are made of.
  struct Subject: Sendable {
    let registry: SessionRegistry
    let endpoint: SignalingEndpoint
    /// The program's.
    let version: String
  }

  /// Most connections at once, to each.
  private static let maximumConnections = 64

  /// Starts them.
  /// - Throws: ``ConfigurationError`` for a key or an address that cannot be used; then none listens.
  static func start(
    _ configuration: RelayConfiguration, about subject: Subject, on loop: EventLoop, logger: Logger
  ) async throws(ConfigurationError) -> OperatorListeners {
    var listeners = OperatorListeners()
    do throws(ConfigurationError) {
      if let settings = configuration.admin {
        listeners.admin = try await start(settings, "admin.listen", .everything, nil, subject, loop, logger)
      }
      if let settings = configuration.metrics {
        // Where its key crosses a network, it does so as what the clients send.
        let tls = configuration.metricsAreSecure ? configuration.listener.tls : nil
        listeners.metrics = try await start(settings, "metrics.listen", .numbers, tls, subject, loop, logger)
      }
    } catch {
      await listeners.stop()
      throw error
    }
    return listeners
  }

  private static func start(
    _ settings: AdminSettings, _ name: String, _ scope: AdminRoutes.Scope, _ tls: ListenerConfiguration.TLS?,
    _ subject: Subject, _ loop: EventLoop, _ logger: Logger
  ) async throws(ConfigurationError) -> Listener {
    var listener = ListenerConfiguration(address: settings.address, tls: tls)
    // For its owner alone: whoever can open the file of the admin listener can end every session.
    listener.unixSocketMode = 0o600
    listener.maximumConnections = maximumConnections
    listener.maximumBodyBytes = AdminRoutes.maximumBodyBytes
    var checksHost = settings.isLoopback
    if case .unix = settings.address { checksHost = false }
    let routes = AdminRoutes(
      loop: loop, registry: subject.registry, endpoint: subject.endpoint,
      key: try settings.key(readFile: SmallFile.read), checksHost: checksHost, scope: scope, version: subject.version)
    do { return try await Listener.start(listener, on: loop, http: routes, logger: logger) } catch {
      throw ConfigurationError(error, listeningAs: listener, name)
    }
  }

  /// Takes the certificate anew where one is in use.
  func reloadCertificate() async throws(TransportError) { try await metrics?.reloadCertificate() }

  func stop() async {
    await admin?.stop()
    await metrics?.stop()
  }
}
