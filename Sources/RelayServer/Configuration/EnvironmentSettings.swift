// Takes this program's settings from the environment, and leaves what Kubernetes and Docker put there under its name.
import Basics

/// The settings that an environment holds, and what in it only looks like one.
struct EnvironmentSettings: Sendable {
  private(set) var values: [ConfigurationKey: SettingValue] = [:]
  /// The names of variables that are left aside.
  private(set) var ignored: [String] = []

  /// - Throws: ``ConfigurationError`` for a variable that begins like a setting's and is none, for a value of another type,
  ///   and for one setting under two names.
  init(_ environment: [String: String]) throws(ConfigurationError) {
    for (name, value) in environment.sorted(by: { $0.key < $1.key })
    where name.hasPrefix(ConfigurationKey.environmentPrefix) {
      guard !Self.isOfServiceLink(name, value) else {
        ignored.append(name)
        continue
      }
      guard let key = ConfigurationKey.named(name) else {
        throw ConfigurationError(
          .unknownKey,
          "the environment variable \(name) is not a setting of this program\(ConfigurationKey.hint(forVariable: name))")
      }
      guard let value = Self.value(value, of: key) else {
        throw ConfigurationError(.invalidValue, "\(key.rawValue) is not \(key.accepted)")
      }
      guard values.updateValue(value, forKey: key) == nil else {
        throw ConfigurationError(.conflict, "the environment has \(key.rawValue) under two names; give one of them")
      }
    }
  }

  /// What a variable's text means; nil where it is no value of the setting's type. Lists are separated by commas.
  private static func value(_ text: String, of key: ConfigurationKey) -> SettingValue? {
    switch key.defaultContent {
    case .string: .string(text)
    case .strings:
      .strings(
        text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingWhitespace() })
    case .int:
      (key.unit.map { $0.number(text.trimmingWhitespace()) } ?? Int(text)).map(SettingValue.int)
    case .bool:
      switch text.lowercased() {
      case "true", "yes", "1": .bool(true)
      case "false", "no", "0": .bool(false)
      default: nil
      }
    }
  }

  /// Whether Kubernetes set a variable for a service, or Docker for a linked container, whose name begins as this
  /// program's: `AVATAR_RELAY_PORT=tcp://10.96.12.3:8080`, `AVATAR_RELAY_SERVICE_HOST`,
  /// `AVATAR_RELAY_SERVICE_PORT_HTTP`, `AVATAR_RELAY_PORT_8080_TCP_ADDR`, `AVATAR_RELAY_NAME=/web/avatar-relay`,
  /// `AVATAR_RELAY_ENV_…` (kubernetes.io/docs/concepts/services-networking/service, docs.docker.com/engine/network/links).
  private static func isOfServiceLink(_ name: String, _ value: String) -> Bool {
    let words = name.dropFirst(ConfigurationKey.environmentPrefix.count).split(separator: "_").map(String.init)
    let isAddress = ["tcp://", "udp://", "sctp://"].contains(where: value.hasPrefix)
    if words.last == "PORT", isAddress { return true }
    guard ConfigurationKey.named(name) == nil else { return false }
    if words.suffix(2) == ["SERVICE", "HOST"] || words.first == "ENV" { return true }
    if words.last == "NAME", value.hasPrefix("/") { return true }
    return words.indices.dropLast().contains { index in
      switch (words[index], words[index + 1]) {
      case ("SERVICE", "PORT"): true
      case ("PORT", let number) where number.utf8.allSatisfy(\.isDecimalDigit):
        words.indices.contains(index + 2) && ["TCP", "UDP", "SCTP"].contains(words[index + 2])
      default: false
      }
    }
  }
}
