// Decides what the relay runs with: reads every setting and refuses what cannot work.
import AccessTokens
import Basics
import Logging
import ProviderHTTP
import Relay
import Signaling
import Transport

/// The whole configuration of a relay.
public struct RelayConfiguration: Sendable {
  /// One provider: where it is and with which key. A provider without a key is not served.
  public struct Provider: Sendable {
    public var url: String
    public var key: Secret?
    /// After how much silence the provider ends a session.
    public var idleLimit: Duration
    /// Options of clients that are passed on although the adapter does not know them.
    public var extraOptions: [String]
  }

  /// How D-ID is called.
  public enum DIDTransport: String, Sendable, CaseIterable {
    case http, websocket
    /// By requests as `did`, and by messages as ``RelayConfiguration/didByMessages``.
    case both
  }

  /// The name of the provider that is D-ID called by messages, where it is called by requests as well.
  static let didByMessages = "did-websocket"

  /// How log lines look.
  public enum LogFormat: String, Sendable, CaseIterable { case auto, text, json }

  public var listener: ListenerConfiguration
  /// Which proxies are believed about a client's address.
  public var clientAddress: ClientAddress
  /// Where the operator's requests are taken; nil takes none.
  public var admin: AdminSettings?
  /// Where its numbers are asked for besides; nil for nowhere.
  public var metrics: AdminSettings?
  /// Bounds and times of the session core.
  public var limits: RelayLimits
  /// Bounds of one connection and of one address.
  public var connectionLimits: ConnectionLimits
  public var webRoot: String?
  /// Origins of pages that may connect, beside loopback's.
  public var allowedOrigins: [WebOrigin]
  /// Where access tokens are asked for; nil serves everybody who reaches the listener.
  public var access: AccessSettings?
  /// Where sessions are written down.
  public var ledger: LedgerChoice
  /// The password of a shared ledger's server; nil where it asks for none.
  public var ledgerPassword: Secret?
  /// The name at the beginning of all keys in a shared ledger.
  public var ledgerKeyPrefix: String
  /// How long a relay's claim on a session is good where several share the ledger.
  public var ledgerLeaseTime: Duration
  /// True where nobody else uses the provider keys, so that a session that no relay knows may be ended.
  public var hasExclusiveKeys: Bool
  public var did: Provider
  /// The URL of the WebSocket over which D-ID is called; nil where that is done by requests.
  public var didWebSocketURL: String?
  public var didTransport: DIDTransport
  /// The URL of the WebSocket on which pages hear of D-ID's agents; nil where none may have one.
  public var didNotificationsURL: String?
  /// The photo of D-ID talks that name no avatar.
  public var didSourceURL: String?
  public var heygen: Provider
  public var heygenUsesSessionTokens: Bool
  /// How the vendors' own APIs are served; nil where they are not.
  public var passThrough: PassThroughSettings?
  public var upstream: HTTPClientConfiguration
  /// Whether a connection to each provider is kept ready while clients are connected.
  public var keepsConnectionsReady: Bool
  /// The base URL of the mock whose control surface is served, too: `avatar-relay dev` sets it, no setting does.
  public var mock: String?
  public var drainDeadline: Duration
  public var logLevel: Logger.Level
  public var logFormat: LogFormat
  /// The settings that were given, each as `listen.port = 0 (flag)`; a secret's value is not shown.
  public var given: [String]
  /// Variables of the environment that look like settings, and that Kubernetes or Docker set.
  public var ignored: [String]
}

extension RelayConfiguration {
  /// Whether the numbers' own address speaks TLS: where it is not this machine's alone, as the clients' does.
  public var metricsAreSecure: Bool { metrics?.isLoopback == false && listener.tls != nil }

  /// The providers that have a key, by their names.
  var providers: [(name: String, provider: Provider)] {
    (didNames.map { ($0, did) } + [("heygen", heygen)]).filter { $0.1.key != nil }
  }

  /// The names under which D-ID is offered.
  var didNames: [String] { didTransport == .both ? ["did", Self.didByMessages] : ["did"] }

