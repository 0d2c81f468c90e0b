// Lists every setting of the relay: its name, type, default, range and meaning, each in this one place.
import Logging
import Relay
import Transport

/// A setting. `listen.port` is `--listen-port` on the command line, `AVATAR_RELAY_LISTEN_PORT` in the environment and
/// `{"listen": {"port": …}}` in the file.
///
/// Flags, environment, file, `--help`, the report of `check` and the table in docs/operations.md are derived from it; a
/// setting that bounds the session core or the transport takes its default from there.
public enum ConfigurationKey: String, Sendable, Hashable, CaseIterable {
  case listenHost = "listen.host"
  case listenPort = "listen.port"
  case listenUnixSocket = "listen.unix-socket"
  case listenCertificate = "listen.certificate"
  case listenCertificateKey = "listen.certificate-key"
  case listenProxyHeader = "listen.proxy-header"
  case listenTrustedProxies = "listen.trusted-proxies"

  case webRoot = "web.root"
  case webAllowedOrigins = "web.allowed-origins"

  case accessKeyFiles = "access.key-files"
  case accessSetFile = "access.jwks-file"
  case accessSetURL = "access.jwks-url"
  case accessSetRefreshSeconds = "access.jwks-refresh-seconds"
  case accessSetKeepSeconds = "access.jwks-keep-seconds"
  case accessAudience = "access.audience"
  case accessIssuer = "access.issuer"
  case accessLeewaySeconds = "access.leeway-seconds"
  case accessGraceSeconds = "access.grace-seconds"

  case ledgerStore = "ledger.store"
  case ledgerPassword = "ledger.password"
  case ledgerPasswordFile = "ledger.password-file"
  case ledgerKeyPrefix = "ledger.key-prefix"
  case ledgerLeaseSeconds = "ledger.lease-seconds"
  case ledgerExclusiveKey = "ledger.exclusive-key"

  case didKey = "did.key"
  case didKeyFile = "did.key-file"
  case didURL = "did.url"
  case didTransport = "did.transport"
  case didWebSocketURL = "did.websocket-url"
  case didNotificationsURL = "did.notifications-url"
  case didSourceURL = "did.source-url"
  case didExtraOptions = "did.extra-options"
  case didIdleSeconds = "did.idle-seconds"
  case didMaximumSessions = "did.max-sessions"

  case heygenKey = "heygen.key"
  case heygenKeyFile = "heygen.key-file"
  case heygenURL = "heygen.url"
  case heygenExtraOptions = "heygen.extra-options"
  case heygenIdleSeconds = "heygen.idle-seconds"
  case heygenSessionTokens = "heygen.session-tokens"
  case heygenMaximumSessions = "heygen.max-sessions"

  case passThroughEnabled = "passthrough.enabled"
  case passThroughSilenceSeconds = "passthrough.silence-seconds"
  case passThroughCalls = "passthrough.calls"

  case upstreamCAFile = "upstream.ca-file"
  case upstreamProxy = "upstream.proxy"
  case upstreamConnectSeconds = "upstream.connect-seconds"
  case upstreamReadyConnections = "upstream.ready-connections"

  case limitConnections = "limits.connections"
  case limitConnectionsPerAddress = "limits.connections-per-address"
  case limitSessions = "limits.sessions"
  case limitSessionsPerConnection = "limits.sessions-per-connection"
  case limitSessionsPerSubject = "limits.sessions-per-subject"
  case limitWaitingOpens = "limits.waiting-opens"
  case limitWaitingOpensPerSubject = "limits.waiting-opens-per-subject"
  case limitWaitingSeconds = "limits.waiting-seconds"
  case limitOpensPerMinute = "limits.opens-per-minute"
  case limitTotalOpensPerMinute = "limits.total-opens-per-minute"
  case limitTalksPerMinute = "limits.talks-per-minute"
  case limitCharactersPerMinute = "limits.characters-per-minute"
  case limitTotalTalksPerMinute = "limits.total-talks-per-minute"
  case limitTotalCharactersPerMinute = "limits.total-characters-per-minute"
  case limitCharactersPerRecording = "limits.characters-per-recording"
  case limitTotalSecondsPerDay = "limits.total-seconds-per-day"
  case limitMessagesPerSecond = "limits.messages-per-second"
  case limitMessageBurst = "limits.message-burst"
  case limitSessionSeconds = "limits.session-seconds"
  case limitMessageBytes = "limits.message-bytes"
  case limitQueuedBytes = "limits.queued-bytes"

