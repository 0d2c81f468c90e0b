// The registry of configuration: every key with its default and its meaning.
import Configuration

/// A configuration key. `listen.port` is `--listen-port` on the command line, `AVATAR_RELAY_LISTEN_PORT` in the
/// environment and `{"listen": {"port": …}}` in the file.
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
  case accessLeewaySeconds = "access.leeway-seconds"
  case accessGraceSeconds = "access.grace-seconds"

  case ledger = "ledger"
  case ledgerPassword = "ledger-password"
  case ledgerPasswordFile = "ledger-password-file"
  case ledgerLeaseSeconds = "ledger-lease-seconds"
  case exclusiveKey = "exclusive-key"

  case didKey = "did.key"
  case didKeyFile = "did.key-file"
  case didURL = "did.url"
  case didSourceURL = "did.source-url"
  case didIdleSeconds = "did.idle-seconds"

  case didMaximumSessions = "did.max-sessions"

  case heygenKey = "heygen.key"
  case heygenKeyFile = "heygen.key-file"
  case heygenURL = "heygen.url"
  case heygenIdleSeconds = "heygen.idle-seconds"
  case heygenSessionTokens = "heygen.session-tokens"
  case heygenMaximumSessions = "heygen.max-sessions"

  case upstreamCAFile = "upstream.ca-file"
  case upstreamProxy = "upstream.proxy"
  case upstreamConnectSeconds = "upstream.connect-seconds"

  case limitConnections = "limits.connections"
  case limitConnectionsPerAddress = "limits.connections-per-address"
  case limitSessions = "limits.sessions"
  case limitSessionsPerConnection = "limits.sessions-per-connection"
  case limitSessionsPerSubject = "limits.sessions-per-subject"
  case limitWaitingOpens = "limits.waiting-opens"
  case limitWaitingSeconds = "limits.waiting-seconds"
  case limitTalksPerMinute = "limits.talks-per-minute"
  case limitCharactersPerMinute = "limits.characters-per-minute"
  case limitTotalTalksPerMinute = "limits.total-talks-per-minute"
  case limitTotalCharactersPerMinute = "limits.total-characters-per-minute"
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
  case timeDrainSeconds = "time.drain-seconds"

  case adminListen = "admin.listen"
  case adminKeyFile = "admin.key-file"

  case logLevel = "log.level"
  case logFormat = "log.format"
}

extension ConfigurationKey {
  /// The value where nobody gives one; its type is the key's type. An empty string means "none".
  public var defaultContent: ConfigContent {
    switch self {
    case .listenHost: .string("127.0.0.1")
    case .listenPort: .int(8080)
    case .webAllowedOrigins, .accessKeyFiles, .listenTrustedProxies: .stringArray([])
    case .accessLeewaySeconds: .int(30)
    case .accessGraceSeconds: .int(10)
    case .ledger: .string("avatar-relay.db")
    case .ledgerLeaseSeconds: .int(10)
    case .exclusiveKey: .bool(false)
    case .didURL: .string("https://api.d-id.com")
    // docs.d-id.com: 5 minutes without messages end a stream.
    case .didIdleSeconds: .int(300)
    case .heygenURL: .string("https://api.heygen.com")
    // HeyGen's streaming guide: 3 minutes without messages end a session.
    case .heygenIdleSeconds: .int(180)
    case .heygenSessionTokens: .bool(false)
    case .upstreamConnectSeconds: .int(10)
    case .limitConnections: .int(20_000)
    case .limitConnectionsPerAddress: .int(1000)
    case .limitSessionsPerSubject: .int(100)
    case .limitWaitingOpens: .int(50)
    case .limitWaitingSeconds: .int(30)
    case .limitTalksPerMinute: .int(60)
    case .limitCharactersPerMinute: .int(20_000)
    case .limitMessagesPerSecond: .int(100)
    case .limitMessageBurst: .int(1000)
    case .limitTotalTalksPerMinute, .limitTotalCharactersPerMinute, .limitTotalSecondsPerDay: .int(0)
    case .didMaximumSessions, .heygenMaximumSessions: .int(0)
    case .limitSessions: .int(1000)
    case .limitSessionsPerConnection: .int(8)
    case .limitSessionSeconds: .int(3600)
    case .limitMessageBytes: .int(256 * 1024)
    case .limitQueuedBytes: .int(1024 * 1024)
    case .timeHandshakeSeconds: .int(10)
    case .timePingSeconds: .int(25)
    case .timePongSeconds: .int(10)
    case .timeGraceSeconds: .int(30)
    case .timeWarningSeconds: .int(30)
    case .timeDrainSeconds: .int(10)
    case .logLevel: .string("info")
    case .logFormat: .string("auto")
    case .listenUnixSocket, .listenCertificate, .listenCertificateKey, .webRoot, .accessSetFile, .ledgerPassword,
      .ledgerPasswordFile, .didKey,
      .didKeyFile,
      .didSourceURL,
      .heygenKey, .heygenKeyFile, .upstreamCAFile, .upstreamProxy, .listenProxyHeader, .adminListen, .adminKeyFile:
      .string("")
    }
  }