  /// Whether a provider is called by messages on a WebSocket, made for each session, instead of by requests.
  func isCalledByMessages(_ provider: String) -> Bool {
    provider == (didTransport == .both ? Self.didByMessages : "did") && didTransport != .http
  }

  /// Reads and checks every key.
  /// - Parameters:
  ///   - sources: flags, environment, file and defaults.
  ///   - readFile: reads a small file; given so that tests need no disk.
  /// - Throws: ``ConfigurationError`` for the first key that cannot be used.
  public init(
    _ sources: ConfigurationSources, readFile: (String) throws -> [UInt8]
  ) throws(ConfigurationError) {
    given = sources.shown
    ignored = sources.ignored
    access = try AccessSettings(sources)
    listener = try Self.listener(sources, isGuarded: access != nil)
    clientAddress = try ClientAddress(sources)
    admin = try AdminSettings(sources)
    metrics = try AdminSettings.ofMetrics(sources)
    limits = try RelayLimits(sources)
    connectionLimits = try ConnectionLimits(sources)
    webRoot = try sources.optional(.webRoot)
    allowedOrigins = try Self.origins(sources)
    ledger = try Self.ledger(sources)
    ledgerPassword = try Self.key(sources, .ledgerPassword, .ledgerPasswordFile, readFile)
    ledgerKeyPrefix = try Self.keyPrefix(sources)
    ledgerLeaseTime = try sources.seconds(.ledgerLeaseSeconds)
    hasExclusiveKeys = try sources.bool(.ledgerExclusiveKey)
    did = Provider(
      url: try Self.url(sources, .didURL), key: try Self.key(sources, .didKey, .didKeyFile, readFile),
      idleLimit: try sources.seconds(.didIdleSeconds), extraOptions: try sources.strings(.didExtraOptions))
    didTransport = try sources.choice(.didTransport, of: DIDTransport.self)
    didWebSocketURL = didTransport == .http ? nil : try Self.webSocketURL(sources)
    didSourceURL = try sources.optional(.didSourceURL)
    heygen = Provider(
      url: try Self.url(sources, .heygenURL), key: try Self.key(sources, .heygenKey, .heygenKeyFile, readFile),
      idleLimit: try sources.seconds(.heygenIdleSeconds), extraOptions: try sources.strings(.heygenExtraOptions))
    heygenUsesSessionTokens = try sources.bool(.heygenSessionTokens)
    passThrough = try PassThroughSettings(sources)
    didNotificationsURL = try Self.notificationsURL(sources, passThrough, did, didTransport)
    if passThrough != nil { listener.maximumBodyBytes = BodyRoom.maximumBodyBytes }
    upstream = HTTPClientConfiguration()
    // The relay may say a little more than the page.
    upstream.maximumRequestBytes = BodyRoom.maximumBodyBytes + (1 << 20)
    upstream.extraCAFile = try sources.optional(.upstreamCAFile)
    upstream.proxy = try Self.proxy(sources)
    upstream.connectTimeout = try sources.seconds(.upstreamConnectSeconds)
    // Every session may have a description, a dozen candidates and a talk under way; and leaving ends all sessions at
    // once, where what the client has no room for would stay open at the provider.
    upstream.maximumRequests = max(upstream.maximumRequests, 16 * limits.maximumSessions)
    // Over HTTP/1.1 a talk holds a connection for as long as its speech takes to make.
    upstream.maximumConnectionsPerHost = 64
    upstream.reservedConnectionsPerHost = 8
    upstream.maximumConnections = 160
    keepsConnectionsReady = try sources.bool(.upstreamReadyConnections)
    drainDeadline = try sources.seconds(.timeDrainSeconds)
    logLevel = try sources.choice(.logLevel, of: Logger.Level.self)
    logFormat = try sources.choice(.logFormat, of: LogFormat.self)
    if sources.isGiven(.timeWarningSeconds) { try checkWarning() }
  }

