// Says in words, or as JSON, what a relay would serve, which settings were given where, and what is wrong with them.
import AccessTokens
import Basics
import Relay
import StrictJSON
import Transport

/// What `avatar-relay check` prints. Secrets appear as set or unset.
public struct ConfigurationReport: Sendable {
  /// A part of the report: one line, or any number of one kind, which has another name in JSON.
  private enum Entry {
    case one(String, String)
    case many(String, json: String, [String])
  }

  private let configuration: RelayConfiguration
  private let findings: ConfigurationFindings

  /// - Parameter findings: what was found in the files that are named.
  public init(_ configuration: RelayConfiguration, _ findings: ConfigurationFindings = ConfigurationFindings()) {
    self.configuration = configuration
    self.findings = findings
  }

  /// For people.
  public var lines: [String] {
    entries.flatMap { entry -> [String] in
      switch entry {
      case .one(let name, let text): [Self.line(name, text)]
      case .many(let name, _, let texts): texts.map { Self.line(name, $0) }
      }
    }
  }

  /// For programs, with `valid` and `problems`.
  public var json: JSONValue {
    var report = Self.verdict(findings.problems)
    for entry in entries {
      switch entry {
      case .one(let name, let text): report[name] = .string(text)
      case .many(_, let name, let texts): report[name] = .array(texts.map { .string($0) })
      }
    }
    return .object(report)
  }

  /// What is said for programs of settings that cannot even be read.
  public static func json(_ problem: ConfigurationError) -> JSONValue { .object(verdict([problem])) }

  private static func verdict(_ problems: [ConfigurationError]) -> JSONObject {
    let shown = problems.map { problem -> JSONValue in
      ["code": .string(problem.code.rawValue), "message": .string(problem.message)]
    }
    return ["valid": .bool(problems.isEmpty), "problems": .array(shown)]
  }

  private static func line(_ name: String, _ text: String) -> String {
    name + String(repeating: " ", count: max(1, 10 - name.count)) + text
  }

  private var entries: [Entry] {
    let (listener, upstream) = (configuration.listener, configuration.upstream)
    return [
      .one("listen", Self.address(listener)),
      .one("web", configuration.webRoot ?? "no files"),
      .one(
        "origins",
        (["loopback pages"] + (configuration.access == nil ? [] : ["the relay's own"])
          + configuration.allowedOrigins.map(\.text)).joined(separator: ", ")),
      .one("access", findings.keys == nil ? "no tokens asked for" : "tokens signed with one of these keys"),
      .many("key", json: "keys", findings.keys?.listed.map(Self.printable) ?? []),
      .many("advice", json: "advice", configuration.access.map(Self.advice) ?? []),
      .many("left out", json: "leftOut", findings.leftOut.map(Self.printable)),
      .one("ledger", "\(configuration.ledger)"),
      .one("did", Self.provider(configuration.did)),
      .one("heygen", Self.provider(configuration.heygen)),
      .one("upstream", "proxy \(upstream.proxy ?? "none"), extra CA \(upstream.extraCAFile ?? "none")"),
      .one(
        "limits",
        "\(configuration.limits.maximumSessions) sessions, "
          + "\(configuration.limits.maximumSessionsPerConnection) a connection, "
          + "\(listener.maximumConnections) connections, messages of \(listener.maximumMessageBytes) bytes"),
      .one("guards", Self.guards(configuration.limits)),
      .one("admin", Self.admin(configuration.admin)),
      .one("metrics", Self.admin(configuration.metrics, isSecure: configuration.metricsAreSecure)),
      .one("log", "\(configuration.logLevel.rawValue), \(configuration.logFormat.rawValue)"),
      .many("set", json: "set", configuration.given),
      .many("ignored", json: "ignored", configuration.ignored),
      .many("warning", json: "warnings", Self.warnings(configuration)),
    ]
  }

  /// What is said where no session could be opened.
  static let noProvider = "no provider has a key, so no session can be opened"

  /// What can be served, but hardly is what was meant, or not without a thought.
  static func warnings(_ configuration: RelayConfiguration) -> [String] {
    var warnings: [String] = []
    if configuration.did.key != nil, configuration.didSourceURL == nil {
      warnings.append("did.source-url is not set: a D-ID session that names no avatar cannot be opened")
    }
    for origin in configuration.allowedOrigins where origin.kind != .site {
      let whose =
        origin.kind == .app
        ? "is the scheme of an app, which any app may use" : "is the origin of files and sandboxed frames, whoever made them"
      let guarded = configuration.access == nil ? ": any page can connect that way, since no tokens are asked for" : ""
      warnings.append("web.allowed-origins has \(origin.text), which \(whose)\(guarded)")
    }
    let isSecure = configuration.listener.tls != nil
    if case .tcp(let host, _) = configuration.listener.address, !isSecure, !HostName.isLoopback(host) {
      warnings.append("access tokens cross the network in the clear, unless a proxy in front speaks TLS")
    }
    if configuration.metrics?.isLoopback == false, !configuration.metricsAreSecure {
      warnings.append("the key of metrics.listen crosses the network in the clear; with listen.certificate it does not")
    }
    return warnings
  }

  private static func address(_ listener: ListenerConfiguration) -> String {
    switch listener.address {
    case .unix(let path): "unix socket \(path)"
    case .tcp(let host, let port): "\(listener.tls == nil ? "http and ws" : "https and wss") on \(host), port \(port)"
    }
  }

  private static func admin(_ settings: AdminSettings?, isSecure: Bool = false) -> String {
    switch settings?.address {
    case .unix(let path): "unix socket \(path)"
    case .tcp(let host, let port): "\(isSecure ? "https" : "http") on \(host), port \(port), key set"
    case nil: "off"
    }
  }

  private static func guards(_ limits: RelayLimits) -> String {
    func shown(_ limit: Int?) -> String { limit.map(String.init) ?? "any number of" }
    return "\(shown(limits.maximumSessionsPerSubject)) sessions, \(shown(limits.opensPerMinute)) opens, \(shown(limits.talksPerMinute)) talks and "
      + "\(shown(limits.charactersPerMinute)) characters a minute for each subject or address"
  }

  /// An issuer that signs for several services makes tokens that are not meant for this one.
  private static func advice(_ access: AccessSettings) -> [String] {
    var advice: [String] = []
    if access.audience.isEmpty {
      advice.append("set access.audience: tokens that were made for other services are believed here, too")
    }
    if access.issuer == nil {
      advice.append("set access.issuer: tokens of everybody who has one of these keys are believed")
    }
    return advice
  }

  /// A key's name in a set is whatever its issuer wrote; it must not steer the terminal.
  private static func printable(_ text: String) -> String {
    String(text.unicodeScalars.map { (0x20...0x7E).contains($0.value) ? Character($0) : "?" })
  }

  private static func provider(_ provider: RelayConfiguration.Provider) -> String {
    guard provider.key != nil else { return "not served (key unset)" }
    return "\(provider.url), key set, idle limit \(provider.idleLimit.components.seconds) s"
  }
}