  case timeHandshakeSeconds = "time.handshake-seconds"
  case timePingSeconds = "time.ping-seconds"
  case timePongSeconds = "time.pong-seconds"
  case timeGraceSeconds = "time.grace-seconds"
  case timeWarningSeconds = "time.warning-seconds"
  case timePartSeconds = "time.part-seconds"
  case timeDrainSeconds = "time.drain-seconds"

  case adminListen = "admin.listen"
  case adminKeyFile = "admin.key-file"

  case metricsListen = "metrics.listen"
  case metricsKeyFile = "metrics.key-file"

  case logLevel = "log.level"
  case logFormat = "log.format"
}

extension ConfigurationKey {
  /// What a setting holds, with the value where nobody gives one.
  enum Kind: Sendable {
    /// An empty text means "none".
    case text(String = "")
    /// May be repeated.
    case texts
    case bool(Bool)
    case int(Int, ClosedRange<Int>)
    /// Whole seconds; nil stands for 0, which means "no limit".
    case seconds(Duration?, ClosedRange<Int>)
    case bytes(Int, ClosedRange<Int>)
    /// 0 means "no limit".
    case limit(Int?, ClosedRange<Int>)
    case choice(String, [String])
    /// A text that must never be shown, and that no command-line flag takes: command lines can be seen by others.
    case secret
  }

  /// Where D-ID itself is.
  static let vendorsDIDURL = "https://api.d-id.com"

  /// Everything about a setting but its name.
  struct Definition: Sendable {
    let kind: Kind
    /// One line for `--help` and for docs/operations.md.
    let help: String
    /// A shorter name under which the setting is known too, on the command line, in the environment and at the top of
    /// the file: settings of the ledger had such names first.
    let shortName: String?

    init(_ kind: Kind, _ help: String, shortName: String? = nil) {
      self.kind = kind
      self.help = help
      self.shortName = shortName
    }
  }

  private static let limits = RelayLimits()
  private static let listener = ListenerConfiguration(address: .tcp(host: "", port: 0))
  private static let upstream = HTTPClientConfiguration()
  private static let most = 0...1_000_000_000

