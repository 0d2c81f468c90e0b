// Where values come from: flags before environment before file before defaults.
import Configuration
import StrictJSON

/// The sources of a configuration, checked for unknown keys.
public struct ConfigurationSources: Sendable {
  private let reader: ConfigReader

  /// Combines the sources.
  /// - Parameters:
  ///   - flags: what the command line gave, already of the key's type.
  ///   - environment: the whole environment; only names with ``ConfigurationKey/environmentPrefix`` count.
  ///   - file: the bytes of the JSON file; nil without one.
  ///   - defaults: what stands in for the keys' own defaults.
  /// - Throws: ``ConfigurationError`` for unknown keys and for a file that is not such JSON.
  public init(
    flags: [ConfigurationKey: ConfigContent] = [:], environment: [String: String] = [:], file: [UInt8]? = nil,
    defaults: [ConfigurationKey: ConfigContent] = [:]
  ) throws(ConfigurationError) {
    try Self.refuseUnknown(environment)
    let settings = environment.filter { $0.key.hasPrefix(ConfigurationKey.environmentPrefix) }
    let secrets = Set(ConfigurationKey.allCases.filter(\.isSecret).map(\.environmentName))
    var providers: [any ConfigProvider] = [
      Self.provider("flags", flags),
      EnvironmentVariablesProvider(environmentVariables: settings, secretsSpecifier: .specific(secrets))
        .prefixKeys(with: ["avatar", "relay"]),
    ]
    if let file { providers.append(Self.provider("file", try Self.contents(ofFile: file))) }
    let own = ConfigurationKey.allCases.map { ($0, defaults[$0] ?? $0.defaultContent) }
    providers.append(Self.provider("defaults", Dictionary(uniqueKeysWithValues: own)))
    reader = ConfigReader(providers: providers)
  }

  func string(_ key: ConfigurationKey) throws(ConfigurationError) -> String {
    try read(key) { try reader.requiredString(forKey: ConfigKey(key.path), isSecret: key.isSecret) }
  }

  func strings(_ key: ConfigurationKey) throws(ConfigurationError) -> [String] {
    try read(key) { try reader.requiredStringArray(forKey: ConfigKey(key.path)) }
  }

  func bool(_ key: ConfigurationKey) throws(ConfigurationError) -> Bool {
    try read(key) { try reader.requiredBool(forKey: ConfigKey(key.path)) }
  }

  func int(_ key: ConfigurationKey, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
    let value = try read(key) { try reader.requiredInt(forKey: ConfigKey(key.path)) }
    guard range.contains(value) else {
      throw ConfigurationError(
        .invalidValue, "\(key.rawValue) is \(value), but \(range.lowerBound) to \(range.upperBound) is accepted")
    }
    return value
  }

  func seconds(_ key: ConfigurationKey, in range: ClosedRange<Int>) throws(ConfigurationError) -> Duration {
    .seconds(try int(key, in: range))
  }

  private func read<Value>(
    _ key: ConfigurationKey, _ body: () throws -> Value
  ) throws(ConfigurationError) -> Value {
    // Defaults are the last source, so the only failure left is a value of another type.
    do { return try body() } catch {
      throw ConfigurationError(.invalidValue, "\(key.rawValue) is not \(key.defaultContent.typeName)")
    }
  }
}

extension ConfigurationSources {
  private static func provider(_ name: String, _ values: [ConfigurationKey: ConfigContent]) -> InMemoryProvider {
    let pairs = values.map { (AbsoluteConfigKey($0.path), ConfigValue($1, isSecret: $0.isSecret)) }
    return InMemoryProvider(name: name, values: Dictionary(uniqueKeysWithValues: pairs))
  }

  private static func refuseUnknown(_ environment: [String: String]) throws(ConfigurationError) {
    let known = Set(ConfigurationKey.allCases.map(\.environmentName))
    for name in environment.keys.sorted() where name.hasPrefix(ConfigurationKey.environmentPrefix) {
      guard known.contains(name) else {
        throw ConfigurationError(.unknownKey, "the environment variable \(name) is not a setting of this program")
      }
    }
  }

  private static func contents(ofFile bytes: [UInt8]) throws(ConfigurationError) -> [ConfigurationKey: ConfigContent] {
    let root: JSONValue
    do { root = try JSONParser.parse(bytes) } catch {
      throw ConfigurationError(.unreadableFile, "the configuration file is not JSON: \(error)")
    }
    guard case .object(let sections) = root else {
      throw ConfigurationError(.unreadableFile, "the configuration file is not a JSON object")
    }
    var contents: [ConfigurationKey: ConfigContent] = [:]
    for section in sections.members {
      guard case .object(let members) = section.value else {
        throw ConfigurationError(.unknownKey, "the configuration file has an unknown section \(section.name)")
      }
      for member in members.members {
        let name = "\(section.name).\(member.name)"
        guard let key = ConfigurationKey(rawValue: name) else {
          throw ConfigurationError(.unknownKey, "the configuration file has an unknown key \(name)")
        }
        contents[key] = try content(member.value, of: key)
      }
    }
    return contents
  }

  private static func content(_ value: JSONValue, of key: ConfigurationKey) throws(ConfigurationError) -> ConfigContent
  {
    switch (key.defaultContent, value) {
    case (.string, .string(let string)): return .string(string)
    case (.int, .integer(let integer)): return .int(Int(integer))
    case (.bool, .bool(let bool)): return .bool(bool)
    case (.stringArray, .array(let elements)):
      let strings = elements.compactMap(\.string)
      if strings.count == elements.count { return .stringArray(strings) }
    default: break
    }
    throw ConfigurationError(
      .invalidValue, "\(key.rawValue) in the configuration file is not \(key.defaultContent.typeName)")
  }
}

extension ConfigContent {
  /// What a value of this type is called in an error.
  fileprivate var typeName: String {
    switch self {
    case .string: "a string"
    case .int: "an integer"
    case .bool: "true or false"
    case .stringArray: "a list of strings"
    default: "a value of its type"
    }
  }
}
