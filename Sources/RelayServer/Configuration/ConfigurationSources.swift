// Reads settings from where they are given: flags before environment before file before defaults.
import StrictJSON

/// The sources of a configuration, checked for unknown settings.
public struct ConfigurationSources: Sendable {
  /// Every setting's value, from the first source that has it.
  private let values: [ConfigurationKey: SettingValue]
  /// Settings that were given, with where each was: a flag, the environment or the file.
  let given: [ConfigurationKey: String]
  /// Variables of the environment that Kubernetes or Docker set, and that are no settings.
  let ignored: [String]

  /// Combines the sources.
  /// - Parameters:
  ///   - flags: what the command line gave, already of the setting's type.
  ///   - environment: the whole environment; only names with ``ConfigurationKey/environmentPrefix`` count.
  ///   - file: the bytes of the JSON file; nil without one.
  ///   - path: where that is, for errors.
  ///   - defaults: what stands in for the settings' own defaults.
  /// - Throws: ``ConfigurationError`` for unknown settings and for a file that is not such JSON.
  public init(
    flags: [ConfigurationKey: SettingValue] = [:], environment: [String: String] = [:], file: [UInt8]? = nil,
    path: String? = nil, defaults: [ConfigurationKey: SettingValue] = [:]
  ) throws(ConfigurationError) {
    let environment = try EnvironmentSettings(environment)
    ignored = environment.ignored
    let name = "the configuration file" + (path.map { " \($0)" } ?? "")
    let contents =
      try file.map { bytes throws(ConfigurationError) in try Self.contents(ofFile: bytes, named: name) } ?? [:]
    var values: [ConfigurationKey: SettingValue] = [:]
    var given: [ConfigurationKey: String] = [:]
    for key in ConfigurationKey.allCases {
      let found = [("flag", flags), ("environment", environment.values), ("file", contents)]
        .lazy.compactMap { source, settings in settings[key].map { (source, $0) } }.first
      given[key] = found?.0
      values[key] = found?.1 ?? defaults[key] ?? key.defaultContent
    }
    self.values = values
    self.given = given
  }

  /// Whether a setting was given, and not left at its default.
  func isGiven(_ key: ConfigurationKey) -> Bool { given[key] != nil }

  /// Every setting that was given, as an operator reads it.
  var shown: [String] {
    ConfigurationKey.allCases.compactMap { key in
      guard let source = given[key], let value = values[key] else { return nil }
      return "\(key.rawValue) = \(key.isSecret ? "(secret)" : value.text) (\(source))"
    }
  }

  // MARK: Values

  func string(_ key: ConfigurationKey) throws(ConfigurationError) -> String {
    guard case .string(let string) = values[key] else { throw unexpected(key) }
    return string
  }

  /// A string, or nil when it is empty.
  func optional(_ key: ConfigurationKey) throws(ConfigurationError) -> String? {
    let value = try string(key)
    return value.isEmpty ? nil : value
  }

  func strings(_ key: ConfigurationKey) throws(ConfigurationError) -> [String] {
    guard case .strings(let strings) = values[key] else { throw unexpected(key) }
    return strings
  }

  func bool(_ key: ConfigurationKey) throws(ConfigurationError) -> Bool {
    guard case .bool(let bool) = values[key] else { throw unexpected(key) }
    return bool
  }

  /// An integer within the setting's range.
  func int(_ key: ConfigurationKey) throws(ConfigurationError) -> Int {
    guard case .int(let value) = values[key] else { throw unexpected(key) }
    switch key.definition.kind {
    case .int(_, let range), .seconds(_, let range), .bytes(_, let range), .limit(_, let range):
      guard range.contains(value) else {
        throw ConfigurationError(
          .invalidValue, "\(key.rawValue) is \(value), but \(range.lowerBound) to \(range.upperBound) is accepted")
      }
    case .text, .texts, .bool, .choice, .secret: break
    }
    return value
  }

  func seconds(_ key: ConfigurationKey) throws(ConfigurationError) -> Duration { .seconds(try int(key)) }

  /// An integer, or nil for 0.
  func limit(_ key: ConfigurationKey) throws(ConfigurationError) -> Int? {
    let value = try int(key)
    return value == 0 ? nil : value
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: ConfigurationKey, of type: Choice.Type
  ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
    guard let choice = Choice(rawValue: try string(key)) else {
      let accepted = type.allCases.map(\.rawValue).joined(separator: ", ")
      throw ConfigurationError(.invalidValue, "\(key.rawValue) is not one of \(accepted)")
    }
    return choice
  }

