// How a configuration value is shown in the help.
import Configuration

extension ConfigContent {
  /// The value as it is written on the command line; empty for none.
  var text: String {
    switch self {
    case .string(let string): string
    case .int(let int): String(int)
    case .bool(let bool): String(bool)
    default: ""
    }
  }
}