  /// One line for `--help` and for docs/operations.md.
  public var help: String {
    switch self {
    case .listenHost:
      "Address to listen on: 127.0.0.1, ::1 or localhost for both; others only where access keys are set."
    case .listenPort: "Port to listen on; 0 lets the system choose."
    case .listenUnixSocket: "Path of a unix socket to listen on instead."
    case .listenCertificate: "PEM file with the certificate chain; with it the port speaks TLS. Read again on SIGHUP."
    case .listenCertificateKey: "PEM file with the certificate's private key. Read again on SIGHUP."
    case .listenProxyHeader:
      "Header in which a trusted proxy names the client's address, as X-Forwarded-For; believed from no one else."
    case .listenTrustedProxies: "Addresses of proxies beside loopback and unix sockets; may be repeated."
    case .webRoot: "Folder with the console and the browser client to serve; read again on SIGHUP."
    case .webAllowedOrigins: "Origins of pages that may connect, beside pages from loopback hosts; may be repeated."
    case .accessKeyFiles:
      "Files with keys of access tokens, each as kid=path; may be repeated. Read again on SIGHUP."
    case .accessSetFile: "File with a JWK Set with keys of access tokens. Read again on SIGHUP."
    case .accessLeewaySeconds: "By how much the clocks of a token's issuer and of the relay may differ."
    case .accessGraceSeconds: "How long sessions outlive the token that they were opened with."
    case .ledger:
      "File in which open sessions are written down, redis://host:port/database to share them with other relays, or none: "
        + "then those of a relay that is killed stay open."
    case .ledgerPassword: "Password of the ledger's server (environment or file only)."
    case .ledgerPasswordFile: "File that holds the password of the ledger's server and nothing else."
    case .ledgerLeaseSeconds: "After how long without a sign of life a relay's sessions are the other relays'."
    case .exclusiveKey:
      "Nobody else uses the provider keys: sessions that nobody knows are this relay's own, and are ended."
    case .didKey: "D-ID API key (environment or file only: command lines can be seen by others)."
    case .didKeyFile: "File that holds the D-ID API key and nothing else."
    case .didURL: "Base URL of the D-ID API."
    case .didSourceURL: "Photo for D-ID talks that name no avatar."
    case .didIdleSeconds: "After how many silent seconds D-ID ends a stream."
    case .didMaximumSessions: "Most sessions at once at D-ID; 0 for its own limit only."
    case .heygenKey: "HeyGen API key (environment or file only: command lines can be seen by others)."
    case .heygenKeyFile: "File that holds the HeyGen API key and nothing else."
    case .heygenURL: "Base URL of the HeyGen API."
    case .heygenIdleSeconds: "Idle limit that HeyGen is asked for, in seconds (30 to 3600)."
    case .heygenSessionTokens: "Make a session token for each HeyGen session instead of sending the key with each call."
    case .heygenMaximumSessions: "Most sessions at once at HeyGen; 0 for its own limit only."
    case .upstreamCAFile: "PEM file with a further certificate authority for provider URLs."
    case .upstreamProxy: "http://host:port of a proxy towards the providers."
    case .upstreamConnectSeconds: "How long connecting to a provider may take."
    case .limitConnections: "Most connections at once."
    case .limitConnectionsPerAddress: "Most connections at once from one address, or one /64 of IPv6; more get 429."
    case .limitSessionsPerSubject: "Most sessions at once of one subject, or of one address where no tokens are in use."
    case .limitWaitingOpens: "Most requests that wait for a free session of one provider; 0 lets none wait."
    case .limitWaitingSeconds: "How long they wait."
    case .limitTalksPerMinute: "Most talks a minute of one subject or address; 0 for no limit."
    case .limitCharactersPerMinute: "Most spoken characters a minute of one subject or address; 0 for no limit."
    case .limitTotalTalksPerMinute: "Most talks a minute of all; 0 for no limit."
    case .limitTotalCharactersPerMinute: "Most spoken characters a minute of all; 0 for no limit."
    case .limitTotalSecondsPerDay:
      "Most seconds of open sessions of all in a day, from 00:00 UTC on; then every session ends. 0 for no limit."
    case .limitMessagesPerSecond: "Most messages a second of one connection; 0 for no limit."
    case .limitMessageBurst: "Most messages at once after some silence."
    case .limitSessions: "Most sessions at once."
    case .limitSessionsPerConnection: "Most sessions at once on one connection."
    case .limitSessionSeconds:
      "Hard lifetime of a session in seconds, where the provider sets no shorter one; 0 for none."
    case .limitMessageBytes: "Largest message in bytes; a longer one closes with 1009."
    case .limitQueuedBytes: "Most bytes that wait for a slow reader; more closes with 4002."
    case .timeHandshakeSeconds: "How long a handshake may take."
    case .timePingSeconds: "How often a connection is pinged, in seconds."
    case .timePongSeconds: "How long a connection may be silent after a ping; longer closes with 4001."
    case .timeGraceSeconds:
      "How long a session outlives its connection, to be resumed on another; 0 ends it at once."
    case .timeWarningSeconds: "How long before a limit strikes a session is told so."
    case .timeDrainSeconds: "How long the end of all sessions may take after SIGTERM."
    case .adminListen: "Where the operator's requests are taken: unix:PATH, or a loopback address and port."
    case .adminKeyFile: "File with the key of operator's requests, 32 bytes or more; needed but on a unix socket."
    case .logLevel: "trace, debug, info, notice, warning, error or critical."
    case .logFormat: "text, json, or auto: text on a terminal and JSON otherwise."
    }
  }

  /// True for values that must never be shown, and that no command-line flag takes.
  public var isSecret: Bool { [.ledgerPassword, .didKey, .heygenKey].contains(self) }

  /// The key as swift-configuration wants it.
  public var path: [String] { rawValue.split(separator: ".").map(String.init) }

  /// The name of the environment variable.
  public var environmentName: String {
    Self.environmentPrefix + rawValue.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
  }

  /// What all environment variables of this program begin with.
  public static let environmentPrefix = "AVATAR_RELAY_"
}
