// Reads a relay's configuration from its sources and refuses what cannot work.
import Logging
import ProviderHTTP
import Transport

extension RelayConfiguration {
  /// Reads and checks every key.
  /// - Parameters:
  ///   - sources: flags, environment, file and defaults.
  ///   - readFile: reads a small file; given so that tests need no disk.
  /// - Throws: ``ConfigurationError`` for the first key that cannot be used.
  public init(
    _ sources: ConfigurationSources, readFile: (String) throws -> [UInt8]
  ) throws(ConfigurationError) {
    access = try AccessSettings(sources)
    accessGrace = try sources.seconds(.accessGraceSeconds, in: 0...3600)
    listener = try Self.listener(sources, isGuarded: access != nil)
    clientAddress = try ClientAddress(sources)
    admin = try AdminSettings(sources)
    guards = try CostGuards(sources)
    webRoot = try sources.optional(.webRoot)
    allowedOrigins = try Self.origins(sources)
    ledger = try Self.ledger(sources)
    ledgerPassword = try Self.key(sources, .ledgerPassword, .ledgerPasswordFile, readFile)
    ledgerLeaseTime = try sources.seconds(.ledgerLeaseSeconds, in: 2...300)
    hasExclusiveKeys = try sources.bool(.exclusiveKey)
    did = Provider(
      url: try Self.url(sources, .didURL), key: try Self.key(sources, .didKey, .didKeyFile, readFile),
      idleLimit: try sources.seconds(.didIdleSeconds, in: 1...86_400))
    didSourceURL = try sources.optional(.didSourceURL)
    heygen = Provider(
      url: try Self.url(sources, .heygenURL), key: try Self.key(sources, .heygenKey, .heygenKeyFile, readFile),
      idleLimit: try sources.seconds(.heygenIdleSeconds, in: 30...3600))
    heygenUsesSessionTokens = try sources.bool(.heygenSessionTokens)
    upstream = HTTPClientConfiguration()
    upstream.extraCAFile = try sources.optional(.upstreamCAFile)
    upstream.proxy = try Self.proxy(sources)
    upstream.connectTimeout = try sources.seconds(.upstreamConnectSeconds, in: 1...300)
    maximumSessions = try sources.int(.limitSessions, in: 1...100_000)
    // Leaving ends all sessions at once, and what the client has no room for would stay open at the provider.
    upstream.maximumRequests = max(upstream.maximumRequests, 2 * maximumSessions)
    // Each call that must happen once holds a connection of its own, a talk for as long as its speech takes to make.
    upstream.maximumConnectionsPerHost = 64
    upstream.maximumConnections = 128
    maximumSessionsPerConnection = try sources.int(.limitSessionsPerConnection, in: 1...1000)
    let lifetime = try sources.int(.limitSessionSeconds, in: 0...86_400)
    sessionLifetime = lifetime == 0 ? nil : .seconds(lifetime)
    graceTime = try sources.seconds(.timeGraceSeconds, in: 0...3600)
    expiryWarning = try sources.seconds(.timeWarningSeconds, in: 0...3600)
    drainDeadline = try sources.seconds(.timeDrainSeconds, in: 0...3600)
    logLevel = try Self.choice(sources, .logLevel, of: Logger.Level.self)
    logFormat = try Self.choice(sources, .logFormat, of: LogFormat.self)
  }

  private static func ledger(_ sources: ConfigurationSources) throws(ConfigurationError) -> LedgerChoice {
    let path = try sources.string(.ledger)
    guard !path.isEmpty else {
      throw ConfigurationError(.invalidValue, "ledger is empty; name a file, or none where nothing is to be kept")
    }
    return path == "none" ? .none : try LedgerChoice(path)
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
    var listener = ListenerConfiguration(address: address, tls: tls, webSocketPath: "/v1/signaling")
    listener.maximumMessageBytes = try sources.int(.limitMessageBytes, in: 1024...16_777_216)
    listener.maximumQueuedBytes = try sources.int(.limitQueuedBytes, in: 1024...1_073_741_824)
    listener.maximumConnections = try sources.int(.limitConnections, in: 1...1_000_000)
    // Handshakes are counted by the client's address, of which a proxy's connections may have many. What is no
    // WebSocket yet comes on top.
    let perAddress = try sources.int(.limitConnectionsPerAddress, in: 1...1_000_000)
    listener.maximumConnectionsPerAddress =
      try sources.optional(.listenProxyHeader) == nil ? 2 * perAddress + 32 : listener.maximumConnections
    listener.handshakeTimeout = try sources.seconds(.timeHandshakeSeconds, in: 1...300)
    listener.pingInterval = try sources.seconds(.timePingSeconds, in: 1...3600)
    listener.pongTimeout = try sources.seconds(.timePongSeconds, in: 1...3600)
    return listener
  }