  /// A warning comes at half of a limit at the earliest, so one that was set to come before would come late.
  private func checkWarning() throws(ConfigurationError) {
    let idle = [(did, ConfigurationKey.didIdleSeconds), (heygen, .heygenIdleSeconds)].filter { $0.0.key != nil }
    for (limit, key) in idle.map({ ($0.0.idleLimit, $0.1) }) + [(limits.lifetime ?? .zero, .limitSessionSeconds)]
    where limit > .zero && limits.expiryWarning > limit / 2 {
      throw ConfigurationError(
        .conflict, "time.warning-seconds is more than half of \(key.rawValue); set it to "
          + "\((limit / 2).components.seconds) or less, or that to more")
    }
  }

  private static func ledger(_ sources: ConfigurationSources) throws(ConfigurationError) -> LedgerChoice {
    let path = try sources.string(.ledgerStore)
    guard !path.isEmpty else {
      throw ConfigurationError(.invalidValue, "ledger.store is empty; name a file, or none where nothing is to be kept")
    }
    return path == "none" ? .none : try LedgerChoice(path)
  }

  private static func keyPrefix(_ sources: ConfigurationSources) throws(ConfigurationError) -> String {
    let prefix = try sources.string(.ledgerKeyPrefix)
    guard (1...64).contains(prefix.utf8.count), prefix.utf8.allSatisfy({ $0.isVisibleASCII && !"{}".utf8.contains($0) })
    else {
      throw ConfigurationError(
        .invalidValue, "ledger.key-prefix is not 1 to 64 characters of printable ASCII without braces and spaces")
    }
    return prefix
  }

  private static func listener(
    _ sources: ConfigurationSources, isGuarded: Bool
  ) throws(ConfigurationError) -> ListenerConfiguration {
    let certificate = try sources.optional(.listenCertificate)
    let key = try sources.optional(.listenCertificateKey)
    let tls: ListenerConfiguration.TLS?
    switch (certificate, key) {
    case (let certificate?, let key?): tls = .init(certificateFile: certificate, keyFile: key)
    case (nil, nil): tls = nil
    default: throw ConfigurationError(.conflict, "listen.certificate and listen.certificate-key go together")
    }
    let address = try address(sources, isGuarded: isGuarded)
    var listener = ListenerConfiguration(address: address, tls: tls, webSocketPaths: ["/v1/signaling"])
    listener.maximumMessageBytes = try sources.int(.limitMessageBytes)
    listener.maximumQueuedBytes = try sources.int(.limitQueuedBytes)
    listener.maximumConnections = try sources.int(.limitConnections)
    // Handshakes are counted by the client's address, of which a proxy's connections may have many. What is no
    // WebSocket yet comes on top.
    let perAddress = try sources.int(.limitConnectionsPerAddress)
    listener.maximumConnectionsPerAddress =
      try sources.optional(.listenProxyHeader) == nil ? 2 * perAddress + 32 : listener.maximumConnections
    listener.handshakeTimeout = try sources.seconds(.timeHandshakeSeconds)
    listener.pingInterval = try sources.seconds(.timePingSeconds)
    listener.pongTimeout = try sources.seconds(.timePongSeconds)
    return listener
  }

  private static func address(
    _ sources: ConfigurationSources, isGuarded: Bool
  ) throws(ConfigurationError) -> ListenerConfiguration.Address {
    if let path = try sources.optional(.listenUnixSocket) { return .unix(path: path) }
    let host = try sources.string(.listenHost)
    // Without tokens nothing tells friend from stranger, and every session costs its owner money.
    guard isGuarded || HostName.isLoopback(host) else {
      throw ConfigurationError(
        .conflict,
        "listen.host is \(host), but without access tokens the relay serves only loopback addresses and unix sockets; "
          + "name their keys in access.key-files, access.jwks-file or access.jwks-url")
    }
    return .tcp(host: host, port: try sources.int(.listenPort))
  }

  private static func url(
    _ sources: ConfigurationSources, _ key: ConfigurationKey
  ) throws(ConfigurationError) -> String {
    let url = try sources.string(key)
    guard hasHost(url, schemes: ["https://", "http://"]), !url.contains(where: "?# @".contains) else {
      throw ConfigurationError(
        .invalidValue, "\(key.rawValue) is not an http or https URL with a host and without user and query")
    }
    // A key must not cross a network in the clear.
    if url.hasPrefix("http://") {
      let authority = url.dropFirst(7).prefix { $0 != "/" }
      guard HostName.isLoopback(authority: authority) else {
        throw ConfigurationError(.conflict, "\(key.rawValue) is plain http to another machine; use https")
      }
    }
    return url.hasSuffix("/") ? String(url.dropLast()) : url
  }