  private func unexpected(_ key: ConfigurationKey) -> ConfigurationError {
    ConfigurationError(.invalidValue, "\(key.rawValue) is not \(key.accepted)")
  }
}

// MARK: The command line

extension ConfigurationSources {
  /// The settings of a command line: `--listen-port 0`, `--listen-port=0`, a repeated flag for a list, and for what is
  /// true or false the flag alone.
  /// - Throws: ``ConfigurationError`` that names the flag.
  public static func flags(_ arguments: [String]) throws(ConfigurationError) -> [ConfigurationKey: SettingValue] {
    var flags: [ConfigurationKey: SettingValue] = [:]
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else {
        throw ConfigurationError(.unknownKey, "Unexpected argument '\(argument)'")
      }
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard let key = ConfigurationKey.named("--" + name) else {
        throw ConfigurationError(
          .unknownKey, "Unknown option '--\(name)'\(ConfigurationKey.hint(forFlag: name))")
      }
      let value: String
      if parts.count == 2 {
        value = String(parts[1])
      } else if case .bool = key.definition.kind, !["true", "false"].contains(rest.first) {
        value = "true"
      } else if let next = rest.popFirst() {
        value = next
      } else {
        throw ConfigurationError(.invalidValue, "Missing value for '--\(name)'")
      }
      flags[key] = try content(value, of: key, flag: name, after: flags[key])
    }
    return flags
  }

  /// The seconds that a time stands for, as settings take it: `90`, `90s`, `5m`, `1h30m`; nil for what is no such time.
  public static func seconds(_ text: String) -> Int? { Quantity.seconds.number(text) }

  private static func content(
    _ text: String, of key: ConfigurationKey, flag: String, after earlier: SettingValue?
  ) throws(ConfigurationError) -> SettingValue {
    switch key.defaultContent {
    case .strings:
      if case .strings(let list) = earlier { return .strings(list + [text]) }
      return .strings([text])
    case .int: if let int = key.unit.map({ $0.number(text) }) ?? Int(text) { return .int(int) }
    case .bool: if let bool = Bool(text) { return .bool(bool) }
    default: return .string(text)
    }
    throw ConfigurationError(
      .invalidValue, "The value '\(text)' is invalid for '--\(flag)': \(key.accepted) is expected")
  }
}

// MARK: The file

extension ConfigurationSources {
  /// - Parameter file: what the file is called in errors.
  private static func contents(
    ofFile bytes: [UInt8], named file: String
  ) throws(ConfigurationError) -> [ConfigurationKey: SettingValue] {
    let root: JSONValue
    do { root = try JSONParser.parse(bytes) } catch {
      throw ConfigurationError(.unreadableFile, "\(file) is not JSON: \(error)")
    }
    guard case .object(let sections) = root else {
      throw ConfigurationError(.unreadableFile, "\(file) is not a JSON object")
    }
    var contents: [ConfigurationKey: SettingValue] = [:]
    func take(_ value: JSONValue, of key: ConfigurationKey) throws(ConfigurationError) {
      guard contents.updateValue(try content(value, of: key, file), forKey: key) == nil else {
        throw ConfigurationError(.conflict, "\(file) has \(key.rawValue) under two names")
      }
    }
    for section in sections.members {
      guard case .object(let members) = section.value else {
        guard let key = ConfigurationKey.named(section.name), key.definition.shortName == section.name else {
          throw ConfigurationError(.unknownKey, "\(file) has an unknown section \(section.name)\(ConfigurationKey.hint(forMember: section.name))")
        }
        try take(section.value, of: key)
        continue
      }
      for member in members.members {
        let name = "\(section.name).\(member.name)"
        guard let key = ConfigurationKey(rawValue: name) else {
          throw ConfigurationError(.unknownKey, "\(file) has an unknown key \(name)\(ConfigurationKey.hint(forMember: name))")
        }
        try take(member.value, of: key)
      }
    }
    return contents
  }

  private static func content(
    _ value: JSONValue, of key: ConfigurationKey, _ file: String
  ) throws(ConfigurationError) -> SettingValue {
    switch (key.defaultContent, value) {
    case (.string, .string(let string)): return .string(string)
    case (.int, .integer(let integer)): return .int(Int(integer))
    case (.int, .string(let string)): if let int = key.unit?.number(string) { return .int(int) }
    case (.bool, .bool(let bool)): return .bool(bool)
    case (.strings, .array(let elements)):
      let strings = elements.compactMap(\.string)
      if strings.count == elements.count { return .strings(strings) }
    default: break
    }
    throw ConfigurationError(
      .invalidValue, "\(key.rawValue) in \(file) is not \(key.accepted)")
  }
}