  var definition: Definition {
    let (limits, listener, upstream, most) = (Self.limits, Self.listener, Self.upstream, Self.most)
    return switch self {
    case .listenHost:
      .init(
        .text("127.0.0.1"),
        "Address to listen on: 127.0.0.1, ::1 or localhost for both; others only where access keys are set.")
    case .listenPort: .init(.int(8080, 0...65_535), "Port to listen on; 0 lets the system choose.")
    case .listenUnixSocket: .init(.text(), "Path of a unix socket to listen on instead.")
    case .listenCertificate:
      .init(.text(), "PEM file with the certificate chain; with it the port speaks TLS. Read again on SIGHUP.")
    case .listenCertificateKey: .init(.text(), "PEM file with the certificate's private key. Read again on SIGHUP.")
    case .listenProxyHeader:
      .init(
        .text(),
        "Header in which a trusted proxy names the client's address, as X-Forwarded-For or Forwarded; believed from no "
          + "one else.")
    case .listenTrustedProxies:
      .init(
        .texts, "Addresses of proxies beside loopback and unix sockets, or blocks as 10.0.0.0/8; may be repeated.")
    case .webRoot: .init(.text(), "Folder with the console and the browser client to serve; read again on SIGHUP.")
    case .webAllowedOrigins:
      .init(
        .texts,
        "Origins of pages that may connect, beside pages from loopback hosts; null, file:// and schemes of apps only with a "
          + "warning; may be repeated.")
    case .accessKeyFiles:
      .init(
        .texts,
        "Files with keys of access tokens, each as kid=path, or kid=hs256:path for a secret; may be repeated. Read "
          + "again on SIGHUP.")
    case .accessSetFile: .init(.text(), "File with a JWK Set with keys of access tokens. Read again on SIGHUP.")
    case .accessSetURL:
      .init(.text(), "https URL of a JWK Set with public keys of access tokens; fetched again and again, and on SIGHUP.")
    case .accessSetRefreshSeconds: .init(.seconds(.seconds(300), 10...86_400), "How often that set is fetched.")
    case .accessSetKeepSeconds:
      .init(.seconds(.seconds(86_400), 0...604_800), "How long the last good set counts where it cannot be fetched.")
    case .accessAudience:
      .init(.texts, "Names of which a token's aud has to have one; may be repeated. Without it aud is not looked at.")
    case .accessIssuer: .init(.text(), "What a token's iss has to be. Without it iss is not looked at.")
    case .accessLeewaySeconds:
      .init(.seconds(.seconds(30), 0...300), "By how much the clocks of a token's issuer and of the relay may differ.")
    case .accessGraceSeconds:
      .init(.seconds(limits.accessGrace, 0...3600), "How long sessions outlive the token that they were opened with.")
    case .ledgerStore:
      .init(
        .text("avatar-relay.db"),
        "File in which open sessions are written down, redis://host:port/database to share them with other "
          + "relays, or none: then those of a relay that is killed stay open.",
        shortName: "ledger")
    case .ledgerPassword:
      .init(.secret, "Password of the ledger's server (environment or file only).", shortName: "ledger-password")
    case .ledgerPasswordFile:
      .init(
        .text(), "File that holds the password of the ledger's server and nothing else.",
        shortName: "ledger-password-file")
    case .ledgerKeyPrefix:
      .init(
        .text("avatar-relay"),
        "Name at the beginning of all keys in Redis: relays with another one have nothing to do with each other.")
    case .ledgerLeaseSeconds:
      .init(
        .seconds(.seconds(10), 2...300), "After how long without a sign of life a relay's sessions are the other relays'.",
        shortName: "ledger-lease-seconds")
    case .ledgerExclusiveKey:
      .init(
        .bool(false),
        "Nobody else uses the provider keys: sessions that nobody knows are this relay's own, and are ended.",
        shortName: "exclusive-key")
    case .didKey: .init(.secret, "D-ID API key (environment or file only: command lines can be seen by others).")
    case .didKeyFile: .init(.text(), "File that holds the D-ID API key and nothing else.")
    case .didURL: .init(.text(Self.vendorsDIDURL), "Base URL of the D-ID API.")
    case .didTransport:
      .init(
        .choice("http", RelayConfiguration.DIDTransport.allCases.map(\.rawValue)),
        "How D-ID is called: by requests, or by messages on a WebSocket for each session; both is the second as did-websocket beside did.")
    case .didWebSocketURL: .init(.text("wss://ws-api.d-id.com"), "URL of D-ID's WebSocket, for did.transport websocket and both.")
    case .didNotificationsURL:
      .init(
        .text(),
        "URL of D-ID's notifications socket, for pages; by default wss://notifications.d-id.com, or /notifications below another "
          + "did.url.")
    case .didSourceURL: .init(.text(), "Photo for D-ID talks that name no avatar.")
    case .didExtraOptions:
      .init(
        .texts,
        "Options that clients may give beside those of docs/provider-options.md, as name or object.name; may be repeated.")
    // docs.d-id.com: 5 minutes without messages end a stream.
    case .didIdleSeconds:
      .init(.seconds(.seconds(300), 1...86_400), "After how many silent seconds a D-ID stream ends; clients may ask for less.")
    case .didMaximumSessions:
      .init(.limit(nil, 0...100_000), "Most sessions at once at D-ID; 0 for its own limit only.")
    case .heygenKey: .init(.secret, "HeyGen API key (environment or file only: command lines can be seen by others).")
    case .heygenKeyFile: .init(.text(), "File that holds the HeyGen API key and nothing else.")
    case .heygenURL: .init(.text("https://api.heygen.com"), "Base URL of the HeyGen API.")
    case .heygenExtraOptions:
      .init(
        .texts,
        "Options that clients may give beside those of docs/provider-options.md, as name or object.name; may be repeated.")
    // HeyGen's streaming guide: 3 minutes without messages end a session.
    case .heygenIdleSeconds:
      .init(
        .seconds(.seconds(180), 30...3600), "Idle limit in seconds that HeyGen is asked for; clients may ask for less.")
    case .heygenSessionTokens:
      .init(.bool(false), "Make a session token for each HeyGen session instead of sending the key with each call.")
    case .heygenMaximumSessions:
      .init(.limit(nil, 0...100_000), "Most sessions at once at HeyGen; 0 for its own limit only.")
    case .passThroughEnabled:
      .init(
        .bool(false), "Serve the vendors' own APIs too, under /did and /heygen (docs/drop-in.md).",
        shortName: "passthrough")
    case .passThroughSilenceSeconds:
      .init(
        .seconds(nil, 0...86_400),
        "After how many seconds without a call such a page's session is ended; 0 for shortly before its provider would.")
    case .passThroughCalls:
      .init(
        .texts,
        "Calls of the vendors' APIs beside those of sessions that such pages may make, as GET /did/agents/{id}, or did-sdk for "
          + "all that D-ID's client SDK makes; may be repeated.")
    case .upstreamCAFile: .init(.text(), "PEM file with a further certificate authority for provider URLs.")
    case .upstreamProxy: .init(.text(), "http://host:port of a proxy towards the providers; not for URLs of this machine (localhost, 127.0.0.0/8, [::1]).")
    case .upstreamConnectSeconds:
      .init(.seconds(upstream.connectTimeout, 1...300), "How long connecting to a provider may take.")
    case .upstreamReadyConnections:
      .init(.bool(true), "Keep a connection to each provider ready while clients are connected.")
    case .limitConnections: .init(.int(listener.maximumConnections, 1...1_000_000), "Most connections at once.")
    case .limitConnectionsPerAddress:
      .init(.int(1000, 1...1_000_000), "Most connections at once from one address, or one /64 of IPv6; more get 429.")
    case .limitSessions: .init(.int(limits.maximumSessions, 1...100_000), "Most sessions at once.")
    case .limitSessionsPerConnection:
      .init(.int(limits.maximumSessionsPerConnection, 1...1000), "Most sessions at once on one connection.")
    case .limitSessionsPerSubject:
      .init(
        .int(limits.maximumSessionsPerSubject ?? 0, 1...100_000),
        "Most sessions at once of one subject, or of one address where no tokens are in use.")
    case .limitWaitingOpens:
      .init(
        .int(limits.waitingOpens, 0...10_000),
        "Most requests that wait for a free session of one provider; 0 lets none wait.")
    case .limitWaitingOpensPerSubject:
      .init(
        .limit(limits.waitingOpensPerSubject, 0...10_000),
        "Most of them of one subject or address; 0 for as many as there is room for.")
    case .limitWaitingSeconds: .init(.seconds(limits.waitingTime, 1...3600), "How long they wait.")
    case .limitOpensPerMinute:
      .init(
        .limit(limits.opensPerMinute, most),
        "Most sessions that one subject or address asks for in a minute; 0 for no limit.")
    case .limitTotalOpensPerMinute:
      .init(.limit(limits.totalOpensPerMinute, most), "Most sessions that all ask for in a minute; 0 for no limit.")
    case .limitTalksPerMinute:
      .init(.limit(limits.talksPerMinute, most), "Most talks a minute of one subject or address; 0 for no limit.")
    case .limitCharactersPerMinute:
      .init(
        .limit(limits.charactersPerMinute, most),
        "Most spoken characters a minute of one subject or address, and of one talk; 0 for no limit.")
    case .limitTotalTalksPerMinute:
      .init(.limit(limits.totalTalksPerMinute, most), "Most talks a minute of all; 0 for no limit.")
    case .limitTotalCharactersPerMinute:
      .init(.limit(limits.totalCharactersPerMinute, most), "Most spoken characters a minute of all, and of one talk; 0 for no limit.")
    case .limitCharactersPerRecording:
      .init(.int(limits.charactersPerRecording, 0...1_000_000), "As how many characters a recording counts.")
    case .limitTotalSecondsPerDay:
      .init(
        .seconds(limits.totalSecondsPerDay.map { .seconds($0) }, most),
        "Most seconds of open sessions of all in a day, from 00:00 UTC on; then every session ends. 0 for no limit.")
    case .limitMessagesPerSecond:
      .init(.limit(100, 0...1_000_000), "Most messages a second of one connection; 0 for no limit.")
    case .limitMessageBurst: .init(.int(1000, 1...1_000_000), "Most messages at once after some silence.")
    case .limitSessionSeconds:
      .init(
        .seconds(limits.lifetime, 0...86_400),
        "Hard lifetime of a session in seconds, where the provider sets no shorter one; 0 for none.")
    case .limitMessageBytes:
      .init(
        .bytes(listener.maximumMessageBytes, 1024...16_777_216),
        "Largest message in bytes; a longer one closes with 1009.")
    case .limitQueuedBytes:
      .init(
        .bytes(listener.maximumQueuedBytes, 1024...1_073_741_824),
        "Most bytes that wait for a slow reader; more closes with 4002.")
    case .timeHandshakeSeconds: .init(.seconds(listener.handshakeTimeout, 1...300), "How long a handshake may take.")
    case .timePingSeconds:
      .init(.seconds(listener.pingInterval, 1...3600), "How often a connection is pinged, in seconds.")
    case .timePongSeconds:
      .init(
        .seconds(listener.pongTimeout, 1...3600),
        "How long a connection may be silent after a ping; longer closes with 4001.")
    case .timeGraceSeconds:
      .init(
        .seconds(limits.graceTime, 0...3600),
        "How long a session outlives its connection, to be resumed on another; 0 ends it at once.")
    case .timeWarningSeconds:
      .init(.seconds(limits.expiryWarning, 0...3600), "How long before a limit strikes a session is told so; at most half of it.")
    case .timePartSeconds:
      .init(
        .seconds(limits.partPatience, 1...3600), "How long a talk whose text is still being written waits for its next part.")
    case .timeDrainSeconds: .init(.seconds(.seconds(10), 0...3600), "How long the end of all sessions may take after SIGTERM.")
    case .adminListen:
      .init(.text(), "Where the operator's requests are taken: unix:PATH, or a loopback address and port.")
    case .adminKeyFile:
      .init(
        .text(),
        "File with the key of operator's requests, 32 bytes or more; needed where they are taken on a port.")
    case .metricsListen:
      .init(
        .text(), "Where /metrics is asked for besides, and nothing else: unix:PATH, or an address and port, also of others.")
    case .metricsKeyFile:
      .init(.text(), "File with the key of such requests, 32 bytes or more; needed where they are taken on a port.")
    case .logLevel: .init(.choice("info", Logger.Level.allCases.map(\.rawValue)), "How much is logged.")
    case .logFormat:
      .init(
        .choice("auto", RelayConfiguration.LogFormat.allCases.map(\.rawValue)),
        "How log lines look; auto is text on a terminal and JSON otherwise.")
    }
  }
}

