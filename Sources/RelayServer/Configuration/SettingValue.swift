// Holds what a setting is set to, whichever source it comes from.

/// The value of a setting, in one of the four types that settings have. Times are seconds, sizes bytes.
public enum SettingValue: Sendable, Hashable {
  case string(String)
  case int(Int)
  case bool(Bool)
  case strings([String])

  /// The value as people write it.
  public var text: String {
    switch self {
    case .string(let string): string
    case .int(let int): String(int)
    case .bool(let bool): String(bool)
    case .strings(let strings): strings.joined(separator: ",")
    }
  }
}