  private static func webSocketURL(_ sources: ConfigurationSources) throws(ConfigurationError) -> String {
    let url = try webSocketURL(sources.string(.didWebSocketURL), .didWebSocketURL)
    guard try sources.optional(.upstreamProxy) == nil else {
      throw ConfigurationError(.conflict, "D-ID's WebSocket (did.transport) does not go through upstream.proxy")
    }
    return url
  }

  private static func webSocketURL(_ url: String, _ key: ConfigurationKey) throws(ConfigurationError) -> String {
    guard hasHost(url, schemes: ["wss://", "ws://"]), !url.contains(where: "?# @".contains) else {
      throw ConfigurationError(
        .invalidValue, "\(key.rawValue) is not a wss or ws URL with a host and without user and query")
    }
    guard !url.hasPrefix("ws://") || HostName.isLoopback(authority: url.dropFirst(5).prefix { $0 != "/" }) else {
      throw ConfigurationError(.conflict, "\(key.rawValue) is plain ws to another machine; use wss")
    }
    return url
  }

  /// The vendor's own, or beside the calls where these go elsewhere: a mock has both at one port, and the key is sent to nobody
  /// else.
  private static func notificationsURL(
    _ sources: ConfigurationSources, _ passThrough: PassThroughSettings?, _ did: Provider, _ transport: DIDTransport
  ) throws(ConfigurationError) -> String? {
    let given = try sources.optional(.didNotificationsURL).map { url throws(ConfigurationError) in
      try webSocketURL(url, .didNotificationsURL)
    }
    guard let passThrough, passThrough.relaysDIDNotifications, did.key != nil, transport != .websocket else { return nil }
    guard try sources.optional(.upstreamProxy) == nil else {
      throw ConfigurationError(
        .conflict, "passthrough.calls lets pages have D-ID's notifications, which do not go through upstream.proxy")
    }
    if let given { return given }
    return did.url == ConfigurationKey.vendorsDIDURL
      ? "wss://notifications.d-id.com" : did.url.replacing("http", with: "ws", maxReplacements: 1) + "/notifications"
  }

  private static func hasHost(_ url: String, schemes: [String]) -> Bool {
    guard let scheme = schemes.first(where: url.hasPrefix), let first = url.dropFirst(scheme.count).first else {
      return false
    }
    return first != "/" && first != ":"
  }

  /// A name and a password in it would be seen in the report and, as a flag, by every other program.
  private static func proxy(_ sources: ConfigurationSources) throws(ConfigurationError) -> String? {
    guard let proxy = try sources.optional(.upstreamProxy) else { return nil }
    guard hasHost(proxy, schemes: ["http://"]), !proxy.contains("@"), !proxy.contains(" ") else {
      throw ConfigurationError(.invalidValue, "upstream.proxy is not http://host:port without user and password")
    }
    return proxy
  }

  /// What matches no page would be taken in silence, and nobody told why the page is refused.
  private static func origins(_ sources: ConfigurationSources) throws(ConfigurationError) -> [WebOrigin] {
    var origins: [WebOrigin] = []
    for text in try sources.strings(.webAllowedOrigins) where !text.trimmingWhitespace().isEmpty {
      do throws(WebOrigin.Refusal) { origins.append(try WebOrigin(international: text)) } catch {
        throw ConfigurationError(.invalidValue, "web.allowed-origins has \(text.trimmingWhitespace()), which \(error.reason)")
      }
    }
    return origins
  }

  private static func key(
    _ sources: ConfigurationSources, _ key: ConfigurationKey, _ file: ConfigurationKey,
    _ readFile: (String) throws -> [UInt8]
  ) throws(ConfigurationError) -> Secret? {
    let given = try sources.optional(key)
    guard let path = try sources.optional(file) else {
      return try given.map { value throws(ConfigurationError) in try secret(value, key.rawValue) }
    }
    guard given == nil else {
      throw ConfigurationError(.conflict, "\(key.rawValue) and \(file.rawValue) exclude each other")
    }
    let bytes: [UInt8]
    do { bytes = try readFile(path) } catch {
      throw ConfigurationError(unreadable: path, of: file.rawValue, error)
    }
    return try secret(String(decoding: bytes, as: UTF8.self), "\(file.rawValue) \(path)")
  }

