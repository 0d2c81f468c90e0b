// The settings as command-line flags.
import ArgumentParser
import Configuration
import Foundation
import RelayServer

/// One flag for each configuration key but the secret ones; a test compares the two lists.
struct Settings: ParsableArguments {
  @Option(name: .customLong("config"), help: "JSON file with settings.", completion: .file())
  var configurationFile: String?

  @Option(name: .customLong("listen-host"), help: Self.help(.listenHost))
  var listenHost: String?
  @Option(name: .customLong("listen-port"), help: Self.help(.listenPort))
  var listenPort: Int?
  @Option(name: .customLong("listen-unix-socket"), help: Self.help(.listenUnixSocket))
  var listenUnixSocket: String?
  @Option(name: .customLong("listen-certificate"), help: Self.help(.listenCertificate))
  var listenCertificate: String?
  @Option(name: .customLong("listen-certificate-key"), help: Self.help(.listenCertificateKey))
  var listenCertificateKey: String?
  @Option(name: .customLong("web-root"), help: Self.help(.webRoot))
  var webRoot: String?
  @Option(name: .customLong("web-allowed-origins"), help: Self.help(.webAllowedOrigins))
  var webAllowedOrigins: [String] = []
  @Option(name: .customLong("access-key-files"), help: Self.help(.accessKeyFiles))
  var accessKeyFiles: [String] = []
  @Option(name: .customLong("access-jwks-file"), help: Self.help(.accessSetFile))
  var accessSetFile: String?
  @Option(name: .customLong("access-leeway-seconds"), help: Self.help(.accessLeewaySeconds))
  var accessLeewaySeconds: Int?
  @Option(name: .customLong("access-grace-seconds"), help: Self.help(.accessGraceSeconds))
  var accessGraceSeconds: Int?
  @Option(name: .customLong("ledger"), help: Self.help(.ledger))
  var ledger: String?
  @Option(name: .customLong("ledger-password-file"), help: Self.help(.ledgerPasswordFile))
  var ledgerPasswordFile: String?
  @Option(name: .customLong("ledger-lease-seconds"), help: Self.help(.ledgerLeaseSeconds))
  var ledgerLeaseSeconds: Int?
  @Flag(name: .customLong("exclusive-key"), help: Self.help(.exclusiveKey))
  var hasExclusiveKeys = false
  @Option(name: .customLong("did-key-file"), help: Self.help(.didKeyFile))
  var didKeyFile: String?
  @Option(name: .customLong("did-url"), help: Self.help(.didURL))
  var didURL: String?
  @Option(name: .customLong("did-source-url"), help: Self.help(.didSourceURL))
  var didSourceURL: String?
  @Option(name: .customLong("did-idle-seconds"), help: Self.help(.didIdleSeconds))
  var didIdleSeconds: Int?
  @Option(name: .customLong("heygen-key-file"), help: Self.help(.heygenKeyFile))
  var heygenKeyFile: String?
  @Option(name: .customLong("heygen-url"), help: Self.help(.heygenURL))
  var heygenURL: String?
  @Option(name: .customLong("heygen-idle-seconds"), help: Self.help(.heygenIdleSeconds))
  var heygenIdleSeconds: Int?
  @Option(name: .customLong("heygen-session-tokens"), help: Self.help(.heygenSessionTokens))
  var heygenSessionTokens: Bool?
  @Option(name: .customLong("upstream-ca-file"), help: Self.help(.upstreamCAFile))
  var upstreamCAFile: String?
  @Option(name: .customLong("upstream-proxy"), help: Self.help(.upstreamProxy))
  var upstreamProxy: String?
  @Option(name: .customLong("upstream-connect-seconds"), help: Self.help(.upstreamConnectSeconds))
  var upstreamConnectSeconds: Int?
  @Option(name: .customLong("limits-connections"), help: Self.help(.limitConnections))
  var limitConnections: Int?
  @Option(name: .customLong("limits-connections-per-address"), help: Self.help(.limitConnectionsPerAddress))
  var limitConnectionsPerAddress: Int?
  @Option(name: .customLong("limits-sessions"), help: Self.help(.limitSessions))
  var limitSessions: Int?
  @Option(name: .customLong("limits-sessions-per-connection"), help: Self.help(.limitSessionsPerConnection))
  var limitSessionsPerConnection: Int?
  @Option(name: .customLong("limits-session-seconds"), help: Self.help(.limitSessionSeconds))
  var limitSessionSeconds: Int?
  @Option(name: .customLong("limits-message-bytes"), help: Self.help(.limitMessageBytes))
  var limitMessageBytes: Int?
  @Option(name: .customLong("limits-queued-bytes"), help: Self.help(.limitQueuedBytes))
  var limitQueuedBytes: Int?
  @Option(name: .customLong("time-handshake-seconds"), help: Self.help(.timeHandshakeSeconds))
  var timeHandshakeSeconds: Int?
  @Option(name: .customLong("time-ping-seconds"), help: Self.help(.timePingSeconds))
  var timePingSeconds: Int?
  @Option(name: .customLong("time-pong-seconds"), help: Self.help(.timePongSeconds))
  var timePongSeconds: Int?
  @Option(name: .customLong("time-grace-seconds"), help: Self.help(.timeGraceSeconds))
  var timeGraceSeconds: Int?
  @Option(name: .customLong("time-warning-seconds"), help: Self.help(.timeWarningSeconds))
  var timeWarningSeconds: Int?
  @Option(name: .customLong("time-drain-seconds"), help: Self.help(.timeDrainSeconds))
  var timeDrainSeconds: Int?
  @Option(name: .customLong("listen-proxy-header"), help: Self.help(.listenProxyHeader))
  var listenProxyHeader: String?
  @Option(name: .customLong("did-max-sessions"), help: Self.help(.didMaximumSessions))
  var didMaximumSessions: Int?
  @Option(name: .customLong("heygen-max-sessions"), help: Self.help(.heygenMaximumSessions))
  var heygenMaximumSessions: Int?
  @Option(name: .customLong("limits-sessions-per-subject"), help: Self.help(.limitSessionsPerSubject))
  var limitSessionsPerSubject: Int?
  @Option(name: .customLong("limits-waiting-opens"), help: Self.help(.limitWaitingOpens))
  var limitWaitingOpens: Int?
  @Option(name: .customLong("limits-waiting-seconds"), help: Self.help(.limitWaitingSeconds))
  var limitWaitingSeconds: Int?
  @Option(name: .customLong("limits-talks-per-minute"), help: Self.help(.limitTalksPerMinute))
  var limitTalksPerMinute: Int?
  @Option(name: .customLong("limits-characters-per-minute"), help: Self.help(.limitCharactersPerMinute))
  var limitCharactersPerMinute: Int?
  @Option(name: .customLong("limits-total-talks-per-minute"), help: Self.help(.limitTotalTalksPerMinute))
  var limitTotalTalksPerMinute: Int?
  @Option(name: .customLong("limits-total-characters-per-minute"), help: Self.help(.limitTotalCharactersPerMinute))
  var limitTotalCharactersPerMinute: Int?
  @Option(name: .customLong("limits-total-seconds-per-day"), help: Self.help(.limitTotalSecondsPerDay))
  var limitTotalSecondsPerDay: Int?
  @Option(name: .customLong("limits-messages-per-second"), help: Self.help(.limitMessagesPerSecond))
  var limitMessagesPerSecond: Int?
  @Option(name: .customLong("limits-message-burst"), help: Self.help(.limitMessageBurst))
  var limitMessageBurst: Int?
  @Option(name: .customLong("admin-listen"), help: Self.help(.adminListen))
  var adminListen: String?
  @Option(name: .customLong("admin-key-file"), help: Self.help(.adminKeyFile))
  var adminKeyFile: String?
  @Option(name: .customLong("listen-trusted-proxies"), help: Self.help(.listenTrustedProxies))
  var listenTrustedProxies: [String] = []
  @Option(name: .customLong("log-level"), help: Self.help(.logLevel))
  var logLevel: String?
  @Option(name: .customLong("log-format"), help: Self.help(.logFormat))
  var logFormat: String?

