// Finds the setting that a name stands for, and those that were meant by one that stands for none.
import Basics

extension ConfigurationKey {
  /// The name of the environment variable.
  public var environmentName: String { Self.environmentPrefix + Self.environmentForm(of: rawValue) }

  /// The flag, without its dashes.
  public var flag: String { Self.flagForm(of: rawValue) }

  /// The beginning of all environment variables of this program.
  public static let environmentPrefix = "AVATAR_RELAY_"

  /// The setting that a name stands for, as it is given: `--listen-port`, `AVATAR_RELAY_LISTEN_PORT`, `listen.port` in
  /// the file, and shorter names in each of these places. Secrets have no flag.
  static func named(_ name: String) -> ConfigurationKey? { names[name] }

  private static let names: [String: ConfigurationKey] = {
    var names: [String: ConfigurationKey] = [:]
    for key in allCases {
      for name in [key.rawValue, key.definition.shortName].compactMap(\.self) {
        names[name] = key
        names[environmentPrefix + environmentForm(of: name)] = key
        if !key.isSecret { names["--" + flagForm(of: name)] = key }
      }
    }
    return names
  }()

  private static func environmentForm(of name: String) -> String {
    name.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
  }

  private static func flagForm(of name: String) -> String { String(name.map { $0 == "." ? "-" : $0 }) }
}

extension ConfigurationKey {
  /// Why there is no such flag, as far as that can be told: ` (did you mean …?)`, or how a secret is given.
  /// - Parameter flag: without its dashes.
  static func hint(forFlag flag: String) -> String {
    if let secret = allCases.first(where: { $0.isSecret && $0.flag == flag }) {
      return ", since command lines can be seen by others: set \(secret.environmentName), or name its file with "
        + "--\(secret.flag)-file"
    }
    return hint(for: "--" + flag, among: names.keys.filter { $0.hasPrefix("--") })
  }

  /// The same for a variable of the environment.
  static func hint(forVariable name: String) -> String {
    hint(for: name, among: names.keys.filter { $0.hasPrefix(environmentPrefix) })
  }

  /// The same for a name in the file.
  static func hint(forMember name: String) -> String { hint(for: name, among: allCases.map(\.rawValue)) }

  /// How many names are offered at most.
  private static let mostHints = 3

  /// The names that end as this one does, or else those that are nearest and not far.
  private static func hint(for name: String, among known: [String]) -> String {
    let stem = name.trimming(while: { $0 == "-" })
    let last = name.hasPrefix(environmentPrefix) ? stem.dropFirst(environmentPrefix.count) : stem
    var meant = last.isEmpty ? [] : known.filter { end in ["-", "_", "."].contains { end.hasSuffix($0 + last) } }
    if meant.isEmpty {
      let distances = known.map { (name: $0, distance: EditDistance.between(name, $0)) }
      let least = distances.map(\.distance).min() ?? 0
      if least <= max(2, last.count / 4) { meant = distances.filter { $0.distance == least }.map(\.name) }
    }
    guard (1...mostHints).contains(meant.count) else { return "" }
    return " (did you mean \(meant.sorted().joined(separator: " or "))?)"
  }
}