  private static func address(
    _ sources: ConfigurationSources, isGuarded: Bool
  ) throws(ConfigurationError) -> ListenerConfiguration.Address {
    if let path = try sources.optional(.listenUnixSocket) { return .unix(path: path) }
    let host = try sources.string(.listenHost)
    // Without tokens nothing tells friend from stranger, and every session costs its owner money.
    guard isGuarded || LoopbackHost.matches(host) else {
      throw ConfigurationError(
        .conflict,
        "listen.host is \(host), but without access tokens the relay serves only loopback addresses and unix sockets; "
          + "name their keys in access.key-files or access.jwks-file")
    }
    return .tcp(host: host, port: try sources.int(.listenPort, in: 0...65_535))
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
      guard LoopbackHost.matches(authority: authority) else {
        throw ConfigurationError(.conflict, "\(key.rawValue) is plain http to another machine; use https")
      }
    }
    return url.hasSuffix("/") ? String(url.dropLast()) : url
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

  /// An origin with a path, or without its scheme, would match no page, and nobody would be told why.
  private static func origins(_ sources: ConfigurationSources) throws(ConfigurationError) -> [String] {
    let origins = try sources.strings(.webAllowedOrigins)
    for origin in origins {
      let parts = origin.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
      let host = parts.count == 2 ? parts[1] : ""
      guard !parts[0].isEmpty, !host.isEmpty, !host.contains(where: "/?#@* ".contains) else {
        throw ConfigurationError(
          .invalidValue, "web.allowed-origins has \(origin), but an origin is scheme://host or scheme://host:port")
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
      return try given.map { value throws(ConfigurationError) in try secret(value, key) }
    }
    guard given == nil else {
      throw ConfigurationError(.conflict, "\(key.rawValue) and \(file.rawValue) exclude each other")
    }
    guard let bytes = try? readFile(path) else {
      throw ConfigurationError(.unreadableFile, "the file of \(file.rawValue) cannot be read")
    }
    return try secret(String(decoding: bytes, as: UTF8.self), file)
  }

  /// A key ends up in a header field, so white space around it goes and a line break inside it is refused.
  private static func secret(_ text: String, _ key: ConfigurationKey) throws(ConfigurationError) -> Secret {
    var trimmed = Substring(text)
    while let first = trimmed.first, first.isWhitespace { trimmed.removeFirst() }
    while let last = trimmed.last, last.isWhitespace { trimmed.removeLast() }
    guard !trimmed.isEmpty, trimmed.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw ConfigurationError(.invalidValue, "\(key.rawValue) is empty or not one line of printable ASCII")
    }
    return Secret(String(trimmed))
  }

  private static func choice<Choice: RawRepresentable & CaseIterable>(
    _ sources: ConfigurationSources, _ key: ConfigurationKey, of type: Choice.Type
  ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
    guard let choice = Choice(rawValue: try sources.string(key)) else {
      let accepted = type.allCases.map(\.rawValue).joined(separator: ", ")
      throw ConfigurationError(.invalidValue, "\(key.rawValue) is not one of \(accepted)")
    }
    return choice
  }
}

extension ConfigurationSources {
  /// A string, or nil when it is empty.
  func optional(_ key: ConfigurationKey) throws(ConfigurationError) -> String? {
    let value = try string(key)
    return value.isEmpty ? nil : value
  }
}
