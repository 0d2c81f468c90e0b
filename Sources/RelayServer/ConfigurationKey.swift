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

  case heygenKey = "heygen.key"
  case heygenKeyFile = "heygen.key-file"
  case heygenURL = "heygen.url"
  case heygenIdleSeconds = "heygen.idle-seconds"
  case heygenSessionTokens = "heygen.session-tokens"

  case upstreamCAFile = "upstream.ca-file"
  case upstreamProxy = "upstream.proxy"
  case upstreamConnectSeconds = "upstream.connect-seconds"

  case limitConnections = "limits.connections"
  case limitConnectionsPerAddress = "limits.connections-per-address"
  case limitSessions = "limits.sessions"
  case limitSessionsPerConnection = "limits.sessions-per-connection"
  case limitSessionSeconds = "limits.session-seconds"
  case limitMessageBytes = "limits.message-bytes"
  case limitQueuedBytes = "limits.queued-bytes"

  case timeHandshakeSeconds = "time.handshake-seconds"
  case timePingSeconds = "time.ping-seconds"
  case timePongSeconds = "time.pong-seconds"
  case timeGraceSeconds = "time.grace-seconds"
  case timeWarningSeconds = "time.warning-seconds"
  case timeDrainSeconds = "time.drain-seconds"

  case logLevel = "log.level"
  case logFormat = "log.format"
}

extension ConfigurationKey {
  /// The value where nobody gives one; its type is the key's type. An empty string means "none".
  public var defaultContent: ConfigContent {
    switch self {
    case .listenHost: .string("127.0.0.1")
    case .listenPort: .int(8080)
    case .webAllowedOrigins, .accessKeyFiles: .stringArray([])
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
    case .limitConnectionsPerAddress: .int(20_000)
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
      .heygenKey, .heygenKeyFile, .upstreamCAFile, .upstreamProxy:
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
    case .heygenKey: "HeyGen API key (environment or file only: command lines can be seen by others)."
    case .heygenKeyFile: "File that holds the HeyGen API key and nothing else."
    case .heygenURL: "Base URL of the HeyGen API."
    case .heygenIdleSeconds: "Idle limit that HeyGen is asked for, in seconds (30 to 3600)."
    case .heygenSessionTokens: "Make a session token for each HeyGen session instead of sending the key with each call."
    case .upstreamCAFile: "PEM file with a further certificate authority for provider URLs."
    case .upstreamProxy: "http://host:port of a proxy towards the providers."
    case .upstreamConnectSeconds: "How long connecting to a provider may take."
    case .limitConnections: "Most connections at once."
    case .limitConnectionsPerAddress: "Most connections at once from one address."
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

  /// The name of the command-line flag.
  public var flagName: String { rawValue.map { $0 == "." ? "-" : String($0) }.joined() }
}