  /// A key ends up in a header field, so white space around it goes and a line break inside it is refused.
  private static func secret(_ text: String, _ source: String) throws(ConfigurationError) -> Secret {
    let trimmed = text.trimmingWhitespace()
    guard !trimmed.isEmpty, trimmed.utf8.allSatisfy(\.isPrintableASCII) else {
      throw ConfigurationError(.invalidValue, "\(source) is empty or not one line of printable ASCII")
    }
    return Secret(trimmed)
  }
}

/// Bounds of one WebSocket connection, and of all from one address.
public struct ConnectionLimits: Sendable, Hashable {
  /// Messages of a connection, and calls of a vendor's page; nil where there is no limit.
  public var messagesPerSecond: Int?
  public var messageBurst: Int
  /// WebSockets of one address.
  public var connectionsPerAddress: Int

  init(_ sources: ConfigurationSources) throws(ConfigurationError) {
    messagesPerSecond = try sources.limit(.limitMessagesPerSecond)
    messageBurst = try sources.int(.limitMessageBurst)
    connectionsPerAddress = try sources.int(.limitConnectionsPerAddress)
  }

  /// What one sender may send from now on; nil where there is no limit.
  func messages(at now: MonotonicInstant) -> TokenBucket? {
    messagesPerSecond.map { TokenBucket(capacity: Double(messageBurst), perSecond: Double($0), at: now) }
  }

  /// The error for one message or call more than ``messagesPerSecond``.
  /// - Parameter things: what was sent, in the plural.
  static func exceeded(by things: String, retryAfter wait: Duration) -> SignalingError {
    SignalingError(
      .requestRate, "too many \(things) a second", retryAfterMs: wait.millisecondsRoundedUp, limit: .messagesPerSecond)
  }
}

extension RelayLimits {
  /// The core's own limits with what is configured.
  fileprivate init(_ sources: ConfigurationSources) throws(ConfigurationError) {
    self.init()
    maximumSessions = try sources.int(.limitSessions)
    maximumSessionsPerConnection = try sources.int(.limitSessionsPerConnection)
    maximumSessionsPerSubject = try sources.int(.limitSessionsPerSubject)
    maximumSessionsPerProvider["did"] = try sources.limit(.didMaximumSessions)
    maximumSessionsPerProvider[RelayConfiguration.didByMessages] = try sources.limit(.didMaximumSessions)
    maximumSessionsPerProvider["heygen"] = try sources.limit(.heygenMaximumSessions)
    waitingOpens = try sources.int(.limitWaitingOpens)
    waitingOpensPerSubject = try sources.limit(.limitWaitingOpensPerSubject)
    waitingTime = try sources.seconds(.limitWaitingSeconds)
    opensPerMinute = try sources.limit(.limitOpensPerMinute)
    totalOpensPerMinute = try sources.limit(.limitTotalOpensPerMinute)
    talksPerMinute = try sources.limit(.limitTalksPerMinute)
    charactersPerMinute = try sources.limit(.limitCharactersPerMinute)
    totalTalksPerMinute = try sources.limit(.limitTotalTalksPerMinute)
    totalCharactersPerMinute = try sources.limit(.limitTotalCharactersPerMinute)
    charactersPerRecording = try sources.int(.limitCharactersPerRecording)
    totalSecondsPerDay = try sources.limit(.limitTotalSecondsPerDay)
    lifetime = try sources.limit(.limitSessionSeconds).map { .seconds($0) }
    graceTime = try sources.seconds(.timeGraceSeconds)
    expiryWarning = try sources.seconds(.timeWarningSeconds)
    partPatience = try sources.seconds(.timePartSeconds)
    accessGrace = try sources.seconds(.accessGraceSeconds)
    authorizationTime = try sources.seconds(.timeHandshakeSeconds)
  }
}
