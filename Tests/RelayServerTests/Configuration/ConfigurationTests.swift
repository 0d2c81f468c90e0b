// Configuration: the order of sources, unknown keys, checks, and secrets that stay secret.
import Foundation
import Logging
import Testing

@testable import RelayServer
@testable import Transport

@Suite struct ConfigurationTests {
  private func load(
    flags: [ConfigurationKey: SettingValue] = [:], environment: [String: String] = [:], file: String? = nil,
    files: [String: String] = [:]
  ) throws -> RelayConfiguration {
    let sources = try ConfigurationSources(
      flags: flags, environment: environment, file: file.map { Array($0.utf8) })
    return try RelayConfiguration(sources) { path in
      struct Missing: Error {}
      guard let text = files[path] else { throw Missing() }
      return Array(text.utf8)
    }
  }

  private func failure(_ body: () throws -> RelayConfiguration) -> ConfigurationError? {
    do {
      _ = try body()
      return nil
    } catch { return error as? ConfigurationError }
  }

  @Test func defaultsServeLoopbackWithoutProviders() throws {
    let configuration = try load()
    #expect(configuration.listener.address == .tcp(host: "127.0.0.1", port: 8080))
    #expect(configuration.did.key == nil && configuration.heygen.key == nil)
    #expect(configuration.did.idleLimit == .seconds(300) && configuration.heygen.idleLimit == .seconds(180))
    #expect(configuration.logLevel == .info)
  }

  @Test func flagsBeforeEnvironmentBeforeFileBeforeDefault() throws {
    let file = #"{"listen": {"port": 1}, "limits": {"sessions": 5}, "log": {"level": "debug"}}"#
    let environment = ["AVATAR_RELAY_LISTEN_PORT": "2", "AVATAR_RELAY_LIMITS_SESSIONS": "6", "PATH": "/bin"]
    let all = try load(flags: [.listenPort: .int(3)], environment: environment, file: file)
    #expect(all.listener.address == .tcp(host: "127.0.0.1", port: 3))
    #expect(all.limits.maximumSessions == 6)
    #expect(all.logLevel == .debug)
    #expect(try load(environment: environment, file: file).listener.address == .tcp(host: "127.0.0.1", port: 2))
    #expect(try load(file: file).listener.address == .tcp(host: "127.0.0.1", port: 1))
  }

  @Test func aWarningThatCouldNotComeInTimeIsRefused() throws {
    let keys = ["AVATAR_RELAY_DID_KEY": "k", "AVATAR_RELAY_HEYGEN_KEY": "k"]
    func refusal(_ settings: [String: String], _ environment: [String: String] = keys) -> ConfigurationError? {
      failure { try load(environment: environment.merging(settings) { $1 }) }
    }
    let (warning, heygen) = ("AVATAR_RELAY_TIME_WARNING_SECONDS", "AVATAR_RELAY_HEYGEN_IDLE_SECONDS")
    #expect(refusal([warning: "90"]) == nil)
    let late = refusal([warning: "91"])
    #expect(late?.code == .conflict && late?.message.contains("heygen.idle-seconds; set it to 90 or less") == true)
    #expect(refusal([warning: "91", heygen: "182"]) == nil)
    // What is not served, or never strikes, is not looked at.
    #expect(refusal([warning: "91"], ["AVATAR_RELAY_DID_KEY": "k"]) == nil)
    #expect(refusal([warning: "91"], [:]) == nil)
    #expect(refusal([warning: "31", "AVATAR_RELAY_LIMITS_SESSION_SECONDS": "60"], [:])?.code == .conflict)
    #expect(refusal([warning: "31", "AVATAR_RELAY_LIMITS_SESSION_SECONDS": "0"], [:]) == nil)
    // The default gives way by itself.
    #expect(refusal([heygen: "30"]) == nil)
  }

  @Test func standInsForDefaultsComeLast() throws {
    let defaults: [ConfigurationKey: SettingValue] = [.webRoot: .string("web"), .didSourceURL: .string("x")]
    let sources = try ConfigurationSources(environment: ["AVATAR_RELAY_WEB_ROOT": "mine"], defaults: defaults)
    let configuration = try RelayConfiguration(sources) { _ in [] }
    #expect(configuration.webRoot == "mine")
    #expect(configuration.didSourceURL == "x")
  }