  /// Reads flags, environment, file and defaults.
  /// - Parameters:
  ///   - overriding: values that come before all of them.
  ///   - defaults: values that stand in for the program's own defaults.
  /// - Throws: `ConfigurationError` with one sentence that says what to change.
  func load(
    overriding: [ConfigurationKey: ConfigContent] = [:], defaults: [ConfigurationKey: ConfigContent] = [:]
  ) throws -> RelayConfiguration {
    let file = try configurationFile.map { path in
      do { return try SmallFile.read(path) } catch {
        throw ConfigurationError(.unreadableFile, "the configuration file \(path) cannot be read")
      }
    }
    let sources = try ConfigurationSources(
      flags: flags.merging(overriding) { $1 }, environment: ProcessInfo.processInfo.environment, file: file,
      defaults: defaults)
    return try RelayConfiguration(sources, readFile: SmallFile.read)
  }

  private var flags: [ConfigurationKey: ConfigContent] {
    var flags: [ConfigurationKey: ConfigContent] = [:]
    flags[.listenHost] = listenHost.map { .string($0) }
    flags[.listenPort] = listenPort.map { .int($0) }
    flags[.listenUnixSocket] = listenUnixSocket.map { .string($0) }
    flags[.listenCertificate] = listenCertificate.map { .string($0) }
    flags[.listenCertificateKey] = listenCertificateKey.map { .string($0) }
    flags[.webRoot] = webRoot.map { .string($0) }
    if !webAllowedOrigins.isEmpty { flags[.webAllowedOrigins] = .stringArray(webAllowedOrigins) }
    if !accessKeyFiles.isEmpty { flags[.accessKeyFiles] = .stringArray(accessKeyFiles) }
    flags[.accessSetFile] = accessSetFile.map { .string($0) }
    flags[.accessLeewaySeconds] = accessLeewaySeconds.map { .int($0) }
    flags[.accessGraceSeconds] = accessGraceSeconds.map { .int($0) }
    flags[.ledger] = ledger.map { .string($0) }
    flags[.ledgerPasswordFile] = ledgerPasswordFile.map { .string($0) }
    flags[.ledgerLeaseSeconds] = ledgerLeaseSeconds.map { .int($0) }
    if hasExclusiveKeys { flags[.exclusiveKey] = .bool(true) }
    flags[.didKeyFile] = didKeyFile.map { .string($0) }
    flags[.didURL] = didURL.map { .string($0) }
    flags[.didSourceURL] = didSourceURL.map { .string($0) }
    flags[.didIdleSeconds] = didIdleSeconds.map { .int($0) }
    flags[.heygenKeyFile] = heygenKeyFile.map { .string($0) }
    flags[.heygenURL] = heygenURL.map { .string($0) }
    flags[.heygenIdleSeconds] = heygenIdleSeconds.map { .int($0) }
    flags[.heygenSessionTokens] = heygenSessionTokens.map { .bool($0) }
    flags[.upstreamCAFile] = upstreamCAFile.map { .string($0) }
    flags[.upstreamProxy] = upstreamProxy.map { .string($0) }
    flags[.upstreamConnectSeconds] = upstreamConnectSeconds.map { .int($0) }
    flags[.limitConnections] = limitConnections.map { .int($0) }
    flags[.limitConnectionsPerAddress] = limitConnectionsPerAddress.map { .int($0) }
    flags[.limitSessions] = limitSessions.map { .int($0) }
    flags[.limitSessionsPerConnection] = limitSessionsPerConnection.map { .int($0) }
    flags[.limitSessionSeconds] = limitSessionSeconds.map { .int($0) }
    flags[.limitMessageBytes] = limitMessageBytes.map { .int($0) }
    flags[.limitQueuedBytes] = limitQueuedBytes.map { .int($0) }
    flags[.timeHandshakeSeconds] = timeHandshakeSeconds.map { .int($0) }
    flags[.timePingSeconds] = timePingSeconds.map { .int($0) }
    flags[.timePongSeconds] = timePongSeconds.map { .int($0) }
    flags[.timeGraceSeconds] = timeGraceSeconds.map { .int($0) }
    flags[.timeWarningSeconds] = timeWarningSeconds.map { .int($0) }
    flags[.timeDrainSeconds] = timeDrainSeconds.map { .int($0) }
    flags[.listenProxyHeader] = listenProxyHeader.map { .string($0) }
    flags[.didMaximumSessions] = didMaximumSessions.map { .int($0) }
    flags[.heygenMaximumSessions] = heygenMaximumSessions.map { .int($0) }
    flags[.limitSessionsPerSubject] = limitSessionsPerSubject.map { .int($0) }
    flags[.limitWaitingOpens] = limitWaitingOpens.map { .int($0) }
    flags[.limitWaitingSeconds] = limitWaitingSeconds.map { .int($0) }
    flags[.limitTalksPerMinute] = limitTalksPerMinute.map { .int($0) }
    flags[.limitCharactersPerMinute] = limitCharactersPerMinute.map { .int($0) }
    flags[.limitTotalTalksPerMinute] = limitTotalTalksPerMinute.map { .int($0) }
    flags[.limitTotalCharactersPerMinute] = limitTotalCharactersPerMinute.map { .int($0) }
    flags[.limitTotalSecondsPerDay] = limitTotalSecondsPerDay.map { .int($0) }
    flags[.limitMessagesPerSecond] = limitMessagesPerSecond.map { .int($0) }
    flags[.limitMessageBurst] = limitMessageBurst.map { .int($0) }
    flags[.adminListen] = adminListen.map { .string($0) }
    flags[.adminKeyFile] = adminKeyFile.map { .string($0) }
    if !listenTrustedProxies.isEmpty { flags[.listenTrustedProxies] = .stringArray(listenTrustedProxies) }
    flags[.logLevel] = logLevel.map { .string($0) }
    flags[.logFormat] = logFormat.map { .string($0) }
    return flags
  }

  private static func help(_ key: ConfigurationKey) -> ArgumentHelp {
    let standard = key.defaultContent.text
    return ArgumentHelp(stringLiteral: standard.isEmpty ? key.help : "\(key.help) (default: \(standard))")
  }
}
