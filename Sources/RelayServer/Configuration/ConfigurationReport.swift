// Says in words what a relay would serve, and which settings were given where.
import AccessTokens
import Relay
import Transport

/// The lines that `avatar-relay check` prints. Secrets appear as set or unset.
public enum ConfigurationReport {
  /// - Parameters:
  ///   - keys: the access keys that were read; nil where none are configured.
  ///   - leftOut: keys of sets that cannot be used, each with its reason.
  public static func lines(
    _ configuration: RelayConfiguration, keys: AccessKeys? = nil, leftOut: [String] = []
  ) -> [String] {
    let listener = configuration.listener
    var lines = ["listen    \(address(listener))"]
    lines.append("web       \(configuration.webRoot ?? "no files")")
    lines.append(
      "origins   loopback pages\(configuration.allowedOrigins.map { ", \($0)" }.joined())")
    lines.append("access    \(keys == nil ? "no tokens asked for" : "tokens signed with one of these keys")")
    lines += keys?.listed.map { "key       \(printable($0))" } ?? []
    if let access = configuration.access { lines += advice(access).map { "advice    \($0)" } }
    lines += leftOut.map { "left out  \(printable($0))" }
    lines.append("ledger    \(configuration.ledger)")
    lines.append("did       \(provider(configuration.did))")
    lines.append("heygen    \(provider(configuration.heygen))")
    let upstream = configuration.upstream
    lines.append("upstream  proxy \(upstream.proxy ?? "none"), extra CA \(upstream.extraCAFile ?? "none")")
    lines.append(
      "limits    \(configuration.limits.maximumSessions) sessions, "
        + "\(configuration.limits.maximumSessionsPerConnection) a connection, "
        + "\(listener.maximumConnections) connections, messages of \(listener.maximumMessageBytes) bytes")
    lines.append("guards    \(guards(configuration.limits))")
    lines.append("admin     \(admin(configuration.admin))")
    lines.append("log       \(configuration.logLevel.rawValue), \(configuration.logFormat.rawValue)")
    lines += configuration.given.map { "set       \($0)" }
    lines += warnings(configuration).map { "warning   \($0)" }
    return lines
  }

  /// What can be served, but hardly is what was meant.
  private static func warnings(_ configuration: RelayConfiguration) -> [String] {
    guard configuration.did.key != nil, configuration.didSourceURL == nil else { return [] }
    return ["did.source-url is not set: a D-ID session that names no avatar cannot be opened"]
  }

  private static func address(_ listener: ListenerConfiguration) -> String {
    switch listener.address {
    case .unix(let path): "unix socket \(path)"
    case .tcp(let host, let port): "\(listener.tls == nil ? "http and ws" : "https and wss") on \(host), port \(port)"
    }
  }

  private static func admin(_ settings: AdminSettings?) -> String {
    switch settings?.address {
    case .unix(let path): "unix socket \(path)"
    case .tcp(let host, let port): "http on \(host), port \(port), key set"
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