  @Test func proxiesAndOriginsThatCanWorkAreTaken() throws {
    let environment = [
      "AVATAR_RELAY_UPSTREAM_PROXY": "http://proxy.example:3128",
      "AVATAR_RELAY_WEB_ALLOWED_ORIGINS": "https://a.example:443, http://[2001:DB8::1]:8080,app://page,https://münchen.example",
    ]
    let configuration = try load(environment: environment)
    #expect(configuration.upstream.proxy == "http://proxy.example:3128")
    #expect(configuration.allowedOrigins.map(\.text) == ["https://a.example", "http://[2001:db8::1]:8080", "app://page", "https://xn--mnchen-3ya.example"])
  }

  @Test(arguments: [1, 1000, 100_000]) func thereIsRoomToEndEverySessionAtOnce(sessions: Int) throws {
    let configuration = try load(flags: [.limitSessions: .int(sessions)])
    #expect(configuration.upstream.maximumRequests >= max(1024, 2 * sessions))
  }

  @Test func unknownKeysAreRefusedByName() {
    #expect(failure { try load(environment: ["AVATAR_RELAY_LISTEN_PROT": "1"]) }?.code == .unknownKey)
    let misspelt = failure { try load(file: #"{"listen": {"prot": 1}}"#) }
    #expect(misspelt?.code == .unknownKey)
    #expect(misspelt?.message.contains("listen.prot") == true)
    #expect(failure { try load(file: #"{"port": 1}"#) }?.code == .unknownKey)
  }

  @Test(arguments: [
    (["AVATAR_RELAY_LISTEN_PORT": "eighty"], "listen.port"), (["AVATAR_RELAY_LISTEN_PORT": "70000"], "listen.port"),
    (["AVATAR_RELAY_LOG_LEVEL": "loud"], "log.level"), (["AVATAR_RELAY_DID_URL": "ftp://x"], "did.url"),
    (["AVATAR_RELAY_DID_URL": "https://user@x"], "did.url"), (["AVATAR_RELAY_DID_URL": "https://"], "did.url"),
    (["AVATAR_RELAY_DID_URL": "https:///v1"], "did.url"), (["AVATAR_RELAY_HEYGEN_URL": "https://:80"], "heygen.url"),
    (["AVATAR_RELAY_UPSTREAM_PROXY": "socks5://proxy:1080"], "upstream.proxy"),
    (["AVATAR_RELAY_UPSTREAM_PROXY": "proxy:3128"], "upstream.proxy"),
    (["AVATAR_RELAY_UPSTREAM_PROXY": "http://user:two@proxy:3128"], "upstream.proxy"),
    (["AVATAR_RELAY_WEB_ALLOWED_ORIGINS": "https://a.example,b.example"], "web.allowed-origins"),
    (["AVATAR_RELAY_WEB_ALLOWED_ORIGINS": "https://a.example/"], "web.allowed-origins"),
    (["AVATAR_RELAY_WEB_ALLOWED_ORIGINS": "https://*.example"], "web.allowed-origins"),
    (["AVATAR_RELAY_HEYGEN_IDLE_SECONDS": "29"], "heygen.idle-seconds"),
    (["AVATAR_RELAY_HEYGEN_SESSION_TOKENS": "perhaps"], "heygen.session-tokens"),
    (["AVATAR_RELAY_DID_KEY": "two\nlines"], "did.key"),
  ])
  func badValuesNameTheirKey(environment: [String: String], key: String) {
    let error = failure { try load(environment: environment) }
    #expect(error?.code == .invalidValue)
    #expect(error?.message.contains(key) == true)
    #expect(error?.message.contains("two") == false)
  }

  @Test(arguments: ["{", "[]", #"{"listen": 1}"#, #"{"listen": {"port": "1"}}"#, #"{"listen":{"port":1,"port":2}}"#])
  func badFilesAreRefused(file: String) {
    #expect(failure { try load(file: file) } != nil)
  }

  @Test func keysComeFromEnvironmentOrFileButNotBoth() throws {
    let key = try load(environment: ["AVATAR_RELAY_DID_KEY": " canary-1 \n"]).did.key
    #expect(key?.reveal { $0 } == "canary-1")
    let fromFile = try load(environment: ["AVATAR_RELAY_DID_KEY_FILE": "k"], files: ["k": "canary-2\n"]).did.key
    #expect(fromFile?.reveal { $0 } == "canary-2")
    let both = ["AVATAR_RELAY_DID_KEY": "canary-1", "AVATAR_RELAY_DID_KEY_FILE": "k"]
    #expect(failure { try load(environment: both, files: ["k": "x"]) }?.code == .conflict)
    #expect(failure { try load(environment: ["AVATAR_RELAY_DID_KEY_FILE": "k"]) }?.code == .unreadableFile)
  }

  @Test func onlyLoopbackIsListenedOn() throws {
    for host in ["0.0.0.0", "::", "192.0.2.1", "example.org", "127.0.0.1.example.org", "127.0.0.256"] {
      #expect(failure { try load(flags: [.listenHost: .string(host)]) }?.code == .conflict, "\(host)")
    }
    for host in ["127.0.0.1", "127.8.8.8", "::1", "localhost"] {
      #expect(try load(flags: [.listenHost: .string(host)]).listener.address == .tcp(host: host, port: 8080))
    }
    let socket = try load(flags: [.listenUnixSocket: .string("relay.sock")])
    #expect(socket.listener.address == .unix(path: "relay.sock"))
  }

  @Test func certificateAndKeyGoTogether() {
    #expect(failure { try load(flags: [.listenCertificate: .string("c.pem")]) }?.code == .conflict)
  }

  @Test(arguments: [
    ("AVATAR_RELAY_PORT", "tcp://10.96.12.3:8080"), ("AVATAR_RELAY_SERVICE_HOST", "10.96.12.3"),
    ("AVATAR_RELAY_SERVICE_PORT", "8080"), ("AVATAR_RELAY_SERVICE_PORT_HTTP", "8080"),
    ("AVATAR_RELAY_PORT_8080_TCP", "tcp://10.96.12.3:8080"), ("AVATAR_RELAY_PORT_8080_TCP_PROTO", "tcp"),
    ("AVATAR_RELAY_PORT_8080_TCP_ADDR", "10.96.12.3"), ("AVATAR_RELAY_PORT_53_UDP_PORT", "53"),
    ("AVATAR_RELAY_ADMIN_SERVICE_HOST", "10.96.12.4"), ("AVATAR_RELAY_ADMIN_PORT", "tcp://10.96.12.4:9464"),
    // A service that is called avatar-relay-listen.
    ("AVATAR_RELAY_LISTEN_PORT", "tcp://10.96.12.3:8080"), ("AVATAR_RELAY_NAME", "/shop/avatar-relay"),
    ("AVATAR_RELAY_ENV_PATH", "/bin"),
  ])
  func whatKubernetesAndDockerSetIsNoSetting(name: String, value: String) throws {
    let configuration = try load(environment: [name: value])
    #expect(configuration.ignored == [name] && configuration.given.isEmpty)
    #expect(configuration.listener.address == .tcp(host: "127.0.0.1", port: 8080))
  }

  @Test(arguments: [
    ("AVATAR_RELAY_PORT", "8080", "AVATAR_RELAY_LISTEN_PORT"), ("AVATAR_RELAY_LISTEN_PROT", "1", "AVATAR_RELAY_LISTEN_PORT"),
    ("AVATAR_RELAY_NAME", "anna", ""), ("AVATAR_RELAY_SERVICE", "x", ""), ("AVATAR_RELAY_PORT_HTTP", "x", ""),
  ])
  func whatIsMeantAsASettingIsNotIgnored(name: String, value: String, meant: String) {
    let error = failure { try load(environment: [name: value]) }
    #expect(error?.code == .unknownKey && error?.message.contains(name) == true)
    #expect(error?.message.contains("did you mean \(meant)") == !meant.isEmpty)
  }

  @Test(arguments: [
    ("90", 90), ("90s", 90), ("5m", 300), ("1h", 3600), ("30M", 1800), ("1m30s", 90), ("0", 0), ("0s", 0), ("1h0m1s", 3601),
  ])
  func timesTakeUnits(text: String, seconds: Int) throws {
    guard seconds <= 3600 else { return #expect(Quantity.seconds.number(text) == seconds) }
    let expected = Duration.seconds(seconds)
    #expect(try load(flags: ConfigurationSources.flags(["--time-grace-seconds", text])).limits.graceTime == expected)
    #expect(try load(environment: ["AVATAR_RELAY_TIME_GRACE_SECONDS": text]).limits.graceTime == expected)
    #expect(try load(file: #"{"time": {"grace-seconds": "\#(text)"}}"#).limits.graceTime == expected)
  }

  @Test(arguments: [
    ("2048", 2048), ("64KiB", 65_536), ("64kib", 65_536), ("1MiB", 1 << 20), ("1MiB1KiB", (1 << 20) + 1024), ("4096B", 4096),
  ])
  func sizesTakeUnits(text: String, bytes: Int) throws {
    #expect(try load(flags: ConfigurationSources.flags(["--limits-message-bytes=\(text)"])).listener.maximumMessageBytes == bytes)
    #expect(try load(environment: ["AVATAR_RELAY_LIMITS_MESSAGE_BYTES": text]).listener.maximumMessageBytes == bytes)
    #expect(try load(file: #"{"limits": {"message-bytes": "\#(text)"}}"#).listener.maximumMessageBytes == bytes)
  }

  @Test(arguments: ["", "s", "5x", "5 m", "1.5h", "500ms", "1s1m", "1m1m", "64KiB", "-5m", "9999999999999999999s", "9223372036854775807d"])
  func whatIsNoTimeIsRefused(text: String) {
    #expect(Quantity.seconds.number(text) == nil)
    for load in [
      { try self.load(flags: ConfigurationSources.flags(["--time-grace-seconds", text])) },
      { try self.load(environment: ["AVATAR_RELAY_TIME_GRACE_SECONDS": text]) },
      { try self.load(file: #"{"time": {"grace-seconds": "\#(text)"}}"#) },
    ] {
      let error = failure(load)
      #expect(error?.code == .invalidValue && error?.message.contains("grace-seconds") == true)
      #expect(error?.message.contains("1h30m") == true)
    }
  }

  @Test func everyTimeAndSizeTakesAUnitAndNothingElseDoes() {
    for key in ConfigurationKey.allCases {
      let (isTime, isSize) = (key.rawValue.contains("-seconds"), key.rawValue.contains("bytes"))
      #expect((key.unit == nil) == !(isTime || isSize), "\(key.rawValue)")
    }
    #expect(failure { try load(file: #"{"limits": {"sessions": "5m"}}"#) }?.code == .invalidValue)
    #expect(failure { try load(environment: ["AVATAR_RELAY_LIMITS_SESSIONS": "64KiB"]) }?.code == .invalidValue)
  }

  @Test(arguments: [
    ("null", "files"), ("file://", "files"), ("capacitor://localhost", "app"), ("https://a.example", nil), ("http://a.example", nil),
  ])
  func originsThatOthersMayHaveAreWarnedOf(origin: String, word: String?) throws {
    let report = ConfigurationReport(try load(flags: [.webAllowedOrigins: .strings([origin])])).lines
    let warnings = report.filter { $0.hasPrefix("warning") }
    #expect(warnings.count == (word == nil ? 0 : 1))
    if let word { #expect(warnings[0].contains(origin) && warnings[0].contains(word)) }
  }

  @Test func reportShowsNoSecret() throws {
    let configuration = try load(environment: ["AVATAR_RELAY_DID_KEY": "canary-key"])
    let report = ConfigurationReport(configuration).lines.joined(separator: "\n")
    #expect(report.contains("key set") && report.contains("heygen    not served"))
    #expect(!report.contains("canary-key"))
    #expect(!String(reflecting: configuration).contains("canary-key"))
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!dumped.contains("canary-key"))
  }

  @Test func keysDoNotCrossANetworkInTheClear() throws {
    #expect(failure { try load(flags: [.didURL: .string("http://api.example")]) }?.code == .conflict)
    #expect(try load(flags: [.didURL: .string("http://127.0.0.1:9/")]).did.url == "http://127.0.0.1:9")
  }

  @Test func aWebSocketOfDIDIsSecureAndHasNoProxy() throws {
    #expect(try load().didWebSocketURL == nil)
    let chosen: [ConfigurationKey: SettingValue] = [.didTransport: .string("websocket")]
    #expect(try load(flags: chosen).didWebSocketURL == "wss://ws-api.d-id.com")
    func url(_ url: String) -> [ConfigurationKey: SettingValue] {
      chosen.merging([.didWebSocketURL: .string(url)]) { $1 }
    }
    #expect(try load(flags: url("ws://127.0.0.1:9")).didWebSocketURL == "ws://127.0.0.1:9")
    #expect(try load(flags: [.didTransport: .string("both")]).didWebSocketURL == "wss://ws-api.d-id.com")
    #expect(failure { try load(flags: url("ws://api.example")) }?.code == .conflict)
    for wrong in ["https://api.example", "wss://", "wss://a?b=c", "wss://a@b"] {
      #expect(failure { try load(flags: url(wrong)) }?.code == .invalidValue, "\(wrong)")
    }
    let proxy = chosen.merging([.upstreamProxy: .string("http://proxy.example:3128")]) { $1 }
    #expect(failure { try load(flags: proxy) }?.code == .conflict)
  }

  /// The operator's key goes where the calls go, and pages may listen only where that was listed.
  @Test func notificationsAreWhereTheCallsAre() throws {
    let listed: [ConfigurationKey: SettingValue] = [
      .passThroughEnabled: .bool(true), .passThroughCalls: .strings(["did-sdk"]),
    ]
    func loaded(_ more: [ConfigurationKey: SettingValue], key: String? = "key") throws -> RelayConfiguration {
      try load(flags: listed.merging(more) { $1 }, environment: key.map { ["AVATAR_RELAY_DID_KEY": $0] } ?? [:])
    }
    func url(_ more: [ConfigurationKey: SettingValue], key: String? = "key") throws -> String? {
      try loaded(more, key: key).didNotificationsURL
    }
    #expect(try url([:]) == "wss://notifications.d-id.com")
    #expect(try url([.didURL: .string("http://127.0.0.1:9/")]) == "ws://127.0.0.1:9/notifications")
    #expect(try url([.didURL: .string("https://proxy.example/http")]) == "wss://proxy.example/http/notifications")
    #expect(try url([.didNotificationsURL: .string("wss://told.example")]) == "wss://told.example")
    #expect(try url([.passThroughCalls: .strings(["GET /did/notifications"])]) == "wss://notifications.d-id.com")
    for none: [ConfigurationKey: SettingValue] in [
      [.passThroughCalls: .strings(["GET /did/agents/{id}"])], [.passThroughEnabled: .bool(false)],
      [.didTransport: .string("websocket")],
    ] { #expect(try url(none) == nil, "\(none)") }
    #expect(try url([:], key: nil) == nil)
    #expect(failure { try loaded([.didNotificationsURL: .string("ws://told.example")]) }?.code == .conflict)
    #expect(failure { try loaded([.didNotificationsURL: .string("https://told.example")]) }?.code == .invalidValue)
    #expect(failure { try loaded([.upstreamProxy: .string("http://proxy.example:3128")]) }?.code == .conflict)
  }

  @Test func operationsDocumentNamesEveryKey() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../docs/operations.md").standardizedFileURL
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    for key in ConfigurationKey.allCases {
      let row = "| `\(key.rawValue)` | \(Self.shown(key.defaultContent)) | \(key.accepts ?? "—") | \(key.help) |"
      #expect(lines.contains(row), "\(row)")
    }
  }

  private static func shown(_ content: SettingValue) -> String {
    switch content {
    case .string(let string): string.isEmpty ? "—" : string
    case .int(let int): String(int)
    case .bool(let bool): String(bool)
    default: "—"
    }
  }

  @Test(arguments: [
    #"{"ledger": "none", "exclusive-key": true, "ledger-lease-seconds": 5, "ledger-password-file": "p"}"#,
    #"{"ledger": {"store": "none", "exclusive-key": true, "lease-seconds": 5, "password-file": "p"}}"#,
  ])
  func theLedgerIsSetInTheFileUnderEitherName(file: String) throws {
    let configuration = try load(file: file, files: ["p": "canary"])
    #expect(configuration.ledger == .none && configuration.hasExclusiveKeys)
    #expect(configuration.ledgerLeaseTime == .seconds(5))
    #expect(configuration.ledgerPassword?.reveal { $0 } == "canary")
    #expect(try load(environment: ["AVATAR_RELAY_LEDGER": "none"]).ledger == .none)
    #expect(try load(environment: ["AVATAR_RELAY_LEDGER_STORE": "none"]).ledger == .none)
  }

  @Test func oneSettingUnderTwoNamesIsRefused() {
    let twice = ["AVATAR_RELAY_LEDGER": "none", "AVATAR_RELAY_LEDGER_STORE": "other"]
    #expect(failure { try load(environment: twice) }?.code == .conflict)
    let section = #"{"ledger": {"exclusive-key": true}, "exclusive-key": false}"#
    #expect(failure { try load(file: section) }?.code == .conflict)
  }

  @Test func flagsAreReadByTheListOfSettings() throws {
    let arguments = [
      "--listen-port", "0", "--log-level=debug", "--exclusive-key", "--heygen-session-tokens", "false",
      "--web-allowed-origins", "https://a.example", "--web-allowed-origins", "https://b.example", "--ledger", "none",
    ]
    let flags = try ConfigurationSources.flags(arguments)
    #expect(flags == [
      .listenPort: .int(0), .logLevel: .string("debug"), .ledgerExclusiveKey: .bool(true),
      .heygenSessionTokens: .bool(false), .ledgerStore: .string("none"),
      .webAllowedOrigins: .strings(["https://a.example", "https://b.example"]),
    ])
    for key in ConfigurationKey.allCases where !key.isSecret {
      let value = key.defaultContent.text
      let read = try ConfigurationSources.flags(["--\(key.flag)=\(value)"])
      if case .strings = key.defaultContent { continue }
      #expect(read == [key: key.defaultContent], "\(key.rawValue)")
    }
  }

  @Test(arguments: [
    (["--listen-prot", "0"], "--listen-prot"), (["--listen-port"], "--listen-port"), (["stray"], "stray"),
    (["--listen-port", "http"], "--listen-port"), (["--exclusive-key=perhaps"], "--exclusive-key"),
    (["--did-key", "canary"], "AVATAR_RELAY_DID_KEY"), (["--port", "80"], "--listen-port"),
    (["--did-key", "canary"], "--did-key-file"), (["--exclusiv-key"], "--exclusive-key"), (["--ledger-password=canary"], "--ledger-password"),
  ])
  func wrongFlagsAreNamed(arguments: [String], name: String) {
    #expect {
      try ConfigurationSources.flags(arguments)
    } throws: { error in
      let message = (error as? ConfigurationError)?.message ?? ""
      return message.contains(name) && !message.contains("canary")
    }
  }

  @Test func whatWasGivenIsShownWithItsSourceAndWithoutSecrets() throws {
    let configuration = try load(
      flags: [.listenPort: .int(0)], environment: ["AVATAR_RELAY_DID_KEY": "canary-key"],
      file: #"{"limits": {"sessions": 5}}"#)
    #expect(
      configuration.given == [
        "listen.port = 0 (flag)", "did.key = (secret) (environment)", "limits.sessions = 5 (file)",
      ])
  }

  @Test func namesCorrespond() {
    #expect(ConfigurationKey.listenUnixSocket.environmentName == "AVATAR_RELAY_LISTEN_UNIX_SOCKET")
    #expect(Set(ConfigurationKey.allCases.map(\.environmentName)).count == ConfigurationKey.allCases.count)
  }
}

extension ConfigurationKey {
  /// What is accepted, where that is not any text: a range, or the words to choose from.
  fileprivate var accepts: String? {
    switch definition.kind {
    case .text, .texts, .secret: nil
    case .bool: "true or false"
    case .int(_, let range), .seconds(_, let range), .bytes(_, let range), .limit(_, let range):
      "\(range.lowerBound) to \(range.upperBound)"
    case .choice(_, let words): words.joined(separator: ", ")
    }
  }
}