extension ConfigurationKey {
  /// The value where nobody gives one; its type is the setting's type.
  public var defaultContent: SettingValue {
    switch definition.kind {
    case .text(let text), .choice(let text, _): .string(text)
    case .secret: .string("")
    case .texts: .strings([])
    case .bool(let bool): .bool(bool)
    case .int(let int, _), .bytes(let int, _): .int(int)
    case .seconds(let duration, _): .int(Int(duration?.components.seconds ?? 0))
    case .limit(let int, _): .int(int ?? 0)
    }
  }

  /// One line for `--help` and for docs/operations.md.
  public var help: String { definition.help }

  /// What a value is called where it has another type or form.
  var accepted: String {
    switch definition.kind {
    case .text, .choice, .secret: "a string"
    case .texts: "a list of strings"
    case .bool: "true or false"
    case .int, .limit: "an integer"
    case .seconds, .bytes: unit?.accepted ?? ""
    }
  }

  /// The unit that its numbers may have; nil where they have none.
  var unit: Quantity? {
    switch definition.kind {
    case .seconds: .seconds
    case .bytes: .bytes
    case .text, .texts, .bool, .int, .limit, .choice, .secret: nil
    }
  }

  /// True for values that must never be shown, and that no command-line flag takes.
  public var isSecret: Bool { if case .secret = definition.kind { true } else { false } }
}
